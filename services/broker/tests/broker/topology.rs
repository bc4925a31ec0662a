//! Planning and applying a topology.

use liangdi_broker::BrokerError;
use liangdi_broker::inspect::{inbox_count, queue_depths};
use liangdi_broker::topology::{
    DeliveryMode, Item, ItemKind, Jurisdiction, Peer, Scope, TopologyLimits, UserWanted, Wanted, apply,
};
use liangdi_domain::feed::Feed;
use reqwest::Method;
use serde_json::json;

use crate::support::{Ground, HERE, THERE, in_own_vhost, refused};

/// A cut of the province: the province, two prefectures, counties and townships of each.
fn thirty_codes() -> Vec<String> {
    let mut codes = vec!["320000".to_owned(), "320500".to_owned(), "321300".to_owned(), "340000".to_owned()];
    codes.extend(["320583", "320506", "321322", "321323"].map(str::to_owned));
    for (county, count) in [("320583", 11), ("321322", 11)] {
        codes.extend((0..count).map(|nth| format!("{county}{}", 100 + nth)));
    }
    codes
}

fn names(items: &[Item]) -> Vec<(ItemKind, &str)> {
    items.iter().map(|item| (item.kind, item.name.as_str())).collect()
}

async fn queue_is_there(ground: &Ground, queue: &str) -> bool {
    let depths = queue_depths(&ground.endpoint, &[queue.to_owned()]).await.unwrap();
    depths[0].ready.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_second_time_changes_nothing() {
    in_own_vhost("twice", async |ground| {
        let codes = thirty_codes();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let users = vec![
            UserWanted::office(Feed::Police, "320000".parse().unwrap(), "fictional".to_owned().into()),
            UserWanted::office(Feed::Township, "321322999".parse().unwrap(), "fictional".to_owned().into()),
        ];
        let wanted = ground.wanted(&codes, users, TopologyLimits::default());
        let first = ground.bring_about(&wanted).await;
        // Per code an exchange, an inbox and their binding; the same for five feeds and two kinds of dead letters. For
        // listening an exchange for each of five superiors, fed by 28 codes and four superiors.
        let count = |kind| first.create.iter().filter(|item| item.kind == kind).count();
        assert_eq!(count(ItemKind::Exchange), 30 + 5 + 2 + 1 + 5);
        assert_eq!(count(ItemKind::Queue), 30 + 5 + 2 + 1);
        assert_eq!(count(ItemKind::Binding), 30 + 5 + 2 + 1 + 28 + 4);
        assert_eq!(count(ItemKind::Policy), 5);
        assert_eq!(count(ItemKind::Permission), 2);
        let second = ground.plan(&wanted).await;
        assert!(second.is_done() && second.surplus.is_empty(), "{second}");
        assert_eq!(second.summary(), "nothing to do");
        apply(&ground.admin, &wanted, &second).await.unwrap();
        assert_eq!(inbox_count(&ground.admin.management, &ground.vhost).await.unwrap(), 30);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provinces_hub_has_a_link_here_and_no_inbox_and_its_address_shows_nowhere() {
    in_own_vhost("peers", async |ground| {
        // Nobody listens there: the link goes on trying, and the topology is what it should be all the same.
        let wanted = |password: &str| {
            Wanted::new(&Scope {
                vhost: ground.vhost.clone(),
                jurisdictions: vec![
                    Jurisdiction { code: HERE.parse().unwrap(), delivery: DeliveryMode::Amqp },
                    Jurisdiction { code: "340000".parse().unwrap(), delivery: DeliveryMode::Hub },
                ],
                users: vec![UserWanted::link("340000".parse().unwrap(), "fictional".to_owned().into())],
                limits: TopologyLimits::default(),
                peers: vec![Peer {
                    province: "340000".parse().unwrap(),
                    uri: format!("amqp://hub.320000:{password}@127.0.0.1:1/liangdi").into(),
                    exchange: "jx.320000".to_owned(),
                }],
            })
        };
        let first = ground.bring_about(&wanted("first-secret")).await;
        let made = names(&first.create);
        assert!(
            made.contains(&(ItemKind::Upstream, "peer.340000")) && made.contains(&(ItemKind::Queue, "peer.340000"))
        );
        assert!(
            made.contains(&(ItemKind::Exchange, "jx.340000")) && !made.contains(&(ItemKind::Queue, "inbox.340000"))
        );
        let second = ground.plan(&wanted("first-secret")).await;
        assert!(second.is_done() && second.surplus.is_empty(), "{second}");

        let moved = ground.plan(&wanted("other-secret")).await;
        assert_eq!(names(&moved.change), [(ItemKind::Upstream, "peer.340000")]);
        assert_eq!(moved.change[0].note, "another address");
        let shown = format!("{moved} {moved:?} {:?}", wanted("other-secret"));
        assert!(!shown.contains("first-secret") && !shown.contains("other-secret"), "a password shows");
        apply(&ground.admin, &wanted("other-secret"), &moved).await.unwrap();
        assert!(ground.plan(&wanted("other-secret")).await.is_done());

        let gone = ground.plan(&ground.wanted(&[HERE], Vec::new(), TopologyLimits::default())).await;
        assert!(names(&gone.surplus).contains(&(ItemKind::Upstream, "peer.340000")), "{gone}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtual_host_that_is_not_there_is_made() {
    in_own_vhost("no-vhost", async |ground| {
        ground.admin.management.delete_vhost(&ground.vhost).await.unwrap();
        let wanted = ground.wanted(&[HERE], Vec::new(), TopologyLimits::default());
        let first = ground.bring_about(&wanted).await;
        assert_eq!(first.create[0].kind, ItemKind::Vhost);
        assert!(ground.plan(&wanted).await.is_done());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_what_was_removed_by_hand_and_applying_mends_it() {
    in_own_vhost("removed", async |ground| {
        let wanted = ground.wanted(&[HERE, THERE], Vec::new(), TopologyLimits::default());
        ground.bring_about(&wanted).await;
        ground.delete_queue("inbox.320583100").await;
        let plan = ground.bring_about(&wanted).await;
        let missing =
            [(ItemKind::Queue, "inbox.320583100"), (ItemKind::Binding, "jx.320583100 -> inbox.320583100 [#]")];
        assert_eq!(names(&plan.create), missing);
        assert_eq!(plan.summary(), "create 2: 1 queue, 1 binding");
        assert!(plan.to_string().contains("+ queue inbox.320583100"));
        assert!(ground.plan(&wanted).await.is_done());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asks_for_any_more_is_shown_and_left_alone() {
    in_own_vhost("surplus", async |ground| {
        ground.two_townships().await;
        let fewer = ground.wanted(&[HERE], Vec::new(), TopologyLimits::default());
        let plan = ground.bring_about(&fewer).await;
        let surplus = [
            (ItemKind::Exchange, "jx.321322101"),
            (ItemKind::Queue, "inbox.321322101"),
            (ItemKind::Binding, "jx.321322101 -> inbox.321322101 [#]"),
        ];
        assert!(plan.is_done());
        assert_eq!(names(&plan.surplus), surplus);
        assert!(queue_is_there(&ground, "inbox.321322101").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_was_widened_by_hand_is_put_right() {
    in_own_vhost("widened", async |ground| {
        let office = UserWanted::office(Feed::CivilAffairs, "320000".parse().unwrap(), "fictional".to_owned().into());
        let wanted = ground.wanted(&[HERE], vec![office], TopologyLimits::default());
        ground.bring_about(&wanted).await;
        let wide = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        ground.admin.management.put_permission(&ground.vhost, "civil-affairs.320000", wide).await.unwrap();
        let plan = ground.bring_about(&wanted).await;
        assert_eq!(names(&plan.change), [(ItemKind::Permission, "civil-affairs.320000")]);
        assert!(ground.plan(&wanted).await.is_done());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_limit_changes_the_policy() {
    in_own_vhost("limit", async |ground| {
        ground.two_townships().await;
        let limits = TopologyLimits { inbox_messages_max: 7, ..TopologyLimits::default() };
        let wanted = ground.wanted(&[HERE, THERE], Vec::new(), limits);
        let plan = ground.bring_about(&wanted).await;
        assert_eq!(names(&plan.change), [(ItemKind::Policy, "liangdi.inboxes")]);
        assert!(ground.plan(&wanted).await.is_done());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_another_type_stands_in_the_way_and_nothing_is_touched() {
    in_own_vhost("conflict", async |ground| {
        let classic = json!({ "durable": true, "arguments": { "x-queue-type": "classic" } });
        ground.raw(Method::PUT, &["queues", &ground.vhost, "inbox.320583100"], Some(classic)).await;
        let wanted = ground.wanted(&[HERE, THERE], Vec::new(), TopologyLimits::default());
        let plan = ground.plan(&wanted).await;
        assert_eq!(names(&plan.conflict), [(ItemKind::Queue, "inbox.320583100")]);
        let error = refused(apply(&ground.admin, &wanted, &plan).await);
        assert!(matches!(error, BrokerError::Conflict { count: 1 }));
        assert!(!queue_is_there(&ground, "inbox.321322101").await);
    })
    .await;
}
