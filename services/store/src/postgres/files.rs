//! Everything of a person: what derive and reconcile work on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::evidence::{Fact, MessageKey};
use liangdi_domain::identity::survive::Frozen;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::Receiver;
use liangdi_domain::person::{EndingRecord, FactRecord, PersonFile, Profile, Published};
use liangdi_domain::statement::{Asked, Told, ToldState};
use sqlx::types::Json;
use uuid::Uuid;

use super::answers;
use super::convert::{join_time, open_profile, read_code, read_word};
use super::corrections::standing;
use super::remembered::Remembered;
use super::rights;
use super::transaction::{Transaction, unreadable};
use crate::keys::Keys;
use crate::port::Result;
use crate::rows::{Said, fact_record, sort_endings};

pub(super) const PROFILES: &str = "SELECT person, id, live FROM profiles WHERE person = ANY($1) ORDER BY person, id";

const PLACED: &str = "SELECT id, live FROM profiles WHERE id = ANY($1) ORDER BY id";

const CONTENTS: &str = "SELECT id, sealed FROM profiles WHERE id = ANY($1)";

/// Facts and their sources lie side by side under the profile: two ranges a profile cost less than one look-up a fact.
pub(super) const FACTS: &str = "SELECT profile, id, content, key FROM facts WHERE profile = ANY($1)";

const SOURCES: &str = "
SELECT profile, fact, source, time, time_offset, baseline FROM evidence WHERE profile = ANY($1) AND NOT withdrawn";

const ENDINGS: &str = "SELECT key, ended_on, reason, number FROM endings WHERE key = ANY($1) AND NOT withdrawn";

/// The message by which an office stated a fact last; of two at one time the one with the lesser id, so that the order of arrival
/// never shows.
const PUBLISHED: &str = "
SELECT w.fact, w.source, last.id, last.publisher
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS w(profile, fact, source)
CROSS JOIN LATERAL (
    SELECT i.id, i.publisher FROM evidence e JOIN inbox i ON i.no = e.message
    WHERE e.profile = w.profile AND e.fact = w.fact AND e.source = w.source AND NOT e.withdrawn
    ORDER BY e.time DESC, i.id LIMIT 1
) last";

const TOLD: &str = "
SELECT id, ground, receiver, topic, place, since, state, ended_on, ended_by, case_id, last_notice, fields,
    variant, asked_notice, asked_on, late_told, answered
FROM told WHERE ground = ANY($1) AND state <> 'retracted' ORDER BY id";

/// Person, profile, whether it is live.
pub(super) type PlacedRow = (Uuid, Uuid, bool);
pub(super) type FactRow = (Uuid, Uuid, Json<Fact>, Option<Uuid>);
type SourceRow = (Uuid, Uuid, String, DateTime<Utc>, i16, bool);
/// `told` as columns.
#[derive(sqlx::FromRow)]
struct ToldRow {
    id: Uuid,
    ground: Uuid,
    receiver: String,
    topic: String,
    place: String,
    since: NaiveDate,
    state: String,
    ended_on: Option<NaiveDate>,
    ended_by: Option<String>,
    case_id: Option<Uuid>,
    last_notice: Option<Uuid>,
    fields: Json<BTreeMap<String, Token>>,
    variant: Option<String>,
    asked_notice: Option<Uuid>,
    asked_on: Option<NaiveDate>,
    late_told: Option<i16>,
    answered: Option<bool>,
}

pub(super) async fn person_files(
    transaction: &mut Transaction,
    keys: &Keys,
    remembered: &Remembered,
    persons: &[PersonId],
) -> Result<Vec<PersonFile>> {
    if persons.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Uuid> = persons.iter().map(|person| person.0).collect();
    let rows: Vec<PlacedRow> = transaction.rows(sqlx::query_as(PROFILES).bind(asked)).await?;
    files(transaction, keys, remembered, persons, rows).await
}

/// The files of persons that hold these profiles.
pub(super) async fn files_of(
    transaction: &mut Transaction,
    keys: &Keys,
    persons: &[(PersonId, Vec<ProfileId>)],
) -> Result<Vec<PersonFile>> {
    let of = |(person, ids): &(PersonId, Vec<ProfileId>)| ids.iter().map(|id| (id.0, person.0)).collect::<Vec<_>>();
    let owner: HashMap<Uuid, Uuid> = persons.iter().flat_map(of).collect();
    let asked: Vec<Uuid> = owner.keys().copied().collect();
    let rows: Vec<(Uuid, bool)> = transaction.rows(sqlx::query_as(PLACED).bind(asked)).await?;
    let rows = rows.into_iter().map(|(id, live)| (owner[&id], id, live)).collect();
    let persons: Vec<PersonId> = persons.iter().map(|(person, _)| *person).collect();
    files(transaction, keys, &Remembered::default(), &persons, rows).await
}

/// Fills the persons' files from their profiles, which come sorted by id.
async fn files(
    transaction: &mut Transaction,
    keys: &Keys,
    remembered: &Remembered,
    persons: &[PersonId],
    rows: Vec<PlacedRow>,
) -> Result<Vec<PersonFile>> {
    let mut files: HashMap<PersonId, PersonFile> = persons.iter().map(|person| (*person, empty(*person))).collect();
    let owner = read_profiles(transaction, keys, remembered, rows, &mut files).await?;
    let (written, stored): (Vec<ProfileId>, Vec<ProfileId>) =
        owner.keys().copied().partition(|id| remembered.facts(*id).is_some());
    let profiles: Vec<Uuid> = stored.iter().map(|id| id.0).collect();
    let mut facts = read_facts(transaction, &profiles).await?;
    facts.extend(written.iter().filter_map(|id| remembered.facts(*id)).flatten().cloned());
    let asked: BTreeSet<Uuid> = facts.iter().filter_map(|fact| fact.key).map(|key| key.0).collect();
    let endings = read_endings(transaction, asked).await?;
    let told = read_told(transaction, &profiles).await?;
    let asking: HashMap<Uuid, ProfileId> =
        told.iter().filter(|told| told.asked.is_some()).map(|told| (told.id, told.ground)).collect();
    for reply in answers::replies(transaction, asking.keys().copied().collect()).await? {
        let ground = asking.get(&reply.statement);
        let Some(file) = ground.and_then(|ground| owner.get(ground)).and_then(|person| files.get_mut(person)) else {
            continue;
        };
        file.replies.push(reply);
    }

    for fact in facts {
        let Some(file) = owner.get(&fact.profile).and_then(|person| files.get_mut(person)) else { continue };
        file.endings.extend(fact.key.iter().filter_map(|key| endings.get(key)).flatten().cloned());
        file.facts.push(fact);
    }
    for told in told {
        let Some(file) = owner.get(&told.ground).and_then(|person| files.get_mut(person)) else { continue };
        file.told.push(told);
    }
    for (person, frozen) in standing(transaction, keys, &owner).await? {
        if let Some(file) = files.get_mut(&person) {
            file.frozen = frozen;
        }
    }
    for file in files.values_mut() {
        file.facts.sort_unstable_by_key(|fact| fact.id);
        sort_endings(&mut file.endings);
    }
    read_published(transaction, &mut files).await?;
    read_settled(transaction, &mut files).await?;
    Ok(persons.iter().filter_map(|person| files.remove(person)).collect())
}

/// Finds out which requests by right are settled; few people have made any.
pub(super) async fn read_settled(
    transaction: &mut Transaction,
    files: &mut HashMap<PersonId, PersonFile>,
) -> Result<()> {
    let is_request = |fact: &&FactRecord| matches!(fact.fact, Fact::RightsRequested { .. });
    let requests = |file: &PersonFile| file.facts.iter().filter(is_request).map(|fact| fact.id).collect::<Vec<_>>();
    let all: Vec<Uuid> = files.values().flat_map(requests).map(|id| id.0).collect();
    let settled = rights::settled(transaction, all).await?;
    for file in files.values_mut().filter(|_| !settled.is_empty()) {
        file.settled = requests(file).into_iter().filter_map(|id| Some((id, *settled.get(&id)?))).collect();
    }
    Ok(())
}

/// Finds out which messages state what is questioned; of most people nothing is.
async fn read_published(transaction: &mut Transaction, files: &mut HashMap<PersonId, PersonFile>) -> Result<()> {
    let mut whose: HashMap<(Uuid, String), PersonId> = HashMap::new();
    let (mut profiles, mut facts, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for file in files.values() {
        for (profile, fact, source) in file.questioned() {
            whose.insert((fact.0, source.clone()), file.person);
            profiles.push(profile.0);
            facts.push(fact.0);
            sources.push(source);
        }
    }
    if facts.is_empty() {
        return Ok(());
    }
    let query = sqlx::query_as::<_, (Uuid, String, String, String)>(PUBLISHED);
    for (fact, source, id, publisher) in transaction.rows(query.bind(profiles).bind(facts).bind(sources)).await? {
        let Some(file) = whose.get(&(fact, source.clone())).and_then(|person| files.get_mut(person)) else { continue };
        let message = MessageKey { source: source.clone(), id };
        file.messages.insert((FactId(fact), source), Published { message, publisher });
    }
    Ok(())
}

pub(super) fn empty(person: PersonId) -> PersonFile {
    PersonFile {
        person,
        profiles: Vec::new(),
        facts: Vec::new(),
        endings: Vec::new(),
        frozen: Frozen::default(),
        told: Vec::new(),
        replies: Vec::new(),
        settled: BTreeMap::new(),
        messages: BTreeMap::new(),
    }
}

/// Puts live profiles into their files; returns whose every profile is, dead ones included.
async fn read_profiles(
    transaction: &mut Transaction,
    keys: &Keys,
    remembered: &Remembered,
    rows: Vec<PlacedRow>,
    files: &mut HashMap<PersonId, PersonFile>,
) -> Result<BTreeMap<ProfileId, PersonId>> {
    // Content only where it is wanted: a dead profile's is not.
    let unknown = rows.iter().filter(|(_, id, live)| *live && remembered.content(ProfileId(*id)).is_none());
    let contents = read_contents(transaction, keys, unknown.map(|(_, id, _)| *id).collect()).await?;
    let mut owner = BTreeMap::new();
    for (person, id, live) in rows {
        let (person, id) = (PersonId(person), ProfileId(id));
        owner.insert(id, person);
        let content = remembered.content(id).or_else(|| contents.get(&id)).filter(|_| live);
        if let (Some(file), Some(content)) = (files.get_mut(&person), content) {
            file.profiles.push((id, content.clone()));
        }
    }
    Ok(owner)
}

pub(super) async fn read_contents(
    transaction: &mut Transaction,
    keys: &Keys,
    ids: Vec<Uuid>,
) -> Result<HashMap<ProfileId, Profile>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Vec<u8>)>(CONTENTS).bind(ids)).await?;
    rows.iter().map(|(id, sealed)| Ok((ProfileId(*id), open_profile(keys, id, sealed)?))).collect()
}

async fn read_facts(transaction: &mut Transaction, profiles: &[Uuid]) -> Result<Vec<FactRecord>> {
    if profiles.is_empty() {
        return Ok(Vec::new());
    }
    let mut said: HashMap<(Uuid, Uuid), Vec<Said>> = HashMap::new();
    for (profile, fact, source, time, offset, baseline) in
        transaction.rows(sqlx::query_as::<_, SourceRow>(SOURCES).bind(profiles)).await?
    {
        said.entry((profile, fact)).or_default().push(Said { source, time: join_time(time, offset), baseline });
    }
    let rows = transaction.rows(sqlx::query_as::<_, FactRow>(FACTS).bind(profiles)).await?;
    let fact = |(profile, id, content, key): FactRow| {
        let said = said.remove(&(profile, id))?;
        fact_record((FactId(id), ProfileId(profile)), content.0, key.map(Token), said)
    };
    Ok(rows.into_iter().filter_map(fact).collect())
}

async fn read_endings(
    transaction: &mut Transaction,
    keys: BTreeSet<Uuid>,
) -> Result<HashMap<Token, Vec<EndingRecord>>> {
    let mut endings: HashMap<Token, Vec<EndingRecord>> = HashMap::new();
    if keys.is_empty() {
        return Ok(endings);
    }
    let keys: Vec<Uuid> = keys.into_iter().collect();
    let statement = sqlx::query_as::<_, (Uuid, NaiveDate, String, Option<i64>)>(ENDINGS).bind(keys);
    for (key, on, reason, number) in transaction.rows(statement).await? {
        let reason = read_word("endings.reason", reason)?;
        endings.entry(Token(key)).or_default().push(EndingRecord { key: Token(key), on, reason, number });
    }
    Ok(endings)
}

pub(super) async fn read_told(transaction: &mut Transaction, profiles: &[Uuid]) -> Result<Vec<Told>> {
    if profiles.is_empty() {
        return Ok(Vec::new());
    }
    let rows = transaction.rows(sqlx::query_as::<_, ToldRow>(TOLD).bind(profiles)).await?;
    rows.into_iter().map(told).collect()
}

fn told(row: ToldRow) -> Result<Told> {
    let state = match (row.state.as_str(), row.ended_on) {
        ("open", _) => ToldState::Open,
        ("ended", Some(on)) => {
            let by = row.ended_by.map(|kind| read_word("told.ended_by", kind)).transpose()?;
            ToldState::Ended { on, by }
        }
        _ => return Err(unreadable("told.state")),
    };
    let asked = row.asked_notice.zip(row.asked_on).map(|(notice, on)| Asked {
        notice,
        on,
        late_told: row.late_told.and_then(|told| u8::try_from(told).ok()).unwrap_or(0),
        answered: row.answered.unwrap_or_default(),
    });
    Ok(Told {
        id: row.id,
        ground: ProfileId(row.ground),
        receiver: Receiver(row.receiver),
        topic: read_word("told.topic", row.topic)?,
        place: read_code("told.place", &row.place)?,
        variant: row.variant.map(Into::into),
        since: row.since,
        state,
        case: row.case_id,
        last_notice: row.last_notice,
        asked,
        fields: row.fields.0,
    })
}
