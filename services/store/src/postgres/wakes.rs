//! When persons have to be looked at again. Every registry transaction holds the writer's lock, so that any number of
//! clocks side by side take turns; no row is locked for it.

use chrono::NaiveDate;
use liangdi_domain::ids::PersonId;
use uuid::Uuid;

use super::transaction::Transaction;
use crate::port::Result;

/// A wake that stays as it is is not written.
const WAKE: &str = "
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::date[]) AS given (person, wake_on)
), gone AS (
    DELETE FROM wakes USING given WHERE wakes.person = given.person AND given.wake_on IS NULL
)
INSERT INTO wakes (person, wake_on) SELECT person, wake_on FROM given WHERE wake_on IS NOT NULL
ON CONFLICT (person) DO UPDATE SET wake_on = excluded.wake_on WHERE wakes.wake_on <> excluded.wake_on";

const DUE: &str = "SELECT person FROM wakes WHERE wake_on <= $1 ORDER BY wake_on, person LIMIT $2";

pub(super) async fn wake(transaction: &mut Transaction, wakes: &[(PersonId, Option<NaiveDate>)]) -> Result<()> {
    if wakes.is_empty() {
        return Ok(());
    }
    let (persons, days): (Vec<Uuid>, Vec<Option<NaiveDate>>) =
        wakes.iter().map(|(person, wake_on)| (person.0, *wake_on)).unzip();
    transaction.execute(sqlx::query(WAKE).bind(persons).bind(days)).await.map(drop)
}

pub(super) async fn due(transaction: &mut Transaction, today: NaiveDate, limit: usize) -> Result<Vec<PersonId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid,)>(DUE).bind(today).bind(limit)).await?;
    Ok(rows.into_iter().map(|(person,)| PersonId(person)).collect())
}
