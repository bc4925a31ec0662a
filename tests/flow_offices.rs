//! Keys to the door: offices are let in with exactly their permissions, get new passwords, and are shut out.

use std::os::unix::fs::PermissionsExt;

use liangdi_broker::connect::Endpoint;
use liangdi_broker::consumer::{Consumer, ConsumerLimits};
use liangdi_broker::publisher::{Publisher, PublisherLimits};

use crate::support::binary::Ran;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::message::Message;
use crate::support::places::setup;

/// Users belong to the whole broker: these are this test's own.
const PARTNER: &str = "housing.320382";
const TOWNSHIP: &str = "321322103";

/// Shuts out whom a run that broke off left there.
async fn nobody_is_there(ground: &Ground, user: &str) {
    let management = ground.servers.management();
    if management.users().await.unwrap().iter().any(|there| there.name == user) {
        management.delete_user(user).await.unwrap();
    }
}

/// The password, alone on the last line.
fn password(ran: &Ran) -> String {
    ran.out.lines().last().unwrap().to_owned()
}

fn login(ground: &Ground, user: &str, password: &str) -> Endpoint {
    ground.admin().as_user(user, &password.to_owned().into()).unwrap()
}

async fn may_log_in(ground: &Ground, user: &str, password: &str) -> bool {
    Publisher::open(&login(ground, user, password), "test", &PublisherLimits::default()).await.is_ok()
}

async fn may_read(ground: &Ground, user: &str, password: &str, queue: &str) -> bool {
    Consumer::open(&login(ground, user, password), "test", queue, &ConsumerLimits::default()).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_let_in_publishes_gets_a_new_password_and_is_shut_out() {
    let limits = "[topology]\nuser_connections_max = 2\nuser_channels_max = 3";
    on_own_ground("partners", setup(&[], limits), async |ground| {
        nobody_is_there(&ground, PARTNER).await;
        let added = ground.liangdi(&["partners", "add", PARTNER]).await.exits(0).says(&["may come in"]);
        let first = password(&added);
        assert!(first.len() >= 40);
        // The same topology as for users in a file: nothing to do, nothing surplus.
        let plan = ground.liangdi(&["topology", "plan"]).await.exits(0);
        assert!(!plan.out.contains(PARTNER), "{}", plan.out);
        assert!(may_read(&ground, PARTNER, &first, "partner.housing.320382").await);
        assert!(!may_read(&ground, PARTNER, &first, "feed.housing").await);
        publish_one(&ground, &first).await.exits(0).says(&["1 confirmed, 0 not taken"]);

        ground.liangdi(&["partners", "add", PARTNER]).await.exits(2).says(&["is there already", "rotate"]);
        let list = ground.liangdi(&["partners", "list", "--json"]).await.exits(0).json_lines();
        let row = list.iter().find(|row| row["user"] == PARTNER).unwrap();
        assert_eq!((&row["as_wanted"], &row["connections_max"]), (&true.into(), &2.into()));
        assert_eq!(row["channels_max"], 3);
        too_many_connections_are_refused(&ground, &first).await;

        let second = password(&ground.liangdi(&["partners", "rotate", PARTNER]).await.exits(0));
        assert_ne!(first, second);
        assert!(!may_log_in(&ground, PARTNER, &first).await && may_log_in(&ground, PARTNER, &second).await);

        ground
            .liangdi(&["partners", "remove", PARTNER])
            .await
            .exits(0)
            .says(&["shut out", "partner.housing.320382 stays"]);
        assert!(!may_log_in(&ground, PARTNER, &second).await);
        ground.liangdi(&["partners", "remove", PARTNER]).await.exits(2).says(&["no user housing.320382"]);
        let list = ground.liangdi(&["partners", "list"]).await.exits(0);
        assert!(!list.out.contains(PARTNER));
    })
    .await;
}

async fn publish_one(ground: &Ground, password: &str) -> Ran {
    let line = Message::example("housing.lease-ended.v1").from("urn:liangdi:housing:320382").line();
    let mut command = crate::support::binary::command();
    command.arg("--config").arg(ground.config()).args(["publish", "--as", PARTNER, "-"]);
    command.env("LIANGDI_PASSWORD", password);
    crate::support::binary::run(command, &line).await
}

async fn too_many_connections_are_refused(ground: &Ground, password: &str) {
    let mut held = Vec::new();
    for _ in 0..2 {
        let endpoint = login(ground, PARTNER, password);
        held.push(Publisher::open(&endpoint, "test", &PublisherLimits::default()).await.unwrap());
    }
    assert!(!may_log_in(ground, PARTNER, password).await, "a third connection is one too many");
    for publisher in held {
        publisher.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_townships_password_goes_into_a_file_that_nobody_else_can_read() {
    on_own_ground("townships", setup(&[], ""), async |ground| {
        nobody_is_there(&ground, "township.321322103").await;
        let file = ground.dir.join("township.password");
        let path = file.to_str().unwrap();
        let added = ground.liangdi(&["townships", "add", TOWNSHIP, "--password-file", path]).await.exits(0);
        let password = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        assert!(!added.out.contains(&password) && !added.err.contains(&password));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(may_read(&ground, "township.321322103", &password, "inbox.321322103").await);
        assert!(!may_read(&ground, "township.321322103", &password, "inbox.321322101").await);
        // A file that is there is somebody's: nothing is changed.
        ground.liangdi(&["townships", "rotate", TOWNSHIP, "--password-file", path]).await.exits(2).says(&["exists"]);
        assert!(may_log_in(&ground, "township.321322103", &password).await);
        ground.liangdi(&["townships", "remove", TOWNSHIP]).await.exits(0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_that_cannot_be_is_refused_before_anything_is_made() {
    on_own_ground("no-office", setup(&[], ""), async |ground| {
        let bad = [
            (["partners", "add", "township.320583100"], "expected <feed>.<division>"),
            (["partners", "add", "police.320599"], "no division"),
            (["townships", "add", "police.320500"], "expected a division code"),
            (["townships", "add", "320102002"], "has no inbox here"),
        ];
        for (arguments, why) in bad {
            ground.liangdi(&arguments).await.exits(2).says(&[why]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_may_more_than_an_office_of_that_name_is_pointed_out() {
    on_own_ground("too-much", setup(&[], ""), async |ground| {
        let user = "housing.321324";
        nobody_is_there(&ground, user).await;
        ground.liangdi(&["partners", "add", user]).await.exits(0);
        let everything = serde_json::json!({"configure": ".*", "write": ".*", "read": ".*"});
        ground.servers.management().put_permission(&ground.vhost, user, everything).await.unwrap();
        ground.liangdi(&["partners", "list"]).await.exits(1).says(&["SOMETHING ELSE"]);
        ground.liangdi(&["topology", "plan"]).await.says(&["permission housing.321324"]);
        ground.liangdi(&["partners", "remove", user]).await.exits(0);
    })
    .await;
}
