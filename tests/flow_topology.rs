//! Exchanges and inboxes for the whole province, and for every other province.

use liangdi_broker::inspect::inbox_count;
use liangdi_domain::division::Divisions;

use crate::support::ground::{Setup, on_bare_ground};

/// Jiangsu: the province, 13 prefectures, 104 county-level and 1,487 township-level codes.
const HOME_CODES: usize = 1 + 13 + 104 + 1_487;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_province_is_applied_once_and_then_nothing_is_left_to_do() {
    let users = ["police.320500", "civil-affairs.320500", "township.320583100"];
    let setup = Setup { users: users.map(str::to_owned).to_vec(), ..Setup::default() };
    on_bare_ground("province", setup, async |ground| {
        ground.liangdi(&["topology", "apply"]).await.exits(0).says(&["done"]);
        ground.liangdi(&["topology", "plan"]).await.exits(0).says(&["nothing to do"]);
        ground.liangdi(&["topology", "apply"]).await.exits(0).says(&["nothing to do"]);
        let inboxes = inbox_count(&ground.servers.management(), &ground.vhost).await.unwrap();
        let jurisdictions = Divisions::shipped().jurisdictions();
        assert_eq!(inboxes, jurisdictions.len());
        let home = jurisdictions.iter().filter(|code| code.province() == Divisions::shipped().home()).count();
        assert_eq!(home, HOME_CODES);
        assert!(inboxes > home, "and one for every other province");
    })
    .await;
}
