//! A rehearsal of other weights or procedures touches nothing, and says exactly what applying them then does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::Days;
use liangdi_domain::identity::Matching;
use liangdi_domain::ids::PersonId;
use liangdi_domain::notice::NoticeKind;
use liangdi_domain::procedure::Procedures;
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_registry::rehearse::procedures::Clocks;
use liangdi_registry::rehearse::{self, Difference, Notices, Rehearsal};
use liangdi_registry::rematch::Settled;
use liangdi_store::keys::Keys;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::{Batch, DecisionRow, HumanVerdict, Snapshot, Store};
use serde_json::Value;

use crate::support::binary::{command, run};
use crate::support::ending::Ending;
use crate::support::ground::{Ground, Setup, on_bare_ground};
use crate::support::leaks;
use crate::support::registry::{Looked, edited, lines, on};
use crate::support::rules::shorter_inflow;
use crate::support::sample::Sample;

/// Profiles weighed or settled in one transaction: so few that what hangs together comes apart over many.
const PAGE: usize = 7;

/// Weights by which kin and namesakes are linked.
const LOOSE: &[(&str, &str)] = &[("link = 6.0", "link = -6.0"), ("review = 5.0", "review = -9.0")];

/// Other weights, each in its own way.
const OTHERS: [&[(&str, &str)]; 6] = [
    LOOSE,
    // No edge of before that is weaker than this is an edge any more.
    &[("link = 6.0", "link = 32.0"), ("review = 5.0", "review = 28.0")],
    &[("link = 6.0", "link = 900.0"), ("review = 5.0", "review = 899.0")],
    &[("block_profiles_max = 200", "block_profiles_max = 2")],
    &[("police = 0\ncivil-affairs = 1\ntownship = 2\nhr = 3", "police = 4\ncivil-affairs = 3\ntownship = 1\nhr = 0")],
    &[("exact = { m = 0.90, u = \"frequency\", kin = 0.0005 }", "exact = { m = 0.90, u = \"frequency\", kin = 0.9 }")],
];

/// Sends a sample through, message by message.
async fn known_by<S: Store>(registry: &Registry<S>, sample: &Sample) {
    for (feed, line) in lines(sample) {
        offline::feed(registry, feed, &[line]).await.unwrap();
    }
}

fn with<S: Store>(registry: &Registry<S>, matching: &str) -> Registry<S> {
    Registry { matching: Matching::read(matching).unwrap().into(), ..registry.clone() }
}

/// Applies a registry's weights to everybody, as `rematch` does.
async fn rematch<S: Looked>(registry: &Registry<S>) -> Settled {
    let mut ids = Vec::new();
    let mut snapshot = registry.store.snapshot().await.unwrap();
    loop {
        let page = snapshot.standing(ids.last().copied(), 100).await.unwrap();
        if page.is_empty() {
            break;
        }
        ids.extend(page.iter().map(|member| member.id));
    }
    drop(snapshot);
    registry.store.recount(registry.matching.limits.block_profiles_max).await.unwrap();
    for page in ids.chunks(PAGE) {
        registry.reweigh(page).await.unwrap();
    }
    let mut sum = Settled::default();
    for page in ids.chunks(PAGE) {
        let settled = registry.settle(page).await.unwrap();
        sum.merges += settled.merges;
        sum.splits += settled.splits;
        sum.notices += settled.notices;
    }
    sum
}

/// Notices sent so far, per kind.
async fn sent(store: &impl Looked) -> BTreeMap<String, i64> {
    store.now().await.unwrap().notices.into_iter().map(|count| (count.of, count.count)).collect()
}

fn kinds(rehearsal: &Rehearsal) -> BTreeMap<String, i64> {
    kinds_of(&rehearsal.notices)
}

fn kinds_of(notices: &Notices) -> BTreeMap<String, i64> {
    rehearse::kinds(notices).into_iter().map(|(kind, count)| (kind.name().to_owned(), count as i64)).collect()
}

/// Rehearses and then applies; both come to the same. Returns what was rehearsed.
async fn rehearsed_and_applied<S: Looked>(before: &Registry<S>, new: &Registry<S>) -> Rehearsal {
    let (stood, notices) = (Ending::of(&before.store).await, sent(&before.store).await);
    let rehearsal = new.rehearse(&before.matching, &|_| {}).await.unwrap();
    Ending::of(&before.store).await.is(&stood);
    assert_eq!(sent(&before.store).await, notices, "a rehearsal sends nothing");

    let settled = rematch(new).await;
    let told: usize = rehearsal.kinds().values().sum();
    assert_eq!((rehearsal.merges, rehearsal.splits, told), (settled.merges, settled.splits, settled.notices));
    let mut after = sent(&new.store).await;
    after.iter_mut().for_each(|(kind, count)| *count -= notices.get(kind).copied().unwrap_or_default());
    after.retain(|_, count| *count > 0);
    assert_eq!(kinds(&rehearsal), after);
    let status = new.store.now().await.unwrap();
    assert_eq!((rehearsal.persons_after, rehearsal.profiles), (status.persons as usize, status.profiles as usize));
    assert_eq!(rehearsal.persons_before, stood.persons.len());
    rehearsal
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rehearsed_is_what_applying_it_comes_to_in_pages_of_any_size() {
    for (seed, persons) in [(31, 260), (32, 320)] {
        let sample = Sample::make("rehearsed", persons, seed);
        let keys = Keys::ephemeral();
        for edits in OTHERS {
            let shipped = on(MemoryStore::new(), keys.clone(), sample.as_of, Matching::shipped().clone());
            known_by(&shipped, &sample).await;
            let first = Ending::of(&shipped.store).await;
            let other = with(&shipped, &edited(edits));
            let rehearsal = rehearsed_and_applied(&shipped, &other).await;
            let something = rehearsal.merges + rehearsal.splits + rehearsal.notices.len() + rehearsal.questions;
            assert!(something > 0, "{edits:?} change nothing: the test tests nothing");

            // The same as if these weights had been there from the start.
            let fresh = on(MemoryStore::new(), keys.clone(), sample.as_of, other.matching.as_ref().clone());
            known_by(&fresh, &sample).await;
            Ending::of(&fresh.store).await.is(&Ending::of(&other.store).await);

            let again = other.rehearse(&shipped.matching, &|_| {}).await.unwrap();
            assert_eq!((again.merges, again.splits, again.notices.len()), (0, 0, 0));
            assert!(again.differences.is_empty());
            rehearsed_and_applied(&other, &shipped).await;
            Ending::of(&shipped.store).await.is(&first);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_says_who_merges_and_who_splits_and_why_not_before() {
    let sample = Sample::make("why", 140, 32);
    let shipped = on(MemoryStore::new(), Keys::ephemeral(), sample.as_of, Matching::shipped().clone());
    known_by(&shipped, &sample).await;
    let all_merge = with(&shipped, &edited(LOOSE));
    let rehearsal = all_merge.rehearse(&shipped.matching, &|_| {}).await.unwrap();
    assert!(rehearsal.merges > 0);
    assert_eq!(rehearsal.differences.len(), rehearsal.merges + rehearsal.splits);
    let mut merges = 0;
    for difference in &rehearsal.differences {
        let Difference::Merge { into, from, because } = difference else { continue };
        merges += 1;
        assert!(from.len() > 1 && into.is_none_or(|into| from.contains(&into)));
        let strongest = &because[0];
        assert!(strongest.bits_now >= -6.0, "{strongest:?}");
        assert!(because.iter().any(|reason| reason.bits_before < 8.0), "{because:?}");
    }
    assert_eq!(merges, rehearsal.merges);

    let all_split = with(&shipped, &edited(&[("link = 6.0", "link = 900.0"), ("review = 5.0", "review = 899.0")]));
    let rehearsal = all_split.rehearse(&shipped.matching, &|_| {}).await.unwrap();
    assert!(rehearsal.splits > 50 && rehearsal.merges == 0);
    for difference in &rehearsal.differences {
        let Difference::Split { person, into, because } = difference else { panic!("{difference:?}") };
        assert!(into.len() > 1 && into.contains(&Some(*person)), "one part goes on under the person's id");
        assert!(because[0].bits_before >= 8.0 || because[0].outcome.is_some(), "{because:?}");
    }
    assert!(rehearsal.kinds()[&NoticeKind::Retract] > 0, "{:?}", rehearsal.kinds());
}

/// Has everybody looked at once more, as a clock under other rules does.
async fn wake_everybody(registry: &Registry<MemoryStore>) -> BTreeSet<PersonId> {
    let members = registry.store.snapshot().await.unwrap().standing(None, 100_000).await.unwrap();
    let persons: BTreeSet<PersonId> = members.iter().map(|member| member.person).collect();
    let wakes: Vec<_> = persons.iter().map(|person| (*person, registry.as_of)).collect();
    let mut batch = registry.store.begin().await.unwrap();
    batch.wake(&wakes).await.unwrap();
    batch.commit().await.unwrap();
    persons
}

#[tokio::test(flavor = "multi_thread")]
async fn other_procedures_are_rehearsed_as_a_clock_that_follows_them_then_tells() {
    let sample = Sample::make("procedures", 110, 36);
    let fed = on(MemoryStore::new(), Keys::ephemeral(), sample.as_of, Matching::shipped().clone());
    known_by(&fed, &sample).await;
    // An inflow of that day is due four days later by the shipped rules, and was five days ago by the shorter ones.
    let so_far = Registry { as_of: Some(sample.as_of + Days::new(10)), ..fed };
    while so_far.wake(1_000).await.unwrap().persons > 0 {}
    let listening: Vec<_> = sample.codes().iter().map(|code| code.parse().unwrap()).collect();
    while so_far.go_round(&listening, 1_000).await.unwrap().jurisdictions > 0 {}
    let (stood, notices) = (Ending::of(&so_far.store).await, sent(&so_far.store).await);
    let with = |text: &str| Registry { procedures: Arc::new(Procedures::read(text).unwrap()), ..so_far.clone() };
    let inflow = ("inflow".to_owned(), NoticeKind::Inflow);

    let same = so_far.rehearse_procedures(&so_far.procedures, &listening, &|_| {}).await.unwrap();
    assert!(same.before.is_empty() && same.now.is_empty(), "all of today was told: {same:?}");
    assert_eq!(same.persons_concerned, 0);
    let off = shorter_inflow().replacen("basis = \"Residence Permit Regulation art. 7\"\n", "", 1);
    let off = with(&off).rehearse_procedures(&so_far.procedures, &[], &|_| {}).await.unwrap();
    let stopped = &off.clocks[&inflow];
    assert_eq!((stopped.open_now, stopped.stopped), (0, stopped.open_before));

    // The same days, of which the prefecture hears later.
    let text = include_str!("../config/procedures.toml");
    let later = text.replacen("{ after = { working-days = 10 }, tell", "{ after = { working-days = 12 }, tell", 1);
    let later = with(&later).rehearse_procedures(&so_far.procedures, &[], &|_| {}).await.unwrap();
    let clocks = &later.clocks[&inflow];
    assert_eq!((clocks.other_steps, clocks.sooner + clocks.later), (clocks.open_before, 0));
    assert!(later.now.is_empty() && later.persons_concerned > 0);

    let new = with(&shorter_inflow());
    let looked = Mutex::new(0);
    let count = |more| *looked.lock().unwrap() += more;
    let rehearsed = new.rehearse_procedures(&so_far.procedures, &listening, &count).await.unwrap();
    Ending::of(&so_far.store).await.is(&stood);
    assert_eq!(sent(&so_far.store).await, notices, "a rehearsal sends nothing");
    assert!(looked.into_inner().unwrap() >= rehearsed.profiles);
    assert!(rehearsed.before.is_empty());
    for (of, clocks) in &rehearsed.clocks {
        let Clocks { open_before, open_now, sooner, later, stopped, begun, .. } = clocks;
        let moved = if *of == inflow { *open_before } else { 0 };
        assert_eq!((*sooner, *later, *stopped, *begun, *open_now), (moved, 0, 0, 0, *open_before), "{of:?}");
    }
    let clocks = &rehearsed.clocks[&inflow];
    assert!(clocks.sooner > 10 && clocks.townships.len() > 5, "{clocks:?}");
    assert_eq!((clocks.overdue_before, clocks.overdue_now), (0, clocks.open_now));
    assert!(rehearsed.persons_concerned <= rehearsed.persons);

    let persons = wake_everybody(&new).await;
    assert_eq!(rehearsed.persons, persons.len());
    new.wake(persons.len()).await.unwrap();
    let mut after = sent(&new.store).await;
    after.iter_mut().for_each(|(kind, count)| *count -= notices.get(kind).copied().unwrap_or_default());
    after.retain(|_, count| *count > 0);
    let rehearsed = kinds_of(&rehearsed.now);
    assert_eq!(rehearsed, after);
    assert!(after["reminder"] > 10 && after.contains_key("escalation"), "{after:?}");
}

fn setup(sample: &Sample) -> Setup {
    Setup { settings: toml::from_str(&format!("[hub]\nas_of = \"{}\"", sample.as_of)).unwrap(), ..Setup::default() }
}

/// Runs a command with other weights as the hub's own.
async fn with_weights(ground: &Ground, name: &str, arguments: &[&str]) -> crate::support::binary::Ran {
    let file = ground.dir.join(name).display().to_string();
    let over = toml::from_str(&format!("[matching]\nfile = {file:?}")).unwrap();
    let config = ground.write_config(&format!("with-{name}"), &over);
    let mut command = command();
    command.arg("--config").arg(config).args(arguments);
    run(command, b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_rehearses_on_the_register_and_rematch_does_it() {
    let sample = Sample::make("register", 900, 33);
    on_bare_ground("register", setup(&sample), async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        let store = ground.store().await;
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let registry = on(store.clone(), keys, sample.as_of, Matching::shipped().clone());
        known_by(&registry, &sample).await;
        // What a person decided stands whatever the weights say.
        let asked = store.questions(None, 1).await.unwrap().pop().expect("the sample leaves questions");
        let (verdict, reason, who) = (HumanVerdict::Different, "both were asked".to_owned(), "a".to_owned());
        registry.decide(&DecisionRow { a: asked.a, b: asked.b, verdict, reason, who }).await.unwrap();
        let stood = Ending::of(&store).await;

        for (name, edits) in [("first.toml", LOOSE), ("second.toml", OTHERS[1])] {
            std::fs::write(ground.dir.join(name), edited(edits)).unwrap();
        }
        let out = ground.dir.join("out");
        let rehearse = async |name: &str| -> Value {
            let file = ground.dir.join(name);
            let arguments =
                ["rehearse", "--from-registry", "--matching", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
            let ran = ground.liangdi(&arguments).await.exits(0).says(&["nothing was changed", "merges", "townships"]);
            let text = std::fs::read_to_string(out.join("diff.json")).unwrap();
            let names = names(&sample);
            leaks::none_in("diff.json", &text, &names);
            leaks::none_in("what is said", &ran.out, &names);
            serde_json::from_str(&text).unwrap()
        };
        let first = rehearse("first.toml").await;
        Ending::of(&store).await.is(&stood);
        assert_eq!(first["persons"]["before"], stood.persons.len());
        assert!(first["merges"].as_u64().unwrap() > 0, "{first}");
        assert!(first["differences"][0]["because"][0]["fields"].as_array().unwrap().len() > 1, "{first}");
        let by_receiver: u64 = first["receivers"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|kinds| kinds.as_object().unwrap().values())
            .map(|count| count.as_u64().unwrap())
            .sum();
        assert_eq!(by_receiver, notices(&first));
        with_weights(&ground, "first.toml", &["rematch"]).await.exits(0).says(&[&said(&first)]);
        assert_eq!(Ending::of(&store).await.persons.len() as u64, first["persons"]["after"].as_u64().unwrap());

        let second = rehearse("second.toml").await;
        assert!(second["splits"].as_u64().unwrap() > 0, "{second}");
        with_weights(&ground, "second.toml", &["rematch"]).await.exits(0).says(&[&said(&second)]);

        let rehearsal = |arguments: &'static [&'static str]| ground.liangdi(arguments);
        rehearsal(&["rehearse", "--from-registry"]).await.exits(2).says(&["--matching"]);
        let nowhere = ["rehearse", "--from-registry", "--matching", "/nowhere/matching.toml"];
        ground.liangdi(&nowhere).await.exits(2).says(&["/nowhere/matching.toml"]);
        store.close().await;
    })
    .await;
}

/// What `rematch` says when it comes to what was rehearsed.
fn said(diff: &Value) -> String {
    format!("{} merges, {} splits; {} notices follow", diff["merges"], diff["splits"], notices(diff))
}

fn notices(diff: &Value) -> u64 {
    diff["notices"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

/// Identity values in a sample: names of more than two characters, and numbers.
fn names(sample: &Sample) -> Vec<String> {
    let mut found = Vec::new();
    for (_, line) in lines(sample) {
        let Ok(message) = serde_json::from_slice::<Value>(&line) else { continue };
        for member in ["xm", "gmsfhm", "lxdh"] {
            found.extend(message["data"][member].as_str().filter(|text| text.chars().count() > 2).map(str::to_owned));
        }
    }
    assert!(found.len() > 50);
    found
}
