//! `liangdi train`: weights from messages and from the register, shown beside the old ones, written where they are
//! asked for and nowhere else.

use liangdi_domain::identity::Matching;
use liangdi_registry::offline;
use liangdi_store::keys::Keys;

use crate::support::binary::{Ran, liangdi};
use crate::support::ground::{Setup, on_bare_ground};
use crate::support::leaks;
use crate::support::registry::{lines, on};
use crate::support::sample::Sample;

const FEEDS: [&str; 5] = ["police.jsonl", "civil-affairs.jsonl", "hr.jsonl", "housing.jsonl", "township.jsonl"];

async fn train(sample: &Sample, feeds: &[&str], more: &[&str]) -> Ran {
    let files: Vec<String> = feeds.iter().map(|feed| sample.dir.join(feed).display().to_string()).collect();
    let arguments: Vec<&str> =
        std::iter::once("train").chain(files.iter().map(String::as_str)).chain(more.iter().copied()).collect();
    liangdi(&arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_learned_from_files_are_shown_and_written_only_where_asked() {
    let sample = Sample::make("train", 300, 51);
    let path = sample.dir.join("new.toml");
    let written = path.to_str().unwrap();
    // The sample holds lines that are refused: that is a fault, and no reason not to learn from the others.
    let shown = train(&sample, &FEEDS, &[]).await.exits(1).says(&[
        "bits against strangers",
        "birth      exact",
        "->",
        "pairs drawn at random",
        "links made",
        "into review",
        "lines were refused",
    ]);
    assert!(!path.exists());
    let values: Vec<String> = lines(&sample)
        .iter()
        .filter_map(|(_, line)| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter_map(|message| message["data"]["gmsfhm"].as_str().filter(|of| of.len() > 14).map(str::to_owned))
        .collect();
    assert!(values.len() > 50);
    leaks::none_in("what is said", &shown.out, &values);

    let reversed: Vec<&str> = FEEDS.iter().rev().copied().collect();
    let again = train(&sample, &reversed, &["--write", written]).await.exits(1);
    assert!(again.out.starts_with(shown.out.as_str()), "other order, other weights:\n{}\n{}", shown.out, again.out);
    let text = std::fs::read_to_string(&path).unwrap();
    let (old, new) = (Matching::shipped(), Matching::read(&text).unwrap());
    assert_ne!(new, *old);
    assert_eq!((new.thresholds, new.limits, &new.trust), (old.thresholds, old.limits, &old.trust));
    let comments =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(comments(&text), comments(Matching::shipped_text()));

    train(&sample, &FEEDS, &["--write", written]).await.exits(2).says(&[written, "never replaced"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    liangdi(&["train"]).await.exits(2);
    liangdi(&["train", "/nowhere/at/all.jsonl"]).await.exits(2).says(&["/nowhere/at/all.jsonl"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_teaches_what_its_messages_teach() {
    let sample = Sample::make("taught", 150, 52);
    on_bare_ground("taught", Setup::default(), async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        let store = ground.store().await;
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let registry = on(store.clone(), keys, sample.as_of, Matching::shipped().clone());
        // Without what takes something back, so that the register holds everything that is said.
        for (feed, line) in lines(&sample) {
            if !String::from_utf8_lossy(&line).contains(".withdrawn.v1") {
                offline::feed(&registry, feed, &[line]).await.unwrap();
            }
        }
        let profiles = store.status().await.unwrap().profiles;
        store.close().await;
        let all: Vec<Vec<u8>> = lines(&sample)
            .into_iter()
            .map(|(_, line)| line)
            .filter(|line| !String::from_utf8_lossy(line).contains(".withdrawn.v1"))
            .collect();
        let file = ground.dir.join("all.jsonl");
        std::fs::write(&file, all.join(&b'\n')).unwrap();
        let of_files = ground.liangdi(&["train", file.to_str().unwrap(), "--seed", "9"]).await.exits(1);
        let of_register = ground.liangdi(&["train", "--from-registry", "--seed", "9"]).await.exits(0);
        of_register.says(&[&format!("learned from {profiles} profiles")]);
        let learned = |ran: &Ran| {
            ran.out
                .lines()
                .filter(|line| !line.contains("learned from") && !line.contains("refused"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let of_register = ground.liangdi(&["train", "--from-registry", "--seed", "9"]).await.exits(0);
        assert_eq!(learned(&of_files), learned(&of_register));
        let other = ground.liangdi(&["train", "--from-registry", "--seed", "10"]).await.exits(0);
        assert_eq!(learned(&of_register), learned(&other), "so few that all pairs are drawn, whatever the seed");
    })
    .await;
}
