//! The clock killed in the middle of a run, a person over whom it stumbles, a calendar that jumps a day ahead and back.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sqlx::AssertSqlSafe;

use crate::support::crowd;
use crate::support::dice::{Dice, form};
use crate::support::ending::worked_off;
use crate::support::eventually;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::Notices;
use crate::support::oracle::{self, Sent};
use crate::support::relay::Fate;
use crate::support::ways::Ways;

/// People in the load.
const PERSONS: usize = 60;
/// Small batches, so that there is a middle.
const BATCHES: &str = "[clock]\nbatch_persons_max = 5\ninterval_ms = 200\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_killed_in_the_middle_of_its_run_tells_everything_once() {
    let mut dice = Dice::new();
    let undisturbed = reminders("clock-alone", async |ground, _| {
        run_clock(ground, on(LATE)).await;
        LATE
    })
    .await;
    assert!(undisturbed.values().sum::<usize>() > 10, "nothing fell due: this shows nothing");
    let killed = reminders("clock-killed", async |ground, ways| {
        for _ in 0..form(2, 6) {
            ways.database.trap(dice.below(4), Fate::Hold, |frame| frame.commits("NOTIFY"));
            let mut over = ways.over.clone();
            over.extend(on(LATE));
            let clock = Hub::start_role_with(ground, &["run", "clock"], &over);
            ways.database.sprung().await;
            clock.kill().await;
            ways.database.release();
        }
        run_clock(ground, on(LATE)).await;
        LATE
    })
    .await;
    assert_eq!(killed, undisturbed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_ahead_and_back_tells_nothing_twice() {
    let day = |ahead: u64| on(LATE.checked_add_days(Days::new(ahead)).unwrap());
    let straight = reminders("clock-straight", async |ground, _| {
        run_clock(ground, day(0)).await;
        run_clock(ground, day(1)).await;
        LATE + Days::new(1)
    })
    .await;
    let jumping = reminders("clock-jumps", async |ground, _| {
        for ahead in [0, 1, 0, 1, 0, 1] {
            run_clock(ground, day(ahead)).await;
        }
        LATE + Days::new(1)
    })
    .await;
    assert_eq!(jumping, straight);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_over_whom_the_clock_stumbles_holds_up_nobody_else() {
    let undisturbed = reminders("clock-sound", async |ground, _| {
        run_clock(ground, on(LATE)).await;
        run_clock(ground, on(LATE + Days::new(1))).await;
        LATE + Days::new(1)
    })
    .await;
    let stumbled = reminders("clock-stumbles", async |ground, _| {
        // As if a person met a mistake of ours: the transaction in which they are reminded of fails for good.
        let sql = "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF new.kind = 'reminder' AND new.statement = (SELECT min(id::text)::uuid FROM told
                    WHERE state = 'open' AND topic = 'inflow') THEN
                    RAISE EXCEPTION 'a mistake of ours'; END IF; RETURN new; END $$;
            CREATE TRIGGER stumble BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION stumble()";
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut ground.connection().await).await.unwrap();
        let log = run_clock(ground, on(LATE)).await;
        assert!(log.contains("the clock stumbles over this person"), "nobody was stumbled over: this shows nothing");
        sqlx::raw_sql("DROP TRIGGER stumble ON ledger").execute(&mut ground.connection().await).await.unwrap();
        run_clock(ground, on(LATE + Days::new(1))).await;
        LATE + Days::new(1)
    })
    .await;
    assert_eq!(stumbled, undisturbed);
}

/// A day on which the answers of the crowd's receivers are overdue, and a day before their superiors hear of it.
const LATE: NaiveDate = NaiveDate::from_ymd_opt(2026, 7, 16).unwrap();

/// The configuration of a clock on a day.
fn on(day: NaiveDate) -> toml::Table {
    toml::from_str(&format!("{BATCHES}[hub]\nas_of = \"{day}\"")).unwrap()
}

/// Runs a clock until nobody is due any more; returns its log.
async fn run_clock(ground: &Ground, over: toml::Table) -> String {
    let day: NaiveDate = over["hub"]["as_of"].as_str().unwrap().parse().unwrap();
    let clock = Hub::start_role_with(ground, &["run", "clock"], &over);
    let mut connection = ground.connection().await;
    eventually("nobody is due", async || {
        let due: i64 = sqlx::query_scalar("SELECT count(*) FROM wakes WHERE wake_on <= $1")
            .bind(day)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        (due == 0).then_some(())
    })
    .await;
    clock.stop().await
}

/// Takes a crowd in, lets time pass until a day, delivers; the late notices by kind and receiver, after the oracle.
async fn reminders(
    name: &str,
    passes: impl AsyncFnOnce(&Ground, &Ways) -> NaiveDate,
) -> BTreeMap<(String, String), usize> {
    let mut late = BTreeMap::new();
    on_own_ground(name, crowd::faulty_setup(), async |ground| {
        let ways = Ways::to(&ground).await;
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        worked_off(&store, sent, sent).await;
        store.close().await;
        hub.stop().await;
        let day = passes(&ground, &ways).await;
        let hub = Hub::start_with(&ground, &on(day));
        let sent = Sent { day, ..Sent::once(PERSONS, sent) };
        let notices = oracle::holds(&ground, &sent, vec![hub]).await.notices;
        late = late_ones(&notices);
    })
    .await;
    late
}

fn late_ones(notices: &Notices) -> BTreeMap<(String, String), usize> {
    let mut late = BTreeMap::new();
    for (receiver, sent) in notices {
        for notice in sent {
            let kind = notice["type"].as_str().unwrap().to_owned();
            if kind.contains("reminder") || kind.contains("escalation") {
                *late.entry((kind, receiver.clone())).or_default() += 1;
            }
        }
    }
    late
}
