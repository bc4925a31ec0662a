"""The Splink model: comparisons, blocking rules and how they are trained. Levels follow what each field is known to get
wrong; m and u are Splink's own estimates."""

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import SettingsCreator, block_on

# What the sides of a comparison are called in Splink's SQL.
BOTH = "number_l is not null and number_r is not null"


def level(sql, label, **more):
    return {"sql_condition": sql, "label_for_charts": label, **more}


def null(sql):
    return {"sql_condition": sql, "label_for_charts": "not known", "is_null_level": True}


ELSE = {"sql_condition": "ELSE", "label_for_charts": "anything else"}

NUMBER = {
    "output_column_name": "number",
    "comparison_levels": [
        null("number_l is null or number_r is null or (kind_l = 'other') != (kind_r = 'other')"),
        level("number_l = number_r and kind_l = 'resident' and kind_r = 'resident'", "same, both valid"),
        level("number_l = number_r", "same"),
        level("not (kind_l = 'resident' and kind_r = 'resident') and damerau_levenshtein(number_l, number_r) <= 1", "one slip"),
        level("kind_l = 'resident' and kind_r = 'resident'", "two valid numbers"),
        level("left(number_l, 14) = left(number_r, 14)", "same region and birth date"),
        ELSE,
    ],
}

NAME = {
    "output_column_name": "name",
    "comparison_levels": [
        null("name_l is null or name_r is null"),
        level("name_l = name_r", "same characters", tf_adjustment_column="name", tf_adjustment_weight=1.0),
        level("name_sound_l = name_sound_r", "same sound", tf_adjustment_column="name_sound", tf_adjustment_weight=1.0),
        level("levenshtein(name_l, name_r) <= 1 and length(name_l) > 2", "one character apart"),
        level("left(name_l, 1) = left(name_r, 1)", "same surname"),
        ELSE,
    ],
}

BIRTH = {
    "output_column_name": "birth",
    "comparison_levels": [
        null("birth_l is null or birth_r is null"),
        level("birth_l = birth_r", "same"),
        level(
            "left(birth_l, 4) = left(birth_r, 4) and substr(birth_l, 6, 2) = right(birth_r, 2)"
            " and right(birth_l, 2) = substr(birth_r, 6, 2)",
            "day and month swapped",
        ),
        level("right(birth_l, 5) = right(birth_r, 5) and abs(cast(left(birth_l, 4) as int) - cast(left(birth_r, 4) as int)) in (1, 10)", "one or ten years off"),
        level("levenshtein(birth_l, birth_r) <= 1", "one digit"),
        ELSE,
    ],
}

HOUSEHOLD = {
    "output_column_name": "household",
    "comparison_levels": [
        null("household_l is null or household_r is null"),
        level("length(household_l) >= 9 and left(household_l, 9) = left(household_r, 9)", "same township"),
        level("left(household_l, 6) = left(household_r, 6) and (length(household_l) = 6 or length(household_r) = 6)", "same county"),
        level("left(household_l, 6) = left(household_r, 6)", "same county, two townships"),
        level("left(household_l, 4) = left(household_r, 4)", "same prefecture"),
        ELSE,
    ],
}

# Phone, address and place of living are shared by a household: one comparison, never three.
CONTACT = {
    "output_column_name": "contact",
    "comparison_levels": [
        null(
            "(phone_l is null or phone_r is null) and (address_l is null or address_r is null)"
            " and (area_l is null or area_r is null)"
        ),
        level("phone_l = phone_r and address_l = address_r", "same phone and address"),
        level("phone_l = phone_r", "same phone"),
        level("address_l = address_r and coalesce(left(living_l, 4) = left(living_r, 4), true)", "same address"),
        level("length(living_l) >= 9 and left(living_l, 9) = left(living_r, 9)", "same township"),
        level("left(living_l, 6) = left(living_r, 6)", "same county"),
        level("area_l = area_r and (living_l is null or living_r is null)", "met in the same prefecture"),
        level("area_l = area_r", "same prefecture"),
        ELSE,
    ],
}

# Every pair that meets under one of these is scored.
BLOCKING = [
    block_on("number"),
    block_on("number_tail"),
    block_on("name_sound", "birth"),
    block_on("phone"),
    block_on("birth", "household_county"),
    block_on("name_sound", "household_county"),
    block_on("name_sound", "living"),
]

# What is certain enough to say how often two rows drawn blindly are one human.
CERTAIN = [block_on("number", "name"), block_on("name", "birth", "phone"), block_on("name", "birth", "household_county")]
# Of all pairs of one human, so many meet under the certain rules: those without a number on both sides do not always.
CERTAIN_RECALL = 0.8
# In each round of expectation maximisation the fields of the block cannot be estimated: two rounds cover every field.
ROUNDS = [block_on("number"), block_on("name", "birth"), block_on("phone", "sex")]
RANDOM_PAIRS = 5e6


def settings():
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="profile",
        comparisons=[NUMBER, NAME, BIRTH, HOUSEHOLD, cl.ExactMatch("sex"), CONTACT],
        blocking_rules_to_generate_predictions=BLOCKING,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
        em_convergence=1e-4,
    )


def train(linker, seed=1):
    linker.training.estimate_probability_two_random_records_match(CERTAIN, recall=CERTAIN_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
    for rule in ROUNDS:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
