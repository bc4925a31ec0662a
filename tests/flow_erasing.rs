//! What is held of a person is erased (Personal Information Protection Law, article 47): whoever was told hears it, nothing
//! stays that could say who it was, others keep what is theirs, and every account still adds up.

use std::collections::{BTreeMap, BTreeSet};

use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::ids::PersonId;
use liangdi_registry::erase::{Erased, Scope};
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_registry::retain::Retention;
use liangdi_store::keys::Keys;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::Store;
use liangdi_store::postgres::{AuditFilter, Look, PgStore};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::support::ending::{Ending, worked_off};
use crate::support::ground::{Ground, Setup, on_bare_ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::namesakes::{NAME, NUMBER, POLICE, namesake, registered};
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};
use crate::support::registry::{Looked, lines, on, shuffled};
use crate::support::sample::Sample;
use crate::support::visitor::Visitor;
use crate::support::{binary, eventually, leaks};

const HR: &str = "hr.320500";
const HOUSING: &str = "housing.320583";
const TOWNSHIP: &str = "township.320583100";
const HOUSEHOLD_TOWNSHIP: &str = "township.321322101";

/// Every so manieth person of a sample is erased.
const EVERY: usize = 4;

type Line = (Feed, Vec<u8>);
type MessageKey = (String, String);

/// Commits lines, each through its own feed.
async fn commit<S: Store>(registry: &Registry<S>, lines: &[Line]) {
    for run in lines.chunk_by(|before, after| before.0 == after.0) {
        let lines: Vec<Vec<u8>> = run.iter().map(|(_, line)| line.clone()).collect();
        offline::feed(registry, run[0].0, &lines).await.unwrap();
    }
}

/// Of whom each message speaks.
async fn spoken_of<S: Looked>(store: &S) -> BTreeMap<MessageKey, BTreeSet<PersonId>> {
    let mut spoken: BTreeMap<MessageKey, BTreeSet<PersonId>> = BTreeMap::new();
    for row in store.page(None, u32::MAX).await.unwrap() {
        spoken.entry((row.source, row.id)).or_default().insert(row.person);
    }
    spoken
}

/// Erases every so manieth person, one whole, of the next what one feed said; returns the messages that said it. Left out is
/// whoever is named in a message beside somebody else: without them, that message would be another one.
/// So is whoever's message ends somebody else's registration: the end is theirs, and stays.
async fn erase_some<S: Looked>(registry: &Registry<S>, all: &[Line]) -> BTreeSet<MessageKey> {
    let registrations = registrations(all);
    let mut erased = BTreeSet::new();
    let spoken = spoken_of(&registry.store).await;
    let beside: BTreeSet<PersonId> = spoken.values().filter(|of| of.len() > 1).flatten().copied().collect();
    // The least message of a person names it, whatever ids this store gave.
    let mut named: BTreeMap<PersonId, &MessageKey> = BTreeMap::new();
    for (key, of) in &spoken {
        for person in of {
            named.entry(*person).or_insert(key);
        }
    }
    let mut names: Vec<&MessageKey> =
        named.iter().filter(|(person, _)| !beside.contains(person)).map(|(_, key)| *key).collect();
    names.sort();
    for (number, name) in names.into_iter().step_by(EVERY).enumerate() {
        // Whoever was erased before may have held others together: who is who is asked anew.
        let now = spoken_of(&registry.store).await;
        let Some(person) = now.get(name).and_then(|of| of.first().copied()) else { continue };
        let feed = (number % 2 == 1).then(|| Feed::of_source(&name.0).unwrap());
        let scope = Scope { person, feed };
        let theirs = now.iter().filter(|(_, of)| of.contains(&person));
        let theirs = theirs.filter(|((source, _), _)| feed.is_none() || Feed::of_source(source) == feed);
        if theirs.clone().any(|(_, of)| of.len() > 1) {
            continue;
        }
        let of_one = |keys: &BTreeSet<MessageKey>| {
            let of: BTreeSet<&BTreeSet<PersonId>> = keys.iter().filter_map(|key| now.get(key)).collect();
            of.len() < 2
        };
        if theirs.clone().any(|(key, _)| registrations.values().any(|keys| keys.contains(key) && !of_one(keys))) {
            continue;
        }
        erased.extend(theirs.map(|(key, _)| key.clone()));
        let mark = registry.would_erase(scope).await.unwrap().unwrap().mark;
        assert!(matches!(registry.erase(scope, mark).await.unwrap(), Erased::Done(_)));
        assert!(registry.would_erase(scope).await.unwrap().is_none(), "nothing is left to erase");
    }
    erased
}

/// The messages that name each registration, by its number: what begins and what ends it.
fn registrations(all: &[Line]) -> BTreeMap<String, BTreeSet<MessageKey>> {
    let mut registrations: BTreeMap<String, BTreeSet<MessageKey>> = BTreeMap::new();
    for (_, line) in all {
        let message: Value = serde_json::from_slice(line).unwrap_or_default();
        let data = &message["data"];
        let number = ["djbh", "jzzh", "filingNo"].into_iter().find_map(|member| data[member].as_str());
        if let (Some(number), Some(key)) = (number, key_of(line)) {
            registrations.entry(number.to_owned()).or_default().insert(key);
        }
    }
    registrations
}

fn key_of(line: &[u8]) -> Option<MessageKey> {
    let message: Value = serde_json::from_slice(line).ok()?;
    Some((message["source"].as_str()?.to_owned(), message["id"].as_str()?.to_owned()))
}

/// Whoever was erased is as if nobody had ever spoken of them, in any order of erasing and sending again.
async fn ends_as_if_never_said<S: Looked>(sample: &Sample, fresh: impl AsyncFn() -> Registry<S>, seed: u64) {
    let all = shuffled(lines(sample), seed);
    let registry = fresh().await;
    commit(&registry, &all).await;
    let before = registry.store.now().await.unwrap();
    let erased = erase_some(&registry, &all).await;
    assert!(erased.len() > 10, "seed {seed}: only {} messages were erased", erased.len());
    let ended = Ending::of(&registry.store).await;
    let status = registry.store.now().await.unwrap();
    assert!(status.feeds.iter().all(|feed| feed.adds_up()));
    assert_eq!(status.feeds, before.feeds, "seed {seed}: erasing counts nothing");

    let never = on(MemoryStore::new(), Keys::ephemeral(), sample.as_of, Matching::shipped().clone());
    let spared: Vec<Line> =
        all.iter().filter(|(_, line)| key_of(line).is_none_or(|key| !erased.contains(&key))).cloned().collect();
    commit(&never, &spared).await;
    ended.is(&Ending::of(&never.store).await);

    commit(&registry, &all).await;
    Ending::of(&registry.store).await.is(&ended);
    let status = registry.store.now().await.unwrap();
    assert!(status.feeds.iter().all(|feed| feed.adds_up()));
    let recorded = |feeds: &[liangdi_store::report::FeedStatus]| feeds.iter().map(|feed| feed.recorded).sum::<i64>();
    assert_eq!(recorded(&status.feeds), recorded(&before.feeds), "seed {seed}: a repeated message stays a duplicate");

    let twice = fresh().await;
    commit(&twice, &all).await;
    commit(&twice, &all).await;
    assert_eq!(erase_some(&twice, &all).await, erased);
    Ending::of(&twice.store).await.is(&ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_ends_as_if_nobody_had_spoken_of_them_and_others_as_they_were() {
    for (seed, sample_seed) in [(1, 41), (2, 77), (3, 78), (4, 79)] {
        let sample = Sample::make("erased", 100, sample_seed);
        let keys = Keys::ephemeral();
        let fresh = async || on(MemoryStore::new(), keys.clone(), sample.as_of, Matching::shipped().clone());
        ends_as_if_never_said(&sample, fresh, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_on_a_database() {
    let sample = Sample::make("erased-stored", 60, 80);
    on_bare_ground("erased", Setup::default(), async |ground| {
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let fresh = async || {
            ground.on_server(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ground.database)).await;
            ground.create_database(&ground.database).await;
            ground.liangdi(&["migrate"]).await.exits(0);
            on(ground.store().await, keys.clone(), sample.as_of, Matching::shipped().clone())
        };
        ends_as_if_never_said(&sample, fresh, 5).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_been_silent_for_the_period_is_erased_and_nobody_of_whom_something_goes_on() {
    let sample = Sample::make("retained", 100, 81);
    let mut registry = on(MemoryStore::new(), Keys::ephemeral(), sample.as_of, Matching::shipped().clone());
    commit(&registry, &lines(&sample)).await;
    let retention = Retention { silent_days: 400, batch_persons_max: 3 };
    assert!(registry.would_expire(retention, 1000).await.unwrap().is_empty(), "everybody was spoken of this year");
    registry.as_of = sample.as_of.checked_add_days(chrono::Days::new(400));
    assert!(registry.would_expire(Retention { silent_days: 0, ..retention }, 1000).await.unwrap().is_empty());
    let expected = registry.would_expire(retention, 1000).await.unwrap();
    let before = spoken_of(&registry.store).await;
    assert_eq!(registry.would_expire(retention, 2).await.unwrap(), expected[..2]);
    let (mut erased, mut after) = (Vec::new(), None);
    loop {
        let page = registry.expire(retention, after).await.unwrap();
        assert!(page.persons.len() <= retention.batch_persons_max);
        erased.extend(page.persons);
        after = page.after;
        if page.is_last {
            break;
        }
    }
    assert_eq!(erased, expected);
    let left: BTreeSet<PersonId> = spoken_of(&registry.store).await.into_values().flatten().collect();
    let all: BTreeSet<PersonId> = before.into_values().flatten().collect();
    let gone: BTreeSet<PersonId> = all.difference(&left).copied().collect();
    assert!(left.len() > 10 && gone.len() > 3, "{} stay, {} are gone", left.len(), gone.len());
    assert!(gone.iter().all(|person| expected.contains(person)));
    assert!(registry.would_expire(retention, 1000).await.unwrap().is_empty());
    assert!(registry.store.now().await.unwrap().feeds.iter().all(|feed| feed.adds_up()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_says_whose_period_is_over_and_erases_them() {
    on_own_ground(
        "retention",
        setup(&[POLICE], "clock.interval_ms = 500\nretention.silent_days = 100"),
        async |ground| {
            let hub = Hub::start(&ground);
            let store = ground.store().await;
            let left = Message::example("police.residence-cancelled.v1")
                .with("/data/zxrq", "20260315")
                .with("/time", "2026-03-15T16:02:11+08:00");
            publish(&ground, &[(POLICE, registered()), (POLICE, namesake()), (POLICE, left)]).await;
            worked_off(&store, 3, 3).await;
            hub.stop().await;
            let [person] = &found(&ground).await[..] else { panic!("one person has the number") };
            let dry_run = async |day: &str| ground.liangdi(&["clock", "--dry-run", "--as-of", day]).await.exits(0);
            assert!(!dry_run("2026-06-23").await.out.contains("erases"));
            dry_run("2026-06-24").await.says(&[&format!("erases person {person}"), "1 persons whose period"]);
            assert_eq!(found(&ground).await.len(), 1, "nothing was written");

            let later = toml::from_str("hub.as_of = \"2026-06-24\"").unwrap();
            let hub = Hub::start_with(&ground, &later);
            eventually("the clock has erased the person", async || found(&ground).await.is_empty().then_some(())).await;
            hub.stop().await;
            let audit =
                store.audit_list(AuditFilter { who: Some("liangdi"), ..AuditFilter::default() }, 10).await.unwrap();
            let entries: Vec<(&str, &str)> =
                audit.iter().map(|entry| (entry.purpose.as_str(), entry.object.as_str())).collect();
            assert_eq!(
                entries,
                [("erasing: period-over; 100 days without a message", format!("person {person}").as_str())]
            );
            assert_eq!(store.assignments(None, 10).await.unwrap().len(), 1, "whose stay goes on is kept");
            store.close().await;
        },
    )
    .await;
}

/// Everything that departments say of the person in this test; a second tenant is in one of the messages.
fn said() -> Vec<(&'static str, Message)> {
    let job = Message::example("hr.employment-started.v1")
        .with("/data/aac002", NUMBER)
        .with("/data/aac003", NAME)
        .with("/data/aac004", "1")
        .with("/data/aac006", 19_900_315);
    let asked = Message::example("township.rights-requested.v1").with("/data/right", "deletion");
    let asked = asked.with("/data/filed_on", "2026-03-12").with("/time", "2026-03-12T09:00:00+08:00");
    vec![
        (POLICE, registered()),
        (HR, job),
        (HOUSING, Message::example("housing.lease-filed.v1")),
        (TOWNSHIP, asked),
        (POLICE, namesake()),
    ]
}

/// Publishes one after the other; returns how many there are.
async fn publish(ground: &Ground, messages: &[(&'static str, Message)]) -> i64 {
    for (user, message) in messages {
        ground.publish(user, &[message.line()]).await;
    }
    messages.len() as i64
}

/// The person of a number.
async fn found(ground: &Ground) -> Vec<String> {
    let found = ground.liangdi(&["person", "find", "--id-number", NUMBER]).await.exits(0);
    found.out.lines().filter(|line| *line != "nobody").map(str::to_owned).collect()
}

/// Every hash and sealed value of a person that is nobody else's.
async fn traces(connection: &mut PgConnection, person: &str) -> Vec<String> {
    const OWN: [&str; 10] = [
        "SELECT id::text FROM profiles WHERE person::text = $1",
        "SELECT substr(sealed::text, 3) FROM profiles WHERE person::text = $1",
        "SELECT t.token::text FROM tokens t JOIN profiles p ON p.id = t.profile WHERE p.person::text = $1
            AND NOT EXISTS (SELECT FROM tokens o JOIN profiles q ON q.id = o.profile WHERE o.token = t.token AND q.person::text <> $1)",
        "SELECT t.refined::text FROM tokens t JOIN profiles p ON p.id = t.profile WHERE p.person::text = $1
            AND t.refined <> '00000000-0000-0000-0000-000000000000'
            AND NOT EXISTS (SELECT FROM tokens o JOIN profiles q ON q.id = o.profile WHERE o.refined = t.refined AND q.person::text <> $1)",
        "SELECT f.id::text FROM facts f JOIN profiles p ON p.id = f.profile WHERE p.person::text = $1",
        "SELECT f.key::text FROM facts f JOIN profiles p ON p.id = f.profile WHERE p.person::text = $1 AND f.key IS NOT NULL
            AND NOT EXISTS (SELECT FROM facts o JOIN profiles q ON q.id = o.profile WHERE o.key = f.key AND q.person::text <> $1)",
        "SELECT t.fields->>'person' FROM told t JOIN profiles p ON p.id = t.ground
            WHERE p.person::text = $1 AND t.fields->>'person' IS NOT NULL",
        "SELECT substr(l.sealed::text, 3) FROM ledger l JOIN told t ON t.id = l.statement JOIN profiles p ON p.id = t.ground
            WHERE p.person::text = $1 AND l.kind NOT IN ('reminder', 'retract')",
        "SELECT substr(c.sealed::text, 3) FROM corrections c JOIN profiles p ON p.id = c.profile WHERE p.person::text = $1",
        "SELECT substr(a.discrepancies::text, 3) FROM answers a JOIN told t ON t.id = a.statement JOIN profiles p ON p.id = t.ground
            WHERE p.person::text = $1 AND a.discrepancies IS NOT NULL",
    ];
    let mut traces = Vec::new();
    for query in OWN {
        let found: Vec<String> = sqlx::query_scalar(query).bind(person).fetch_all(&mut *connection).await.unwrap();
        assert!(!found.is_empty(), "nothing to look for: {query}");
        traces.extend(found);
    }
    let refused: Vec<String> =
        sqlx::query_scalar("SELECT substr(sealed::text, 3) FROM quarantine").fetch_all(connection).await.unwrap();
    assert_eq!(refused.len(), 1);
    traces.extend(refused);
    traces
}

/// What a receiver reads again from the start.
async fn read_again(store: &PgStore, receiver: &str) -> Vec<(i64, String, Value)> {
    let look = Look { who: "a test", purpose: "a test" };
    let notices = store.notices_after(receiver, 0, 1000, look).await.unwrap();
    notices.into_iter().map(|(seqno, notice)| (seqno, notice.kind.to_string(), notice.data)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_that_could_say_who_it_was_and_whoever_was_told_hears_it() {
    let users = [POLICE, HR, HOUSING, TOWNSHIP, HOUSEHOLD_TOWNSHIP];
    on_own_ground("erasing", setup(&users, "clock.interval_ms = 500"), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let said = said();
        let mut sent = publish(&ground, &said).await;
        worked_off(&store, sent, sent).await;
        let [person] = &found(&ground).await[..] else { panic!("one person has the number") };
        let other = store.assignments(None, 100).await.unwrap();
        let tenant = other.iter().find(|row| row.slot == 1).unwrap().person;

        // A question about it that was decided, values that hold, an answer that knows it otherwise, and a refusal.
        let questions = ground.liangdi(&["review", "list", "--json"]).await.exits(0).json_lines();
        let no = questions[0]["no"].to_string();
        ground.liangdi(&["review", "decide", &no, "different", "--reason", "both were asked"]).await.exits(0);
        ground.liangdi(&["review", "list"]).await.exits(0);
        let correct = ["person", "correct", person, "--name", "张建果", "--reason", "the booklet was shown"];
        ground.liangdi(&correct).await.exits(0);
        ground.liangdi(&["person", "protect", person, "--reason", "a court's order"]).await.exits(0);
        worked_off(&store, sent, sent).await;
        let inflow = inboxes::peek(&ground, HOUSEHOLD).await.remove(0);
        let reply = Message::reply_to(&inflow, "disputed")
            .from("urn:liangdi:township:321322101")
            .with("/data/discrepancies", json!([{"field": "name", "ours": "章建国"}]));
        let conflict = said[0].1.clone().with("/data/jzdz", "人民路2号");
        sent += publish(&ground, &[(HOUSEHOLD_TOWNSHIP, reply), (POLICE, conflict)]).await;
        worked_off(&store, sent, sent).await;
        let mut connection = ground.connection().await;
        let traces = traces(&mut connection, person).await;
        let before = read_again(&store, HOUSEHOLD).await;

        let delete = ["subject", "delete", person, "--basis", "consent-withdrawn", "--reason", "request 7"];
        let tried = ground.liangdi(&delete).await.exits(0);
        let tried = tried.says(&["would be erased: what 4 messages said", RESIDENCE, "retract (inflow) to 321322101"]);
        assert!(!tried.out.contains(NAME) && !tried.out.contains(NUMBER), "{}", tried.out);
        let mark = |out: &str| out.split("--confirm ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let first = mark(&tried.out);
        let confirmed = |mark: &str| [&delete[..], &["--confirm", mark]].concat().join("\u{1}");
        let confirm = async |mark: &str| {
            let arguments = confirmed(mark);
            ground.liangdi(&arguments.split('\u{1}').collect::<Vec<_>>()).await
        };
        // Somebody hears of the person in between: it is looked at once more.
        let again = registered().with("/data/djbh", "J320583202600078").with("/time", "2026-03-10T10:00:00+08:00");
        sent += publish(&ground, &[(POLICE, again)]).await;
        worked_off(&store, sent, sent).await;
        confirm(&first).await.exits(2).says(&["nothing is erased"]);
        assert_eq!(found(&ground).await.len(), 1);
        let second = mark(&ground.liangdi(&delete).await.exits(0).out);
        confirm(&second).await.exits(0).says(&["erased: what 5 messages said", "is told:"]);
        confirm(&second).await.exits(2).says(&["no person has the id"]);
        worked_off(&store, sent, sent).await;

        // What was on its way is wiped by the clock when it is out.
        let wiped = "SELECT NOT EXISTS (SELECT FROM erase_later)";
        eventually("nothing is left to erase", async || {
            sqlx::query_scalar::<_, bool>(wiped).fetch_one(&mut connection).await.unwrap().then_some(())
        })
        .await;
        leaks::none_in_database(&ground, &traces).await;
        assert_eq!(found(&ground).await, [""; 0]);
        let left = store.assignments(None, 100).await.unwrap();
        assert_eq!(left.len(), 2, "the other tenant and the namesake are held as before");
        assert!(left.iter().any(|row| row.slot == 1 && row.person == tenant));

        // Read again, the sequence has no gap, and what was told reads as taken back.
        let after = read_again(&store, HOUSEHOLD).await;
        assert_eq!(
            after.iter().map(|(seqno, ..)| *seqno).collect::<Vec<_>>(),
            (1..=after.len() as i64).collect::<Vec<_>>()
        );
        assert!(after.len() > before.len() && before.iter().any(|(_, kind, _)| kind == "supersede"));
        let inflows = |read: &[(i64, String, Value)]| read.iter().filter(|(_, kind, _)| kind == "inflow").count();
        assert_eq!((inflows(&before), inflows(&after)), (1, 0));
        let shape: BTreeSet<&str> = after.iter().map(|(_, kind, _)| kind.as_str()).collect();
        assert_eq!(shape, BTreeSet::from(["retract"]));
        assert!(after.iter().all(|(.., data)| data["reason"].is_string() && data["kind"] != "supersede"));

        // The same messages once more change nothing; a new one is new evidence, about a new person.
        let lines: Vec<_> = said[..4].to_vec();
        let repeated = publish(&ground, &lines).await;
        worked_off(&store, sent, sent + repeated).await;
        assert_eq!(found(&ground).await, [""; 0]);
        let new = registered().with("/data/djbh", "J320583202600099");
        sent += publish(&ground, &[(POLICE, new)]).await;
        worked_off(&store, sent, sent + repeated).await;
        let [anew] = &found(&ground).await[..] else { panic!("new evidence makes a person") };
        assert_ne!(anew, person);
        let audit = store.audit_list(AuditFilter::default(), 100).await.unwrap();
        let done = audit.iter().find(|entry| entry.purpose == "erasing: consent-withdrawn; request 7").unwrap();
        assert_eq!(done.object, format!("person {person}"));
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        let told: Vec<&Value> = inboxes::of_kind(&notices, "retract");
        let erased = told.iter().filter(|notice| notice["basis"].as_str().unwrap().ends_with("PIPL art. 47"));
        let to = |code: &str| erased.clone().filter(|notice| notice["jurisdiction"] == code).count();
        assert!(to(HOUSEHOLD) > 0, "the household side was told of the stay");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_feed_said_goes_and_the_question_says_what_the_others_know() {
    on_own_ground("erasing-feed", setup(&[POLICE, TOWNSHIP], ""), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let police = registered();
        let since = police.text("/data/djrq");
        let since = format!("{}-{}-{}", &since[..4], &since[4..6], &since[6..]);
        let township = Message::example("township.inflow-registered.v1")
            .with("/data/person/id_number", NUMBER)
            .with("/data/person/name", "章建国")
            .with("/data/person/sex", "1")
            .with("/data/person/birth_date", "1990-03-15")
            .with("/data/household/division", HOUSEHOLD)
            .with("/data/residence/division", RESIDENCE)
            .with("/data/since", since)
            .with("/time", "2026-03-10T09:00:00+08:00");
        publish(&ground, &[(POLICE, police)]).await;
        worked_off(&store, 1, 1).await;
        publish(&ground, &[(TOWNSHIP, township)]).await;
        worked_off(&store, 2, 2).await;
        let [person] = &found(&ground).await[..] else { panic!("one person has the number") };
        let asked = inboxes::peek_as_console(&store, HOUSEHOLD).await;
        assert_eq!(asked["data"]["person"]["name"], NAME, "the police are trusted most");
        let delete =
            ["subject", "delete", person, "--feed", "police", "--basis", "unlawful", "--reason", "x", "--json"];
        let tried = ground.liangdi(&delete).await.exits(0).json();
        assert_eq!((&tried["messages"], &tried["facts"], &tried["stays"]), (&json!(1), &json!(1), &json!([])));
        let mark = tried["mark"].as_str().unwrap();
        ground.liangdi(&[&delete[..], &["--confirm", mark]].concat()).await.exits(0);
        worked_off(&store, 2, 2).await;
        let still = inboxes::peek_as_console(&store, HOUSEHOLD).await;
        assert_eq!((&still["id"], &still["data"]["person"]["name"]), (&asked["id"], &json!("章建国")));
        let kinds: Vec<(String, Value)> =
            read_again(&store, HOUSEHOLD).await.into_iter().map(|(_, kind, data)| (kind, data)).collect();
        assert!(kinds.iter().all(|(_, data)| !data.to_string().contains(NAME)), "{kinds:?}");
        assert!(kinds.iter().any(|(kind, _)| kind == "supersede"));
        assert_eq!(found(&ground).await, [person.as_str()]);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_nothing_is_erased() {
    on_own_ground("erasing-killed", setup(&[POLICE], ""), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        ground.publish(POLICE, &[registered().line()]).await;
        worked_off(&store, 1, 1).await;
        let [person] = &found(&ground).await[..] else { panic!("one person has the number") };
        let delete = ["subject", "delete", person, "--basis", "unlawful", "--reason", "request 7", "--json"];
        let tried = ground.liangdi(&delete).await.exits(0).json();
        let mark = tried["mark"].as_str().unwrap();

        // Somebody else holds a table that is wiped late: facts, statements and notices are written by then.
        let mut holder = ground.connection().await;
        sqlx::raw_sql("BEGIN; LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE").execute(&mut holder).await.unwrap();
        let mut command = binary::command();
        command.arg("--config").arg(ground.config()).args(delete).args(["--confirm", mark]);
        let mut child = command.spawn().unwrap();
        let mut watcher = ground.connection().await;
        let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
            AND datname = current_database() AND query LIKE '%DELETE FROM tokens%')";
        eventually("the erasing waits", async || {
            sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut watcher).await.unwrap().then_some(())
        })
        .await;
        child.kill().await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();

        worked_off(&store, 1, 1).await;
        assert_eq!(found(&ground).await, [person.as_str()]);
        let again = ground.liangdi(&delete).await.exits(0).json();
        assert_eq!(again["mark"], mark, "the person stands as before");
        let kinds: Vec<String> = read_again(&store, HOUSEHOLD).await.into_iter().map(|(_, kind, _)| kind).collect();
        assert_eq!(kinds, ["inflow"]);
        let done = [&delete[..], &["--confirm", mark]].concat();
        assert_eq!(ground.liangdi(&done).await.exits(0).json()["done"], true);
        assert_eq!(found(&ground).await, [""; 0]);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_request_leads_to_a_trial_and_a_typed_word_erases() {
    on_own_ground("erasing-page", setup(&[POLICE, TOWNSHIP], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let asked = said().remove(3).1;
        publish(&ground, &[(POLICE, registered()), (TOWNSHIP, asked)]).await;
        worked_off(&store, 2, 2).await;
        let operator = Visitor::new(&ground, &hub, "operator", "operator").await;
        let request = store.rights_requests(false, 10).await.unwrap().remove(0);
        let (no, id) = (request.no, request.person.0.to_string());
        let settled = [("outcome", "granted"), ("reason", "nothing requires that it be kept")];
        let settled = operator.post(&format!("/requests/{no}"), &settled).await.is(303);
        assert_eq!(settled.leads_to, format!("/rights/{id}?request={no}#erase"));
        let (page, _) = settled.leads_to.split_once('#').unwrap();
        operator.get(page).await.says(&[&format!("request {no}"), "Request", "is granted", "article 47"]);

        let tried = format!("/rights/{id}/erase/try");
        let asked = [("feed", ""), ("ground", "consent-withdrawn"), ("reason", "request 2")];
        operator.post(&tried, &[("feed", ""), ("ground", "consent-withdrawn"), ("reason", " ")]).await.is(400);
        operator.post(&tried, &[("feed", ""), ("ground", "a whim"), ("reason", "x")]).await.is(400);
        operator.post_from_elsewhere(&tried, &asked).await.is(403);
        let words = ["Nothing is erased yet", "the person withdrew the consent", "Taken back", "To confirm"];
        let trial = operator.post(&tried, &asked).await.is(200).says(&words).hides(&[NAME, NUMBER]);
        let mark = trial.text.split("name=\"mark\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        operator.post(&tried, &[("feed", "hr"), asked[1], asked[2]]).await.says(&["Nothing of this is held"]);

        let erase = format!("/rights/{id}/erase");
        let of = |mark: &str, typed: &str| [("mark", mark.to_owned()), ("typed", typed.to_owned())];
        let send = async |mark: &str, typed: &str| {
            let more = of(mark, typed);
            let more = more.iter().map(|(name, value)| (*name, value.as_str()));
            operator.post(&erase, &asked.into_iter().chain(more).collect::<Vec<_>>()).await
        };
        assert!(send(&mark, "yes").await.is(422).text.contains("Nothing is erased"));
        let other = uuid::Uuid::now_v7().to_string();
        assert!(send(&other, &id[..8]).await.is(409).text.contains("changed since the trial"));
        let done = send(&mark, &id[..8]).await.is(303);
        assert!(done.leads_to.starts_with("/rights/erased?messages=2&facts=2&notices="), "{}", done.leads_to);
        operator.get(&done.leads_to).await.says(&["Erased", "What 2 messages said is erased"]);
        send(&mark, &id[..8]).await.is(404);
        operator.get(&format!("/rights/{id}")).await.is(404);
        operator.get("/audit").await.says(&["a trial of erasing: consent-withdrawn; request 2", "erasing: consent"]);
        let auditor = Visitor::new(&ground, &hub, "auditor", "auditor").await;
        auditor.post(&tried, &asked).await.is(403);
        store.close().await;
        hub.stop().await;
    })
    .await;
}
