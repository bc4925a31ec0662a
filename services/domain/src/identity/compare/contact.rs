//! Phone, living place and street address as one field: a household shares all three, so they are one piece of
//! evidence, never three. Where none of them can be compared, the prefectures in which offices met the two are.

use super::super::matching::Level;
use super::super::prepared::Prepared;
use crate::division::{Code, Level as Depth};

pub(super) fn compare(a: &Prepared<'_>, b: &Prepared<'_>) -> Level {
    let phone = both(a.profile.phone.as_ref(), b.profile.phone.as_ref()).map(|(x, y)| x == y);
    let place = place(a, b);
    match (phone, place) {
        (Some(true), Some(Level::ContactAddress)) => Level::ContactPhoneAddress,
        (Some(true), _) => Level::ContactPhone,
        (_, Some(level)) => level,
        (Some(false), None) => Level::ContactDifferent,
        (None, None) => other_door(a, b),
    }
}

/// Where nothing else can be compared, two doors that differ say what two phones do.
fn other_door(a: &Prepared<'_>, b: &Prepared<'_>) -> Level {
    match both(a.profile.address.as_ref(), b.profile.address.as_ref()) {
        Some((x, y)) if x != y && x.is_door() && y.is_door() => Level::ContactDifferent,
        _ => met(a, b),
    }
}

/// Where the two were met, if one of them has no living place. An office at somebody's home says nothing of where they
/// live.
fn met(a: &Prepared<'_>, b: &Prepared<'_>) -> Level {
    let prefecture = |code: Option<Code>| code.and_then(|code| code.prefecture());
    let [at, other] = [a, b].map(|one| prefecture(one.met_in.or(one.living)));
    let (Some(at), Some(other), true) = (at, other, a.met_in.is_some() || b.met_in.is_some()) else {
        return Level::Missing;
    };
    let is_home = |place: Code, of: &Prepared<'_>| prefecture(of.household) == Some(place);
    if at == other {
        Level::ContactPrefecture
    } else if is_home(at, b) || is_home(other, a) || is_home(at, a) || is_home(other, b) {
        Level::Missing
    } else {
        Level::ContactElsewhere
    }
}

/// How near the living places are; none where nobody can say.
fn place(a: &Prepared<'_>, b: &Prepared<'_>) -> Option<Level> {
    let near = both(a.living, b.living).map(|(x, y)| {
        if x.township().is_some() && x.township() == y.township() {
            Level::ContactTownship
        } else if x.county().is_some() && x.county() == y.county() {
            Level::ContactCounty
        } else if x.level().min(y.level()) < Depth::County && (x.contains(&y) || y.contains(&x)) {
            Level::Missing
        } else {
            Level::ContactDifferent
        }
    });
    let same_door =
        both(a.profile.address.as_ref(), b.profile.address.as_ref()).is_some_and(|(x, y)| x == y && x.is_door());
    // The same street name and number exist in many towns.
    if same_door && near != Some(Level::ContactDifferent) {
        return Some(Level::ContactAddress);
    }
    near.filter(|level| *level != Level::Missing)
}

fn both<T>(a: Option<T>, b: Option<T>) -> Option<(T, T)> {
    Some((a?, b?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::division::Divisions;
    use crate::person::{Address, Phone, Profile};

    // Fictional phones and addresses.
    fn level(a: (&str, &str, &str), b: (&str, &str, &str)) -> Level {
        let divisions = Divisions::shipped();
        let profile = |(phone, living, address): (&str, &str, &str)| Profile {
            phone: Phone::read(phone).unwrap(),
            living: living.parse().ok(),
            address: Address::read(address, living.parse().ok(), divisions),
            ..Profile::default()
        };
        let (a, b) = (profile(a), profile(b));
        let (a, b) = (Prepared::new(&a, divisions), Prepared::new(&b, divisions));
        assert_eq!(compare(&a, &b), compare(&b, &a), "symmetric");
        compare(&a, &b)
    }

    #[test]
    fn where_nothing_nearer_is_known_the_prefectures_of_offices_are_compared() {
        let divisions = Divisions::shipped();
        let code = |text: &str| text.parse().ok();
        let profile = |living: &str, met_in: &str, household: &str| Profile {
            living: code(living),
            met_in: code(met_in),
            household: code(household),
            ..Profile::default()
        };
        let level = |a: &Profile, b: &Profile| {
            let (a, b) = (Prepared::new(a, divisions), Prepared::new(b, divisions));
            assert_eq!(compare(&a, &b), compare(&b, &a), "symmetric");
            compare(&a, &b)
        };
        let insured = profile("", "320500", "");
        assert_eq!(level(&insured, &profile("320583100", "", "")), Level::ContactPrefecture);
        assert_eq!(level(&insured, &profile("", "320500", "")), Level::ContactPrefecture);
        assert_eq!(level(&insured, &profile("", "320100", "")), Level::ContactElsewhere);
        // An office at home meets those who live elsewhere.
        assert_eq!(level(&insured, &profile("320102002", "", "320583")), Level::Missing);
        assert_eq!(level(&insured, &profile("", "", "320583")), Level::Missing);
        let phone = Phone::read("15400000001").unwrap();
        let with_phone = |profile: Profile| Profile { phone: phone.clone(), ..profile };
        assert_eq!(level(&with_phone(insured), &with_phone(profile("", "320100", ""))), Level::ContactPhone);
    }

    #[test]
    fn what_a_household_shares_is_one_piece_of_evidence() {
        let here = ("15400000001", "320583100", "柏庐路88号3幢402室");
        assert_eq!(level(here, here), Level::ContactPhoneAddress);
        assert_eq!(level(here, ("15400000001", "320981100", "")), Level::ContactPhone);
        assert_eq!(level(here, ("15400000002", "320583", "玉山镇柏庐路88-3-402")), Level::ContactAddress);
        assert_eq!(level(here, ("", "320583100", "")), Level::ContactTownship);
        assert_eq!(level(here, ("15400000002", "320583101", "")), Level::ContactCounty);
        assert_eq!(level(here, ("", "320981100", "柏庐路88号3幢402室")), Level::ContactDifferent);
        assert_eq!(level(here, ("15400000002", "", "")), Level::ContactDifferent);
        assert_eq!(level(here, ("", "", "柏庐路90号1幢101室")), Level::ContactDifferent);
        assert_eq!(level(here, ("", "", "")), Level::Missing);
    }
}
