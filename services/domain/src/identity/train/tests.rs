use super::*;

/// A field's levels, each with m and u.
type Planted = (Field, Vec<(Level, f64, f64)>);

/// The shares from which synthetic pairs are made: other than the shipped ones.
fn planted() -> Vec<Planted> {
    use Level::*;
    vec![
        (Field::Name, vec![(NameExact, 0.80, 1e-4), (NameSound, 0.12, 1e-4), (NameDifferent, 0.08, 0.9998)]),
        (Field::Birth, vec![(BirthExact, 0.85, 5e-5), (BirthYear, 0.05, 2e-4), (BirthDifferent, 0.10, 0.99975)]),
        (Field::Sex, vec![(SexSame, 0.95, 0.5), (SexDifferent, 0.05, 0.5)]),
        (Field::Household, vec![(HouseholdTownship, 0.70, 2e-4), (HouseholdDifferent, 0.30, 0.9998)]),
    ]
}

/// Every pattern with its share among pairs of one human and among strangers.
fn patterns() -> Vec<(Pattern, f64, f64)> {
    let mut patterns = vec![(Pattern([Level::Missing; 6]), 1.0, 1.0)];
    for (field, levels) in planted() {
        patterns = patterns
            .iter()
            .flat_map(|(pattern, m, u)| {
                levels.iter().map(move |(level, level_m, level_u)| {
                    let mut pattern = *pattern;
                    pattern.0[field as usize] = *level;
                    (pattern, m * level_m, u * level_u)
                })
            })
            .collect();
    }
    patterns
}

fn sample() -> Sample {
    let mut sample = Sample::default();
    for (pattern, m, u) in patterns() {
        sample.add_random(pattern, (u * 1e8).round() as u64);
        // A block of which a third is of one human.
        sample.add_met(Block::Phone, pattern, (m * 1e6 + u * 2e6).round() as u64);
    }
    sample
}

#[test]
fn planted_shares_are_found_again() {
    let trained = train(Matching::shipped(), &sample()).matching;
    for (_, levels) in planted() {
        for (level, m, u) in levels {
            let rates = trained.rates(level).unwrap();
            assert!((rates.m - m).abs() < 0.01, "{level:?}: m {} for {m}", rates.m);
            if let Share::Fixed(found) = rates.u {
                assert!((found / u - 1.0).abs() < 0.1, "{level:?}: u {found} for {u}");
            }
        }
    }
}

#[test]
fn pairs_of_one_human_among_those_drawn_at_random_do_not_make_rare_levels_common() {
    let mut whole = Pattern([Level::Missing; 6]);
    whole.0[Field::Document as usize] = Level::DocumentSame;
    whole.0[Field::Name as usize] = Level::NameExact;
    whole.0[Field::Contact as usize] = Level::ContactPhoneAddress;
    let mut sample = sample();
    sample.add_random(whole, 1_000);
    let trained = train(Matching::shipped(), &sample).matching;
    for level in [Level::DocumentSame, Level::ContactPhoneAddress] {
        assert_eq!(trained.rates(level).unwrap().u, Matching::shipped().rates(level).unwrap().u, "{level:?}");
    }
}

#[test]
fn a_trained_file_can_be_read_and_says_what_changed() {
    let training = train(Matching::shipped(), &sample());
    let again = Matching::read(&training.matching.write()).unwrap();
    assert_eq!(again, training.matching);
    let words: Vec<String> = training.changes.iter().map(Change::to_string).collect();
    assert!(words.iter().any(|line| line.starts_with("name sound: m 0.02 -> 0.1")), "{words:#?}");
    assert!(training.changes.iter().all(|change| change.field != Field::Document && change.field != Field::Contact));
}

#[test]
fn without_any_pair_nothing_changes() {
    let training = train(Matching::shipped(), &Sample::default());
    assert_eq!(training.matching, *Matching::shipped());
    assert!(training.changes.is_empty());
}

#[test]
fn two_valid_numbers_teach_nothing_of_one_human() {
    let mut conflict = Pattern([Level::Missing; 6]);
    conflict.0[Field::Document as usize] = Level::DocumentConflict;
    conflict.0[Field::Name as usize] = Level::NameDifferent;
    let mut sample = Sample::default();
    sample.add_met(Block::Phone, conflict, 1_000_000);
    assert!(train(Matching::shipped(), &sample).changes.is_empty());
}
