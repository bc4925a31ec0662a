//! What the second aggregate asks of a registry transaction: jurisdictions as a whole. No identity in it anywhere.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;

use chrono::NaiveDate;
use liangdi_domain::division::Code;
use liangdi_domain::round::figures::{Counts, Figure};
use liangdi_domain::round::{Held, Month, Open, Period, Said, Villages};

use super::Result;

/// Jurisdictions, looked at once a day.
pub trait Rounds: Send {
    /// Those of the jurisdictions that no clock has looked at on a day, by code; at most `limit`.
    fn unlooked(
        &mut self,
        of: &[Code],
        today: NaiveDate,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Code>>> + Send;

    /// What is held of the jurisdictions; one that was never looked at begins today.
    fn held(&mut self, of: &[Code], today: NaiveDate) -> impl Future<Output = Result<Vec<Held>>> + Send;

    /// The questions that wait for the jurisdictions' answers.
    fn open_questions(&mut self, of: &[Code]) -> impl Future<Output = Result<HashMap<Code, Vec<Open>>>> + Send;

    /// What the townships' villages reported in a period, of those with any that reported by its end.
    fn villages(&mut self, of: &[Code], period: Period)
    -> impl Future<Output = Result<HashMap<Code, Villages>>> + Send;

    /// Whether a month is compiled, or ended before any clock looked at anything.
    fn is_compiled(&mut self, month: Month) -> impl Future<Output = Result<bool>> + Send;

    /// What happened in a month, by indicator and place.
    fn counts(&mut self, month: Month) -> impl Future<Output = Result<Counts>> + Send;

    /// Keeps a month's figures.
    fn compile(
        &mut self,
        month: Month,
        figures: &BTreeMap<Code, Vec<Figure>>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The figures of a month as they were compiled.
    fn figures(&mut self, month: Month, of: &[Code])
    -> impl Future<Output = Result<HashMap<Code, Vec<Figure>>>> + Send;

    /// Marks the jurisdictions as looked at, and writes what was said in the place of what was said before.
    fn looked(&mut self, of: &[Code], today: NaiveDate, said: &[Said]) -> impl Future<Output = Result<()>> + Send;
}
