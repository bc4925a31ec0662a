//! What messages said: profiles, tokens, facts, their sources, endings, links and who is named beside whom, in one
//! statement.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::Profile;
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::{seal_profile, split_time};
use crate::port::{AppearanceRow, KeyToken, MessageEvidence, NewProfile, Result, named_beside};
use crate::rows::word;

/// Under 14 years of age personal data is sensitive (PIPL art. 31).
const MINOR_MONTHS: u32 = 14 * 12;

const SAVE: &str = "
WITH new_profiles AS (
    INSERT INTO profiles (id, person, live, minor_until, sealed, thin)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::date[], $5::bytea[], $30::boolean[])
), new_tokens AS (
    INSERT INTO tokens (token, refined, profile)
    SELECT * FROM unnest($6::uuid[], $29::uuid[], $7::uuid[])
), new_facts AS (
    INSERT INTO facts (profile, id, content, key)
    SELECT profile, id, content::json, key FROM unnest($8::uuid[], $9::uuid[], $10::text[], $11::uuid[]) AS fact (profile, id, content, key)
    ON CONFLICT (profile, id) DO NOTHING
), new_evidence AS (
    INSERT INTO evidence (profile, fact, message, slot, source, time, time_offset, baseline, withdrawn)
    SELECT * FROM unnest($8::uuid[], $9::uuid[], $12::bigint[], $13::smallint[], $14::text[], $15::timestamptz[], $16::smallint[], $17::boolean[], $18::boolean[])
), new_endings AS (
    INSERT INTO endings (key, message, ended_on, reason, withdrawn, number)
    SELECT * FROM unnest($19::uuid[], $20::bigint[], $21::date[], $22::text[], $23::boolean[], $35::bigint[])
), new_links AS (
    INSERT INTO links (profile, other, message, withdrawn)
    SELECT * FROM unnest($24::uuid[], $25::uuid[], $26::bigint[], $27::boolean[])
    ON CONFLICT DO NOTHING
), new_beside AS (
    INSERT INTO beside (profile, other, message, withdrawn)
    SELECT * FROM unnest($31::uuid[], $32::uuid[], $33::bigint[], $34::boolean[])
)
UPDATE profiles SET live = true WHERE id = ANY($28) AND NOT live";

impl PgBatch {
    pub(super) async fn write_evidence(&mut self, profiles: &[NewProfile], evidence: &[MessageEvidence]) -> Result<()> {
        let spoken_of = spoken_of(evidence);
        let written: BTreeSet<ProfileId> = profiles.iter().map(|new| new.id).collect();
        let mut profiles: Vec<&NewProfile> = profiles.iter().collect();
        profiles.sort_unstable_by_key(|profile| profile.id);
        let keys = KeyColumns::of(&profiles);
        let today = Utc::now().date_naive();
        let thin: Vec<bool> = profiles.iter().map(|new| new.profile.is_thin()).collect();
        let statement = sqlx::query(SAVE)
            .bind(profiles.iter().map(|new| new.id.0).collect::<Vec<_>>())
            .bind(profiles.iter().map(|new| new.person.0).collect::<Vec<_>>())
            .bind(profiles.iter().map(|new| spoken_of.contains(&new.id)).collect::<Vec<_>>())
            .bind(profiles.iter().map(|new| minor_until(&new.profile, today)).collect::<Vec<_>>())
            .bind(profiles.iter().map(|new| seal_profile(&self.keys, new.id, &new.profile)).collect::<Vec<_>>())
            .bind(keys.token)
            .bind(keys.profile);
        let said = Said::of(evidence);
        let revived: Vec<Uuid> =
            spoken_of.difference(&written).filter(|id| !self.live.contains(id)).map(|id| id.0).collect();
        let (ending, linked, beside) = (Endings::of(evidence), Links::of(evidence), Links::named_beside(evidence));
        let statement = statement
            .bind(said.profile)
            .bind(said.fact)
            .bind(said.content)
            .bind(said.key)
            .bind(said.message)
            .bind(said.slot)
            .bind(said.source)
            .bind(said.time)
            .bind(said.time_offset)
            .bind(said.baseline)
            .bind(said.withdrawn)
            .bind(ending.key)
            .bind(ending.message)
            .bind(ending.on)
            .bind(ending.reason)
            .bind(ending.withdrawn)
            .bind(linked.profile)
            .bind(linked.other)
            .bind(linked.message)
            .bind(linked.withdrawn)
            .bind(revived)
            .bind(keys.refined)
            .bind(thin)
            .bind(beside.profile)
            .bind(beside.other)
            .bind(beside.message)
            .bind(beside.withdrawn)
            .bind(ending.number);
        self.transaction.execute(statement).await.map(drop)
    }
}

/// Profiles that evidence which stands speaks of.
fn spoken_of(evidence: &[MessageEvidence]) -> BTreeSet<ProfileId> {
    let standing = evidence.iter().filter(|message| !message.withdrawn).flat_map(|message| &message.appearances);
    standing.flat_map(|row| std::iter::once(row.profile).chain(row.becomes)).collect()
}

/// The day a minor's data stops being sensitive; none for whoever is of age, so that no other birthday shows.
fn minor_until(profile: &Profile, today: NaiveDate) -> Option<NaiveDate> {
    let until = profile.birth?.checked_add_months(Months::new(MINOR_MONTHS))?;
    // Born on 29 February: of age on the day after the 28th.
    let until = if until.day() == profile.birth?.day() { until } else { until.succ_opt()? };
    (until > today).then_some(until)
}

/// Columns of blocking keys.
#[derive(Default)]
struct KeyColumns {
    token: Vec<Uuid>,
    refined: Vec<Uuid>,
    profile: Vec<Uuid>,
}

impl KeyColumns {
    fn of(profiles: &[&NewProfile]) -> Self {
        let row = |new: &NewProfile, key: &KeyToken| {
            (key.token.0, key.refined.map_or(Uuid::nil(), |refined| refined.0), new.id.0)
        };
        let mut rows: Vec<(Uuid, Uuid, Uuid)> =
            profiles.iter().flat_map(|new| new.keys.iter().map(|key| row(new, key))).collect();
        rows.sort_unstable();
        rows.dedup();
        let mut columns = KeyColumns::default();
        for (token, refined, profile) in rows {
            columns.token.push(token);
            columns.refined.push(refined);
            columns.profile.push(profile);
        }
        columns
    }
}

/// Columns of facts and evidence.
#[derive(Default)]
struct Said<'a> {
    profile: Vec<Uuid>,
    fact: Vec<Uuid>,
    content: Vec<String>,
    key: Vec<Option<Uuid>>,
    message: Vec<i64>,
    slot: Vec<i16>,
    source: Vec<&'a str>,
    time: Vec<DateTime<Utc>>,
    time_offset: Vec<i16>,
    baseline: Vec<bool>,
    withdrawn: Vec<bool>,
}

impl<'a> Said<'a> {
    fn of(evidence: &'a [MessageEvidence]) -> Self {
        let mut rows: Vec<(&AppearanceRow, &MessageEvidence)> =
            evidence.iter().flat_map(|message| message.appearances.iter().map(move |row| (row, message))).collect();
        rows.sort_unstable_by_key(|(row, message)| (row.profile, row.fact_id, message.no, row.slot));
        let mut said = Said::default();
        for (row, message) in rows {
            let (time, time_offset) = split_time(message.time);
            said.profile.push(row.profile.0);
            said.fact.push(row.fact_id.0);
            said.content.push(serde_json::to_string(&row.fact).expect("a fact is plain data"));
            said.key.push(row.key.map(|key| key.0));
            said.message.push(message.no);
            // A message holds at most a few dozen appearances.
            said.slot.push(i16::try_from(row.slot).unwrap_or(i16::MAX));
            said.source.push(&message.source);
            said.time.push(time);
            said.time_offset.push(time_offset);
            said.baseline.push(message.baseline);
            said.withdrawn.push(message.withdrawn);
        }
        said
    }
}

/// Columns of endings.
#[derive(Default)]
struct Endings {
    key: Vec<Uuid>,
    message: Vec<i64>,
    on: Vec<NaiveDate>,
    reason: Vec<String>,
    withdrawn: Vec<bool>,
    number: Vec<Option<i64>>,
}

impl Endings {
    fn of(evidence: &[MessageEvidence]) -> Self {
        let mut endings = Endings::default();
        for message in evidence {
            if let Some(ending) = &message.ending {
                endings.key.push(ending.key.0);
                endings.message.push(message.no);
                endings.on.push(ending.on);
                endings.reason.push(word(&ending.reason));
                endings.withdrawn.push(message.withdrawn);
                endings.number.push(ending.number);
            }
        }
        endings
    }
}

/// Columns of pairs of profiles, each from both its ends.
#[derive(Default)]
struct Links {
    profile: Vec<Uuid>,
    other: Vec<Uuid>,
    message: Vec<i64>,
    withdrawn: Vec<bool>,
}

impl Links {
    fn of(evidence: &[MessageEvidence]) -> Self {
        let mut links = Links::default();
        for message in evidence {
            for row in &message.appearances {
                let Some(next) = row.becomes.filter(|next| *next != row.profile) else { continue };
                links.push(row.profile, next, message);
            }
        }
        links
    }

    /// The pairs that each message names beside each other.
    fn named_beside(evidence: &[MessageEvidence]) -> Self {
        let mut pairs = Links::default();
        for message in evidence {
            named_beside(&message.appearances).into_iter().for_each(|(a, b)| pairs.push(a, b, message));
        }
        pairs
    }

    fn push(&mut self, a: ProfileId, b: ProfileId, message: &MessageEvidence) {
        for (profile, other) in [(a, b), (b, a)] {
            self.profile.push(profile.0);
            self.other.push(other.0);
            self.message.push(message.no);
            self.withdrawn.push(message.withdrawn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_minor_shows_a_date() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let born = |birth: Option<&str>| Profile { birth: birth.map(day), ..Profile::default() };
        let today = day("2026-03-01");
        assert_eq!(minor_until(&born(Some("2012-03-02")), today), Some(day("2026-03-02")));
        assert_eq!(minor_until(&born(Some("2012-03-01")), today), None);
        assert_eq!(minor_until(&born(Some("2016-02-29")), today), Some(day("2030-03-01")));
        assert_eq!(minor_until(&born(None), today), None);
    }
}
