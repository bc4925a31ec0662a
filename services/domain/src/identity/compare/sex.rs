//! Sex: the same, different, or implied by numbers that agree.

use super::super::matching::Level;
use crate::person::Sex;

pub(super) fn compare(a: Sex, b: Sex, numbers_agree: bool) -> Level {
    match (a, b) {
        (Sex::Unknown, _) | (_, Sex::Unknown) => Level::Missing,
        _ if a != b => Level::SexDifferent,
        _ if numbers_agree => Level::SexImplied,
        _ => Level::SexSame,
    }
}
