//! Commands of the real binary.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::in_time;

/// What a command came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out:\n{}\nerr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that the command said all of this, wherever.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.out.contains(word) || self.err.contains(word),
                "no {word:?} in\n{}\nnor in\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    /// The one JSON value on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// One JSON value a line of standard output.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Where the binary is; `deploy/test` builds it before the tests.
pub(crate) fn path() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let path = target.join("release/liangdi");
    assert!(path.exists(), "{} is missing: `cargo build --release --bin liangdi` makes it", path.display());
    path
}

/// The binary with nothing of the caller's environment that would configure it.
pub(crate) fn command() -> Command {
    let mut command = Command::new(path());
    command
        .env_remove("LIANGDI_CONFIG")
        .env_remove("RUST_LOG")
        .env("USER", "operator-of-tests")
        .env_remove("SUDO_USER");
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

/// Runs a command without a configuration.
pub(crate) async fn liangdi(arguments: &[&str]) -> Ran {
    let mut command = command();
    command.args(arguments);
    run(command, b"").await
}

/// Runs a command to its end.
pub(crate) async fn run(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = async {
        // A command that has no use for its input may end before it took it all.
        let _ = stdin.write_all(input).await;
        drop(stdin);
    };
    let ending = async { tokio::join!(feeding, child.wait_with_output()).1.unwrap() };
    let output = in_time("a command ends", ending).await;
    Ran {
        code: output.status.code().expect("no signal ended the command"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
