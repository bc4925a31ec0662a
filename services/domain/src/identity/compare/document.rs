//! Documents: equal numbers by what they prove, numbers one slip apart, numbers that share their beginning.

use super::super::matching::Level;
use crate::person::Document;

/// Digits of region and birth date in a number of GB 11643.
const REGION_BIRTH_DIGITS: usize = 14;

pub(super) fn compare(a: &Document, b: &Document) -> Level {
    let (Some(x), Some(y)) = (a.number(), b.number()) else { return Level::Missing };
    if x == y { same(a, b) } else { different(a, b, x.as_bytes(), y.as_bytes()) }
}

fn same(a: &Document, b: &Document) -> Level {
    use Document::{Doubtful, Expanded, Other, Resident};
    match (a, b) {
        (Resident { .. }, Resident { .. }) => Level::DocumentSame,
        (Other { .. }, _) | (_, Other { .. }) => Level::DocumentOther,
        (Doubtful { .. }, _) | (_, Doubtful { .. }) => Level::DocumentDoubtful,
        (Expanded { .. }, _) | (_, Expanded { .. }) => Level::DocumentExpanded,
        (Document::None, _) | (_, Document::None) => Level::Missing,
    }
}

fn different(a: &Document, b: &Document, x: &[u8], y: &[u8]) -> Level {
    use Document::{Doubtful, Other, Resident};
    match (a, b) {
        (Resident { .. }, Resident { .. }) => Level::DocumentConflict,
        (Other { .. }, Other { .. }) if a.doc_type() == b.doc_type() => Level::DocumentDifferent,
        // A passport says nothing against an identity card.
        (Other { .. }, _) | (_, Other { .. }) => Level::Missing,
        // Only a check digit that fails shows that somebody slipped: else neighbours in the register would meet.
        (Doubtful { .. }, _) | (_, Doubtful { .. }) if one_slip(x, y) => Level::DocumentSlip,
        _ if shares_region_and_birth(x, y) => Level::DocumentRegionBirth,
        _ => Level::DocumentDifferent,
    }
}

fn shares_region_and_birth(x: &[u8], y: &[u8]) -> bool {
    x.len() == 18 && y.len() == 18 && x[..REGION_BIRTH_DIGITS] == y[..REGION_BIRTH_DIGITS]
}

/// One character replaced, lost or added, or two neighbours in the wrong order.
pub(in crate::identity) fn one_slip(x: &[u8], y: &[u8]) -> bool {
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    let start = short.iter().zip(long).take_while(|(p, q)| p == q).count();
    let (short, long) = (&short[start..], &long[start..]);
    match long.len() - short.len() {
        0 => match (short, long) {
            ([], []) => false,
            ([p0, p1, p @ ..], [q0, q1, q @ ..]) if p0 == q1 && p1 == q0 && p == q => true,
            ([_, p @ ..], [_, q @ ..]) => p == q,
            _ => false,
        },
        1 => short == &long[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Every number here is fictional.
    const BODY: &str = "34122119900315401";

    fn valid(body: &str) -> String {
        format!("{body}{}", Document::check_digit(body).unwrap())
    }

    fn level(a: &str, b: &str) -> Level {
        let read = |number| Document::read(None, Some(number)).0;
        let level = compare(&read(a), &read(b));
        assert_eq!(level, compare(&read(b), &read(a)), "symmetric");
        level
    }

    #[test]
    fn equal_numbers_are_worth_what_they_prove() {
        let number = valid(BODY);
        assert_eq!(level(&number, &number), Level::DocumentSame);
        let fifteen = format!("{}{}", &BODY[..6], &BODY[8..]);
        assert_eq!(level(&number, &fifteen), Level::DocumentExpanded);
        assert_eq!(level("341221199003154010", "341221199003154010"), Level::DocumentDoubtful);
        assert_eq!(level(&number, "无"), Level::Missing);
    }

    #[test]
    fn two_valid_numbers_conflict_however_near_they_are() {
        assert_eq!(level(&valid(BODY), &valid("34122119900315403")), Level::DocumentConflict);
    }

    #[test]
    fn every_single_slip_of_a_valid_number_is_one_slip_apart() {
        let number = valid(BODY).into_bytes();
        for at in 0..18 {
            let mut slipped = number.clone();
            slipped[at] = if slipped[at] == b'7' { b'8' } else { b'7' };
            let slipped = String::from_utf8(slipped).unwrap();
            let found = level(&valid(BODY), &slipped);
            assert!(matches!(found, Level::DocumentSlip), "digit {at}: {found:?}");
            let mut turned = number.clone();
            if at > 0 && turned[at - 1] != turned[at] {
                turned.swap(at - 1, at);
                assert_eq!(level(&valid(BODY), &String::from_utf8(turned).unwrap()), Level::DocumentSlip, "turn {at}");
            }
            let mut lost = number.clone();
            lost.remove(at);
            assert_eq!(level(&valid(BODY), &String::from_utf8(lost).unwrap()), Level::DocumentSlip, "lost {at}");
        }
    }

    #[test]
    fn fifteen_digits_that_differ_are_no_conflict() {
        assert_eq!(level(&valid(BODY), "341221900315403"), Level::DocumentRegionBirth);
        assert_eq!(level(&valid(BODY), "341221880315403"), Level::DocumentDifferent);
    }

    #[test]
    fn other_documents_are_compared_with_their_own_kind_only() {
        let passport = |number| Document::read(Some("414"), Some(number)).0;
        assert_eq!(compare(&passport("X0123456"), &passport("X0123456")), Level::DocumentOther);
        assert_eq!(compare(&passport("X0123456"), &passport("X0123457")), Level::DocumentDifferent);
        let card = Document::read(None, Some(&valid(BODY))).0;
        assert_eq!(compare(&passport("X0123456"), &card), Level::Missing);
    }
}
