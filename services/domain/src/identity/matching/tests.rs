use super::*;

fn refused(from: &str, to: &str) -> String {
    assert!(SHIPPED.contains(from), "{from}");
    Matching::read(&SHIPPED.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn the_shipped_file_is_read_and_written_back_to_the_byte() {
    let matching = Matching::read(SHIPPED).unwrap();
    let written = matching.write();
    assert_eq!(Matching::read(&written).unwrap(), matching);
    let without_space = |text: &str| text.replace(['\n', ' '], "").replace("0.90", "0.9").replace("0.50", "0.5");
    let comments =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(without_space).collect::<Vec<_>>();
    assert_eq!(comments(&written), comments(SHIPPED));
    assert_eq!(Matching::read(&written).unwrap().write(), written);
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    for (from, to, expected) in [
        ("link = 6.0", "lnik = 6.0", "lnik"),
        ("link = 6.0", "link = 1.5", "[thresholds] review"),
        ("prior = 5e-8", "prior = 0.0", "[thresholds] prior"),
        ("sound = {", "sonud = {", "[name] sound is missing"),
        ("sound = {", "echo = { m = 0.1, u = 0.1, kin = 0.1 }\nsound = {", "[name] echo: no such level"),
        ("swapped = { m = 0.005", "swapped = { m = 0.5", "[birth]: the m of all levels"),
        ("swapped = { m = 0.005", "swapped = { m = -1", "[birth] swapped: m must"),
        ("m = 0.02, u = \"frequency\"", "m = 0.02, u = 0.1", "[name]"),
        ("transcribed = { m = 0.01, u = 5e-4", "transcribed = { m = 0.01, u = \"frequency\"", "[name] transcribed"),
        ("names_table = \"2026-11\"", "names_table = \"1999\"", "names_table is 1999"),
        ("block_profiles_max = 200", "block_profiles_max = 1", "[limits] block_profiles_max"),
        ("component_step = 2.0", "component_step = 0.0", "[limits] component_step"),
        ("civil-affairs = 1\n", "", "[trust.otherwise] civil-affairs is missing"),
        ("police = 0", "polite = 0", "polite"),
    ] {
        let message = refused(from, to);
        assert!(message.contains(expected), "{to}: {message}");
    }
}

#[test]
fn every_level_weighs_less_than_the_better_one_of_its_field() {
    let weight = |level: Level| Matching::shipped().weights(level).stranger;
    for field in [Field::Birth, Field::Sex, Field::Household, Field::Contact] {
        let levels = Level::of(field);
        assert!(weight(levels[0]) > weight(levels[levels.len() - 1]), "{field}");
    }
    assert!(weight(Level::DocumentSame) > weight(Level::DocumentOther));
    assert!(weight(Level::DocumentDifferent) < Weight(0));
}

#[test]
fn a_level_belongs_to_the_field_that_lists_it() {
    for field in Field::ALL {
        assert!(Level::of(field).iter().all(|level| level.field() == field));
    }
}

#[test]
fn trained_weights_are_written_in_place_and_a_persons_own_words_stay() {
    let own = SHIPPED
        .replace("[thresholds]", "# our province\n[thresholds]")
        .replace("exact = { m = 0.93, u = 5e-5, kin = 0.02 }", "exact = {m=0.93,   u = 5e-5, kin = 0.02} # from 2025")
        .replace("link = 6.0", "link = 8.50");
    let old = Matching::read(&own).unwrap();
    let mut rates = old.all_rates().clone();
    for (level, m, u) in [(Level::BirthExact, 0.91, 4e-5), (Level::BirthDifferent, 0.045, 0.99646)] {
        let rate = rates.get_mut(&level).unwrap();
        (rate.m, rate.u) = (m, Share::Fixed(u));
    }
    let new = old.with_rates(rates);
    let written = new.rewrite(&own).unwrap();
    assert_eq!(Matching::read(&written).unwrap(), new);
    let expected = own
        .replace("{m=0.93,   u = 5e-5, kin = 0.02} # from 2025", "{m=0.91,   u = 4e-5, kin = 0.02} # from 2025")
        .replace("different = { m = 0.025, u = 0.99645,", "different = { m = 0.045, u = 0.99646,");
    assert_eq!(written, expected);
    assert_eq!(old.rewrite(&own).unwrap(), own);
    assert!(new.rewrite("link = 1").is_err());
    // Weights of another file: its thresholds would be lost.
    assert!(matches!(new.rewrite(SHIPPED), Err(MatchingError::Rewrite)));
}
