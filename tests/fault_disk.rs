//! The disk of PostgreSQL's log is full: the server stops in the middle of its work, until somebody makes room.

use std::time::Duration;

use crate::support::crowd;
use crate::support::dice::Dice;
use crate::support::ground::on_ground_of;
use crate::support::hub::Hub;
use crate::support::load::Load;
use crate::support::oracle;
use crate::support::private::Private;
use crate::support::{eventually, small_disk};

/// People in the load.
const PERSONS: usize = 120;
/// Within this time of the database accepting again, messages flow again.
const RECOVERY: Duration = Duration::from_secs(30);
/// Room for some files of the log.
const DISK_MEGABYTES: u32 = 128;

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stderr)]
async fn a_database_without_room_for_its_log_stops_and_loses_nothing() {
    let mut dice = Dice::new();
    let private = Private::start().await;
    let Some(disk) = small_disk::under_the_log_of(&private, DISK_MEGABYTES).await else {
        eprintln!("SKIPPED: nothing may be mounted here, so that no disk can be filled");
        return;
    };
    on_ground_of(private.servers.clone(), "log-full", crowd::faulty_setup(), async |ground| {
        let mut load = Load::new(&mut dice, PERSONS, 1, 2);
        let mut hub = Hub::start(&ground);
        let store = ground.store().await;
        load.publish_during(&ground, &store, &mut dice, async || {
            let before = hub.outages();
            disk.fill();
            eventually("the log needs another file", async || private.begins_another_log_file().await.err()).await;
            hub.until_it_says_times("; waiting, and trying again", before.0 + 1).await;
            disk.make_room();
            private.start_again().await;
            hub.until_back(RECOVERY, before).await;
        })
        .await;
        store.close().await;
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}
