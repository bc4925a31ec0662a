//! What the binary refuses to do, in words that say what is wrong; and what every command says of itself.

use std::os::unix::fs::PermissionsExt;

use crate::support::binary;
use crate::support::ground::{on_bare_ground, on_own_ground};
use crate::support::places::setup;

#[tokio::test(flavor = "multi_thread")]
async fn without_its_own_key_file_the_hub_does_not_start_and_says_so() {
    on_own_ground("keys", setup(&[], ""), async |ground| {
        let key = ground.dir.join("liangdi.key");
        let (path, kept) = (key.to_str().unwrap(), ground.dir.join("kept.key"));
        binary::liangdi(&["keygen", path]).await.exits(2).says(&["exists already"]);

        std::fs::rename(&key, &kept).unwrap();
        ground.liangdi(&["up"]).await.exits(2).says(&["keys.file", path]);
        binary::liangdi(&["keygen", path]).await.exits(0);
        for command in [&["up"][..], &["status"], &["migrate"], &["quarantine", "list"]] {
            ground.liangdi(command).await.exits(2).says(&["the key file is not the one this database was made with"]);
        }
        std::fs::write(&key, "no key at all\n").unwrap();
        ground.liangdi(&["up"]).await.exits(2).says(&["is no key file of this hub"]);

        std::fs::remove_file(&key).unwrap();
        std::fs::rename(&kept, &key).unwrap();
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        ground.liangdi(&["up"]).await.exits(2).says(&[path]);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        ground.liangdi(&["status"]).await.exits(0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_be_right_is_named() {
    on_bare_ground("config", setup(&[], ""), async |ground| {
        let with = async |text: &str| {
            let path = ground.dir.join("wrong.toml");
            std::fs::write(&path, text).unwrap();
            binary::liangdi(&["--config", path.to_str().unwrap(), "status"]).await.exits(2)
        };
        with("[ingest]\nprefetch = 5\n").await.says(&["wrong.toml", "prefetch"]);
        with("[ingets]\nprefetch_messages = 5\n").await.says(&["wrong.toml", "ingets"]);
        with("[ingest]\nprefetch_messages = \"many\"\n").await.says(&["wrong.toml", "prefetch_messages"]);
        with("[ingest]\nbatch_messages_max = 0\n").await.says(&["ingest.batch_messages_max", "0"]);
        with("not toml at all").await.says(&["wrong.toml"]);
        let secret = "fictional-secret";
        for text in [
            format!(
                "[amqp]\nurl = \"http//hub:{secret}@host\"\n[keys]\nfile = \"{}\"",
                ground.dir.join("liangdi.key").display()
            ),
            format!(
                "[database]\nurl = \"postgres://hub:{secret}@[\"\n[keys]\nfile = \"{}\"",
                ground.dir.join("liangdi.key").display()
            ),
        ] {
            let said = with(&text).await;
            assert!(!said.err.contains(secret) && !said.out.contains(secret), "a password is repeated");
        }
        binary::liangdi(&["--config", "/nowhere.toml", "status"]).await.exits(2).says(&["/nowhere.toml"]);
        // Before the tables are there.
        ground.create_database(&ground.database).await;
        ground.liangdi(&["status"]).await.exits(2).says(&["run `liangdi migrate`"]);
        ground.liangdi(&["up"]).await.exits(2).says(&["run `liangdi migrate`"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_with_a_wrong_name_or_password_is_told_so() {
    on_own_ground("logins", setup(&["police.320500"], ""), async |ground| {
        ground.liangdi_reading(&["publish", "--as", "police", "-"], b"{}").await.exits(2).says(&["<feed>.<division>"]);
        ground.liangdi_reading(&["publish", "--as", "army.320500", "-"], b"{}").await.exits(2).says(&["army.320500"]);
        let wrong = ["publish", "--as", "police.320500", "--password", "wrong-fictional", "-"];
        let refused = ground.liangdi_reading(&wrong, b"{}").await.exits(2);
        assert!(!refused.err.contains("wrong-fictional"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_describes_itself_and_all_it_takes() {
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = binary::liangdi(&arguments).await.exits(0).out;
        let about = help.lines().next().unwrap_or_default();
        assert!(about.len() > 10 && !about.starts_with("Usage"), "`{}` does not say what it is for", path.join(" "));
        for (section, entry, described) in entries(&help) {
            assert!(described, "`{}`: {entry} has no description", path.join(" "));
            if section == "Commands" && entry != "help" {
                waiting.push(path.iter().cloned().chain([entry]).collect());
            }
        }
        seen += 1;
    }
    assert!(seen > 20, "only {seen} commands were found");
    binary::liangdi(&["no-such-command"]).await.exits(2).says(&["no-such-command"]);
}

/// Sections of a help text with their entries: a command, an argument or an option, and whether words follow it.
fn entries(help: &str) -> Vec<(String, String, bool)> {
    let (mut found, mut section) = (Vec::new(), String::new());
    let lines: Vec<&str> = help.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if indent == 0 && line.ends_with(':') {
            section = line.trim_end_matches(':').to_owned();
        }
        let text = line.trim_start();
        let starts = text.starts_with(['-', '<', '[']) && indent <= 6 || section == "Commands" && indent == 2;
        if !starts || !["Commands", "Arguments", "Options"].contains(&section.as_str()) {
            continue;
        }
        let (entry, words) = text.split_once("  ").unwrap_or((text, ""));
        let below = lines.get(at + 1).is_some_and(|next| next.len() - next.trim_start().len() > indent + 2);
        found.push((section.clone(), entry.to_owned(), !words.trim().is_empty() || below));
    }
    found
}
