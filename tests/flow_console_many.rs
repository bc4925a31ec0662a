//! The jurisdictions' page and the API's lists with as many jurisdictions as the whole country has: what they show is right,
//! and how long each answer takes is printed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use liangdi_broker::topology::Plan;
use liangdi_console::intake::{Answering, Handed, Intake, Trying};
use liangdi_console::mending::{Earnest, Erased, Erasing, Mended, Mending, Replayed};
use liangdi_console::rehearsing::{Looked, Rehearsing, Rules, UnderWay};
use liangdi_console::topology::{Administrator, Comparing, Made, Topology};
use liangdi_console::{Console, Door, Limits, Parts, Probes, serve};
use liangdi_domain::calendar::{Calendar, SHANGHAI};
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::PersonId;
use liangdi_domain::procedure::Procedures;
use liangdi_store::access::{Lockout, NewUser, Proof, Role};
use liangdi_store::keys::Keys;
use liangdi_store::port::{Correction, DecisionRow, Protection, RightSettled};
use liangdi_store::postgres::PgStore;
use liangdi_store::report::RefusedBody;
use reqwest::{Client, header};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::ground::{Ground, on_own_ground};
use crate::support::places::setup;

/// Prefectures, counties in each, townships in each of those: 41,035 jurisdictions with the province.
const PREFECTURES: usize = 14;
const COUNTIES: usize = 10;
const TOWNSHIPS: usize = 292;
/// Notices that wait for every township.
const WAITING: usize = 5;
/// Receipts that each township of the first county sent.
const RECEIPTS: usize = 2_000;
/// Requests of which the fastest and the slowest are told: on a busy machine the fastest says more.
const TIMES: usize = 10;

/// Nothing is handed in here, and nothing mended.
struct Nobody;

impl Intake for Nobody {
    fn hand_in(&self, _: Handed) -> Answering<'_> {
        unreachable!("this test hands nothing in")
    }

    fn try_in(&self, _: Handed) -> Trying<'_> {
        unreachable!("this test tries nothing")
    }
}

impl Mending for Nobody {
    fn replay(&self, _: RefusedBody, _: Earnest) -> Mended<'_, Replayed> {
        unreachable!("this test mends nothing")
    }

    fn decide(&self, _: DecisionRow) -> Mended<'_, usize> {
        unreachable!("this test mends nothing")
    }

    fn correct(&self, _: PersonId, _: Correction) -> Mended<'_, usize> {
        unreachable!("this test mends nothing")
    }

    fn protect(&self, _: PersonId, _: Protection) -> Mended<'_, usize> {
        unreachable!("this test mends nothing")
    }

    fn unprotect(&self, _: PersonId, _: String) -> Mended<'_, Option<usize>> {
        unreachable!("this test mends nothing")
    }

    fn settle_right(&self, _: PersonId, _: RightSettled) -> Mended<'_, ()> {
        unreachable!("this test mends nothing")
    }

    fn would_erase(&self, _: PersonId, _: Option<Feed>) -> Mended<'_, Option<Erasing>> {
        unreachable!("this test mends nothing")
    }

    fn erase(&self, _: PersonId, _: Option<Feed>, _: Uuid) -> Mended<'_, Erased> {
        unreachable!("this test mends nothing")
    }

    fn lift(&self, _: PersonId, _: Shown, _: String) -> Mended<'_, Option<usize>> {
        unreachable!("this test mends nothing")
    }
}

impl Rehearsing for Nobody {
    fn rehearse(&self, _: Rules, _: Looked) -> UnderWay<'_> {
        unreachable!("this test rehearses nothing")
    }
}

impl Topology for Nobody {
    fn place(&self) -> String {
        unreachable!("this test has no broker")
    }

    fn has_administrator(&self) -> bool {
        unreachable!("this test has no broker")
    }

    fn plan(&self, _: Option<Administrator>) -> Comparing<'_> {
        unreachable!("this test has no broker")
    }

    fn apply(&self, _: Administrator, _: Arc<Plan>, _: Made) -> Comparing<'_> {
        unreachable!("this test has no broker")
    }
}

/// A fictional province with as many divisions as the country.
fn many() -> &'static Divisions {
    let mut table = "code,name,level,parent,kind\n320000,大省,1,,province\n".to_owned();
    for prefecture in 1..=PREFECTURES {
        table += &format!("32{prefecture:02}00,第{prefecture}市,2,320000,prefecture\n");
        for county in 1..=COUNTIES {
            let code = format!("32{prefecture:02}{county:02}");
            table += &format!("{code},{prefecture}市{county}县,3,32{prefecture:02}00,county\n");
            for township in 0..TOWNSHIPS {
                table += &format!("{code}{:03},{prefecture}市{county}县{township}镇,4,{code},town\n", township + 100);
            }
        }
    }
    Box::leak(Box::new(Divisions::read(&table, "h\n", "h\n", "h\n").unwrap()))
}

/// Waiting notices for every township, more for some; what was sent to them, and what some said.
async fn fill(ground: &Ground) {
    let mut connection = ground.connection().await;
    let townships = format!(
        "CREATE TEMP TABLE townships AS
         SELECT '32' || lpad(p::text, 2, '0') || lpad(c::text, 2, '0') || (t + 100)::text AS code
         FROM generate_series(1, {PREFECTURES}) p, generate_series(1, {COUNTIES}) c, generate_series(0, {TOWNSHIPS} - 1) t"
    );
    let fill = format!(
        "{townships};
         CREATE TEMP TABLE notices AS
         SELECT gen_random_uuid() AS id, code, row_number() OVER (ORDER BY n, code) AS no
         FROM townships, generate_series(1, {WAITING} + (code = '320905150')::int) n;
         INSERT INTO ledger (id, receiver, kind, urgency, time, time_offset, basis, fields, sealed)
         SELECT id, code, 'inflow', 'due', now() - interval '1 day' + no * interval '100 milliseconds', 480, 'test', '{{}}', '\\x00'
         FROM notices ORDER BY no;
         INSERT INTO outbox (notice, receiver) SELECT id, code FROM notices ORDER BY no;
         INSERT INTO receivers SELECT code, 3 FROM townships;
         INSERT INTO published SELECT code, n, gen_random_uuid() FROM townships, generate_series(1, 3) n;
         INSERT INTO inbox (source, id, content, kind, publisher, time, time_offset, baseline)
         SELECT 'urn:liangdi:township:' || code, 'r' || n, gen_random_uuid(), 'township.receipt.v1', 'township.' || code, now(), 480, false
         FROM townships, generate_series(1, {RECEIPTS}) n WHERE code LIKE '320101%' AND code < '320101150';
         ANALYZE ledger; ANALYZE outbox; ANALYZE receivers; ANALYZE published; ANALYZE inbox;"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill)).execute(&mut connection).await.unwrap();
}

/// A console of this process on the fictional province, with an operator's cookie.
struct Alone {
    client: Client,
    address: SocketAddr,
    cookie: String,
    shutdown: CancellationToken,
}

impl Alone {
    async fn start(ground: &Ground, store: &PgStore) -> Self {
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (door, shutdown) = (Door::default(), CancellationToken::new());
        door.open(Console::new(Parts {
            store: store.clone(),
            keys: keys.clone(),
            divisions: many(),
            calendar: Calendar::shipped(),
            procedures: Arc::new(Procedures::shipped().clone()),
            matching: Arc::new(Matching::shipped().clone()),
            probes: Probes::default(),
            intake: Arc::new(Nobody),
            mending: Arc::new(Nobody),
            provider: None,
            rehearsing: Arc::new(Nobody),
            topology: Arc::new(Nobody),
            clock: || Utc::now().with_timezone(&SHANGHAI),
            as_of: None,
            source: "urn:liangdi:hub:320000".to_owned(),
            limits: Limits {
                session_idle_s: 3600,
                session_max_s: 3600,
                lockout: Lockout { failures_max: 5, lasts_s: 60 },
                login_tries_per_min: 60,
                api_requests_per_min: 600,
                checks_per_min: 30,
                feed_silent_min: 180,
                notice_waits_s: 60,
                rehearsal_max: Duration::from_secs(60),
            },
        }));
        tokio::spawn(serve(listener, Probes::default(), door, shutdown.clone()));
        let user = NewUser {
            name: "operator".to_owned(),
            role: Role::Operator,
            jurisdictions: Vec::new(),
            must_change: false,
        };
        assert!(store.user_add(&user, Proof::Password("nobody logs in with it"), "test").await.unwrap());
        let (secret, now) = ("a fictional session", Utc::now());
        let session = keys.token("session", &[secret]);
        assert!(
            store.login_succeeded("operator", session, None, (now, now + chrono::TimeDelta::hours(1))).await.unwrap()
        );
        Alone { client: Client::new(), address, cookie: format!("__Host-session={secret}"), shutdown }
    }

    /// What a path answers; how long that takes is printed.
    #[allow(clippy::print_stdout)]
    async fn get(&self, path: &str) -> String {
        let (mut text, mut took) = (String::new(), Vec::with_capacity(TIMES));
        for _ in 0..TIMES {
            let begun = Instant::now();
            let request = self.client.get(format!("http://{}{path}", self.address));
            let request = request.header(header::COOKIE, &self.cookie).header(header::ACCEPT_LANGUAGE, "en");
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{path}: {}", response.status());
            text = response.text().await.unwrap();
            took.push(begun.elapsed().as_millis());
        }
        took.sort_unstable();
        println!("{:>6} to {:>5} ms  {path}", took[0], took[TIMES - 1]);
        text
    }
}

/// The codes of a page's rows, in their order.
fn codes(page: &str) -> Vec<&str> {
    let body = page.split("<tbody>").nth(1).unwrap_or_default();
    body.split("<tr>").skip(1).filter_map(|row| row.split("<td>").nth(1)?.split('<').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_one_thousand_jurisdictions_are_listed_searched_and_sorted() {
    on_own_ground("many", setup(&[], ""), async |ground| {
        let store = ground.store().await;
        fill(&ground).await;
        let console = Alone::start(&ground, &store).await;

        // The one with most waiting draws all above it to the top.
        let tree = console.get("/queues").await;
        assert_eq!((codes(&tree).len(), &codes(&tree)[..2]), (1 + PREFECTURES, &["320000", "320900"][..]));
        let county = console.get("/queues?of=320905").await;
        assert_eq!((codes(&county).len(), codes(&county)[0]), (50, "320905150"));
        assert_eq!(codes(&console.get("/queues?of=320905&page=5").await).len(), TOWNSHIPS - 250);
        console.get("/queues?of=320101").await;

        let oldest = console.get("/queues?of=320905&order=oldest").await;
        assert_eq!(codes(&oldest)[..2], ["320905100", "320905101"]);
        let by_code = console.get("/queues?order=code&q=32").await;
        assert_eq!(codes(&by_code)[..4], ["320000", "320100", "320101", "320101100"]);

        let found = console.get("/queues?q=3205").await;
        assert!(found.contains(&format!("Found: {}.", 1 + COUNTIES * (TOWNSHIPS + 1))), "{found}");
        let named = console.get("/queues?q=14%E5%B8%8210%E5%8E%BF291%E9%95%87").await;
        assert_eq!(codes(&named), ["321410391"]);
        assert!(codes(&console.get("/queues?q=nowhere").await).is_empty());

        let listed = async |path: &str| serde_json::from_str::<Value>(&console.get(path).await).unwrap();
        let queues = listed("/v1/queues?search=32&order=waiting&page=2").await;
        assert_eq!((queues["queues"].as_array().unwrap().len(), &queues["next"]), (50, &3.into()));
        assert_eq!(queues["found"], 1 + PREFECTURES * (1 + COUNTIES * (1 + TOWNSHIPS)));
        let busiest = listed("/v1/queues?of=320905").await["queues"][0].clone();
        assert_eq!(
            (&busiest["code"], &busiest["waiting"], &busiest["last_seqno"]),
            (&"320905150".into(), &6.into(), &3.into())
        );
        let said = listed("/v1/queues?of=320101&order=code").await["queues"][0].clone();
        assert!(said["last_receipt"].is_string() && said["last_sent"].is_string(), "{said}");
        listed("/v1/queues?search=%E9%95%87&order=oldest").await;

        let all = serde_json::from_str::<Value>(&console.get("/v1/jurisdictions").await).unwrap();
        assert_eq!((&all["jurisdictions"][0]["code"], &all["next"]), (&"320000".into(), &"320101146".into()));
        let found = console.get("/v1/jurisdictions?search=14%E5%B8%8210%E5%8E%BF291%E9%95%87").await;
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap()["jurisdictions"].as_array().unwrap().len(), 1);
        console.shutdown.cancel();
        store.close().await;
    })
    .await;
}
