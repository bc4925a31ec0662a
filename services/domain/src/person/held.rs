//! Whether something still goes on that a person's data is needed for, however long nobody has spoken of them.

use super::PersonFile;
use crate::evidence::Fact;
use crate::statement::{Setting, ToldState};
use crate::stay::Belonging;

/// Whether a stay goes on, a question waits for its answer, or a request by right for its word.
pub fn is_in_use(file: &PersonFile, setting: &Setting) -> bool {
    let Setting { divisions, calendar, today, .. } = *setting;
    let stays = || Belonging::of(file, divisions, calendar, today).stays.iter().any(|stay| stay.end.is_none());
    let waits =
        file.told.iter().any(|told| told.state == ToldState::Open && told.asked.is_some_and(|asked| !asked.answered));
    let asks = file
        .facts
        .iter()
        .any(|record| matches!(record.fact, Fact::RightsRequested { .. }) && !file.settled.contains_key(&record.id));
    waits || asks || stays()
}
