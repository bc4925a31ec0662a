//! Scorecards through the hub: a month of two fictional people, whose figures were worked out by hand beside each message;
//! a past day says the same whenever it is asked.

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};

const POLICE: &str = "police.320500";
const HOUSING: &str = "housing.320500";
const AT_HOME: &str = "township.321322101";
const HERE: &str = "township.320583100";

const MARRIED: (&str, &str) = ("张建国", "341221199003154017");
const ALONE: (&str, &str) = ("陈志强", "32032419951108211X");

fn told_by_township(kind: &str, code: &str, who: (&str, &str), time: &str) -> Message {
    let birth = format!("{}-{}-{}", &who.1[6..10], &who.1[10..12], &who.1[12..14]);
    Message::example(kind)
        .from(&format!("urn:liangdi:township:{code}"))
        .with("/time", format!("{time}T09:00:00+08:00"))
        .with("/data/person/name", who.0)
        .with("/data/person/id_number", who.1)
        .with("/data/person/birth_date", birth)
        .with("/data/person/sex", "1")
}

/// The rows of a report that are about people, without the names of places.
async fn report(ground: &Ground, level: &str, as_of: &str) -> Vec<String> {
    let arguments = ["report", "--level", level, "--period", "2026-03", "--csv", "--as-of", as_of];
    let said = ground.liangdi(&arguments).await.exits(0);
    assert!(!said.out.contains(MARRIED.0) && !said.out.contains(ALONE.1), "nobody is named");
    let of_jurisdictions = ["digest", "village-report", "silent-jurisdiction", "statistics-return"];
    let rows = said.out.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter(|cells| !of_jurisdictions.contains(&cells[2]))
        .map(|cells| [&cells[..1], &cells[2..]].concat().join(","))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_counted_by_township_and_county_and_a_past_day_says_the_same_for_ever() {
    on_own_ground(
        "scorecards",
        setup(&[POLICE, HOUSING, AT_HOME, HERE], "clock.interval_ms = 600000"),
        async |ground| {
            let mut hub = Hub::start(&ground);
            hub.until_ready().await;
            let store = ground.store().await;
            let mut sent = 0;
            let departure = told_by_township("township.outflow-registered.v1", HOUSEHOLD, ALONE, "2026-03-12")
                // Recorded eight working days after the village had reported it: late by three.
                .with("/data/reported_on", "2026-03-02")
                .with("/data/household/division", HOUSEHOLD)
                .with("/data/destination/division", RESIDENCE);
            let inflow = |code, time| {
                told_by_township("township.inflow-registered.v1", code, ALONE, time)
                    .with("/data/household/division", HOUSEHOLD)
                    .without("/data/reported_on")
            };
            let messages = [
                // An inflow to answer, a service to offer until 7 April, a stay elsewhere whose departure nobody registered.
                (POLICE, Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)),
                // A stay that housing knows of, and the police registered.
                (HOUSING, {
                    let lease = Message::example("housing.lease-filed.v1").with("/data/property/division", RESIDENCE);
                    let tenant = serde_json::json!([{
                        "fullName": MARRIED.0, "certificateType": "身份证", "certificateNo": MARRIED.1, "gender": "男",
                    }]);
                    lease.with("/data/tenants", tenant)
                }),
                // Four fields of four; a stay that the household side knows of.
                (AT_HOME, departure.clone()),
                // To be recorded by the 17th, which was done on the 16th, four working days later.
                (HERE, inflow("320583100201", "2026-03-10")),
                // Three fields of four: no phone. A service to offer until 14 April.
                (HERE, inflow(RESIDENCE, "2026-03-16")),
                // Seven working days after the registration.
                (
                    HERE,
                    told_by_township("township.service-recorded.v1", RESIDENCE, MARRIED, "2026-03-18")
                        .with("/data/on", "2026-03-18")
                        .without("/data/person/guardian"),
                ),
            ];
            for (publisher, message) in messages {
                ground.publish(publisher, &[message.line()]).await;
                sent += 1;
                worked_off(&store, sent, sent).await;
            }

            let cards = [
                format!("{RESIDENCE},record,1,1,0,0,0,0,4,,,"),
                format!("{RESIDENCE},service-offer,2,1,0,1,0,0,7,,,"),
                // Asked on the 20th, the hub's day.
                format!("{HOUSEHOLD},inflow,2,0,0,2,0,0,,,,"),
                format!("{HOUSEHOLD},record,1,0,1,0,0,0,8,,,"),
            ];
            let shares = [
                format!("{RESIDENCE},completeness,,,,,,,,4,3,75.0"),
                format!("{RESIDENCE},coverage-residence,,,,,,,,2,2,100.0"),
                format!("{HOUSEHOLD},completeness,,,,,,,,4,4,100.0"),
                format!("{HOUSEHOLD},coverage-household,,,,,,,,2,1,50.0"),
            ];
            let by_township = [cards, shares].concat();
            assert_eq!(report(&ground, "township", "2026-03-20").await, by_township);
            let by_county: Vec<String> = by_township.iter().map(|row| format!("{}{}", &row[..6], &row[9..])).collect();
            assert_eq!(report(&ground, "county", "2026-03-20").await, by_county);

            // On the 12th the second stay was reported and not recorded, and nobody had been offered anything.
            let on_the_12th = [
                format!("{RESIDENCE},record,1,0,0,1,0,0,,,,"),
                format!("{RESIDENCE},service-offer,1,0,0,1,0,0,,,,"),
                format!("{HOUSEHOLD},record,1,0,1,0,0,0,8,,,"),
                format!("{RESIDENCE},coverage-residence,,,,,,,,2,1,50.0"),
                format!("{HOUSEHOLD},completeness,,,,,,,,4,4,100.0"),
                format!("{HOUSEHOLD},coverage-household,,,,,,,,1,0,0.0"),
            ];
            assert_eq!(report(&ground, "township", "2026-03-12").await, on_the_12th);

            // The departure is taken back on the 25th: from that day on it never was, and on the 12th it stood.
            let back = Message::example("hr.withdrawn.v1")
                .with("/type", "township.withdrawn.v1")
                .with("/time", "2026-03-25T09:00:00+08:00")
                .from(&format!("urn:liangdi:township:{HOUSEHOLD}"))
                .with("/data/source", format!("urn:liangdi:township:{HOUSEHOLD}"))
                .with("/data/id", departure.id());
            ground.publish(AT_HOME, &[back.line()]).await;
            worked_off(&store, sent + 1, sent + 1).await;
            assert_eq!(report(&ground, "township", "2026-03-12").await, on_the_12th);
            assert_eq!(report(&ground, "township", "2026-03-20").await, by_township);
            let afterwards = [
                format!("{RESIDENCE},record,1,1,0,0,0,0,4,,,"),
                format!("{RESIDENCE},service-offer,2,1,0,1,0,0,7,,,"),
                format!("{HOUSEHOLD},inflow,2,0,0,2,0,0,,,,"),
                format!("{RESIDENCE},completeness,,,,,,,,4,3,75.0"),
                format!("{RESIDENCE},coverage-residence,,,,,,,,1,1,100.0"),
                format!("{HOUSEHOLD},coverage-household,,,,,,,,2,0,0.0"),
            ];
            assert_eq!(report(&ground, "township", "2026-03-31").await, afterwards);
            store.close().await;
            hub.stop().await;
        },
    )
    .await;
}
