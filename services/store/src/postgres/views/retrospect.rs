//! `report`: the files of persons as they stood before an instant. What offices recorded later, or took back later, is not in
//! them; who is one person, and what was told, is as it is now.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::person::{EndingRecord, PersonFile};
use uuid::Uuid;

use crate::keys::Keys;
use crate::port::Result;
use crate::postgres::convert::{join_time, read_word};
use crate::postgres::files::{FACTS, FactRow, PROFILES, PlacedRow, empty, read_contents, read_settled, read_told};
use crate::postgres::transaction::Transaction;
use crate::postgres::{PgStore, answers};
use crate::rows::{Said, fact_record, sort_endings};
use crate::withdrawal::taken_back;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0; \
    SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";

/// The plan is made here. The pages that follow are looked up by key, as on the path.
const DECLARE: &str = "
DECLARE spoken_of NO SCROLL CURSOR FOR
SELECT DISTINCT p.person FROM evidence e JOIN profiles p ON p.id = e.profile WHERE e.time >= $1 AND e.time < $2";

const BY_KEY: &str = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)";

const SOURCES: &str = "
SELECT profile, fact, message, source, time, time_offset, baseline FROM evidence WHERE profile = ANY($1) AND time < $2";

const ENDINGS: &str = "
SELECT e.key, e.message, e.ended_on, e.reason, e.number FROM endings e JOIN inbox i ON i.no = e.message
WHERE e.key = ANY($1) AND i.time < $2";

/// Every withdrawal that is connected with messages, with its target and the target's number. Most messages have none.
const WITHDRAWALS: &str = r#"
WITH RECURSIVE reached (source, id) AS (
    SELECT i.source COLLATE "C", i.id COLLATE "C" FROM inbox i WHERE i.no = ANY($1)
        AND EXISTS (SELECT FROM withdrawals w WHERE w.target_source = i.source AND w.target_id = i.id)
    UNION
    SELECT step.source, step.id FROM reached r CROSS JOIN LATERAL (
        SELECT w.source, w.id FROM withdrawals w WHERE w.target_source = r.source AND w.target_id = r.id
        UNION ALL
        SELECT w.target_source, w.target_id FROM withdrawals w WHERE w.source = r.source AND w.id = r.id
    ) step
)
SELECT r.source, r.id, w.target_source, w.target_id, target.no
FROM reached r
JOIN withdrawals w ON w.source = r.source AND w.id = r.id
JOIN inbox said ON said.source = w.source AND said.id = w.id AND said.time < $2
LEFT JOIN inbox target ON target.source = w.target_source AND target.id = w.target_id"#;

/// Profile, fact, message, source, time, offset, baseline.
type SourceRow = (Uuid, Uuid, i64, String, DateTime<Utc>, i16, bool);
/// Source, id, target's source, target's id, target's number.
type WithdrawalRow = (String, String, String, String, Option<i64>);

/// Everybody of whom something was recorded in a time, as they stood before its end: one state of everything, page by page.
pub struct Retrospect {
    transaction: Transaction,
    keys: Keys,
    before: DateTime<Utc>,
}

impl PgStore {
    /// Looks back at whoever offices spoke of from an instant on and before another.
    pub async fn retrospect(&self, from: DateTime<Utc>, before: DateTime<Utc>) -> Result<Retrospect> {
        let mut transaction = Transaction::begin(&self.0.pool, self.0.patience, BEGIN).await?;
        transaction.execute(sqlx::query(DECLARE).bind(from).bind(before)).await?;
        transaction.execute(sqlx::query(BY_KEY)).await?;
        Ok(Retrospect { transaction, keys: self.0.keys.clone(), before })
    }
}

impl Retrospect {
    /// The next files, in no order; none after the last.
    pub async fn page(&mut self, persons_max: u32) -> Result<Vec<PersonFile>> {
        let fetch = format!("FETCH {persons_max} FROM spoken_of");
        let persons: Vec<(Uuid,)> = self.transaction.rows(sqlx::query_as(sqlx::AssertSqlSafe(fetch))).await?;
        self.files(persons.into_iter().map(|(person,)| person).collect()).await
    }

    async fn files(&mut self, persons: Vec<Uuid>) -> Result<Vec<PersonFile>> {
        if persons.is_empty() {
            return Ok(Vec::new());
        }
        let placed: Vec<PlacedRow> = self.transaction.rows(sqlx::query_as(PROFILES).bind(persons)).await?;
        let owner: BTreeMap<ProfileId, PersonId> =
            placed.iter().map(|(person, id, _)| (ProfileId(*id), PersonId(*person))).collect();
        let ids: Vec<Uuid> = owner.keys().map(|id| id.0).collect();
        let mut said = self.said(&ids).await?;
        let mut files: HashMap<PersonId, PersonFile> = owner.values().map(|person| (*person, empty(*person))).collect();
        let facts: Vec<FactRow> = self.transaction.rows(sqlx::query_as(FACTS).bind(&ids)).await?;
        for (profile, id, content, key) in facts {
            let Some(said) = said.remove(&(profile, id)) else { continue };
            let ids = (FactId(id), ProfileId(profile));
            let file = owner.get(&ids.1).and_then(|person| files.get_mut(person));
            if let Some((file, fact)) = file.zip(fact_record(ids, content.0, key.map(Token), said)) {
                file.facts.push(fact);
            }
        }
        let spoken: BTreeSet<Uuid> = files.values().flat_map(|file| &file.facts).map(|fact| fact.profile.0).collect();
        let contents = read_contents(&mut self.transaction, &self.keys, spoken.into_iter().collect()).await?;
        let mut contents: Vec<_> = contents.into_iter().collect();
        contents.sort_unstable_by_key(|(id, _)| *id);
        for (id, profile) in contents {
            if let Some(file) = owner.get(&id).and_then(|person| files.get_mut(person)) {
                file.profiles.push((id, profile));
            }
        }
        self.ends(&mut files).await?;
        self.told(&ids, &owner, &mut files).await?;
        read_settled(&mut self.transaction, &mut files).await?;
        let end = shanghai_date(self.before.fixed_offset());
        for file in files.values_mut() {
            file.settled.retain(|_, on| *on < end);
            file.facts.sort_unstable_by_key(|fact| fact.id);
            sort_endings(&mut file.endings);
        }
        Ok(files.into_values().collect())
    }

    /// Who said which fact, as far as it stood.
    async fn said(&mut self, profiles: &[Uuid]) -> Result<HashMap<(Uuid, Uuid), Vec<Said>>> {
        let statement = sqlx::query_as::<_, SourceRow>(SOURCES).bind(profiles).bind(self.before);
        let rows = self.transaction.rows(statement).await?;
        let gone = self.taken_back(rows.iter().map(|row| row.2)).await?;
        let mut said: HashMap<(Uuid, Uuid), Vec<Said>> = HashMap::new();
        for (profile, fact, message, source, time, offset, baseline) in rows {
            if !gone.contains(&message) {
                said.entry((profile, fact)).or_default().push(Said { source, time: join_time(time, offset), baseline });
            }
        }
        Ok(said)
    }

    async fn ends(&mut self, files: &mut HashMap<PersonId, PersonFile>) -> Result<()> {
        let keys: BTreeSet<Uuid> =
            files.values().flat_map(|file| &file.facts).filter_map(|fact| fact.key).map(|key| key.0).collect();
        let keys: Vec<Uuid> = keys.into_iter().collect();
        let statement =
            sqlx::query_as::<_, (Uuid, i64, NaiveDate, String, Option<i64>)>(ENDINGS).bind(keys).bind(self.before);
        let rows = self.transaction.rows(statement).await?;
        let gone = self.taken_back(rows.iter().map(|row| row.1)).await?;
        let mut endings: HashMap<Token, Vec<EndingRecord>> = HashMap::new();
        for (key, _, on, reason, number) in rows.into_iter().filter(|row| !gone.contains(&row.1)) {
            let reason = read_word("endings.reason", reason)?;
            let ending = EndingRecord { key: Token(key), on, reason, number };
            endings.entry(ending.key).or_default().push(ending);
        }
        for file in files.values_mut() {
            let of = file.facts.iter().filter_map(|fact| endings.get(&fact.key?)).flatten().cloned().collect();
            file.endings = of;
        }
        Ok(())
    }

    /// What was told, with the replies that had come: they say to whom a stay was passed on.
    async fn told(
        &mut self,
        profiles: &[Uuid],
        owner: &BTreeMap<ProfileId, PersonId>,
        files: &mut HashMap<PersonId, PersonFile>,
    ) -> Result<()> {
        let told = read_told(&mut self.transaction, profiles).await?;
        let asking: HashMap<Uuid, PersonId> =
            told.iter().filter(|told| told.asked.is_some()).map(|told| (told.id, owner[&told.ground])).collect();
        for told in told {
            if let Some(file) = files.get_mut(&owner[&told.ground]) {
                file.told.push(told);
            }
        }
        for reply in answers::replies(&mut self.transaction, asking.keys().copied().collect()).await? {
            let file = asking.get(&reply.statement).and_then(|person| files.get_mut(person));
            if let Some(file) = file.filter(|_| reply.time < self.before) {
                file.replies.push(reply);
            }
        }
        Ok(())
    }

    /// Those of messages that had been taken back.
    async fn taken_back(&mut self, messages: impl Iterator<Item = i64>) -> Result<HashSet<i64>> {
        let messages: BTreeSet<i64> = messages.collect();
        let messages: Vec<i64> = messages.into_iter().collect();
        let statement = sqlx::query_as::<_, WithdrawalRow>(WITHDRAWALS).bind(messages).bind(self.before);
        let mut number = HashMap::new();
        let mut withdrawals = Vec::new();
        for (source, id, target_source, target_id, no) in self.transaction.rows(statement).await? {
            let target = MessageKey { source: target_source, id: target_id };
            if let Some(no) = no {
                number.insert(target.clone(), no);
            }
            withdrawals.push((MessageKey { source, id }, target));
        }
        Ok(taken_back(&withdrawals).iter().filter_map(|key| number.get(key)).copied().collect())
    }
}
