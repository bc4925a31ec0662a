//! The programs of `deploy/examples`.

use secrecy::ExposeSecret;
use tokio::process::Command;

use super::binary::{self, Ran};
use super::ground::Ground;
use super::installed;

/// In which language the examples are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Language {
    Python,
    Node,
}

impl Language {
    fn source(self) -> &'static str {
        match self {
            Language::Python => "deploy/examples/python",
            Language::Node => "deploy/examples/node",
        }
    }

    /// Names what pins the libraries.
    fn lock(self) -> &'static str {
        match self {
            Language::Python => "requirements.txt",
            Language::Node => "package-lock.json",
        }
    }

    /// Installs exactly what that names.
    fn steps(self) -> &'static [&'static [&'static str]] {
        match self {
            Language::Python => &[
                &["python3", "-m", "venv", "--clear", "venv"],
                &["venv/bin/pip", "install", "--quiet", "--require-hashes", "-r", "requirements.txt"],
            ],
            Language::Node => installed::NPM,
        }
    }
}

/// A program of the examples, ready to run as an office's user.
pub(crate) fn program(ground: &Ground, language: Language, name: &str, user: &str) -> Command {
    let folder = installed::folder(language.source(), language.lock(), language.steps());
    let mut command = match language {
        Language::Python => {
            let mut command = Command::new(folder.join("venv/bin/python"));
            command.arg(folder.join(name).with_extension("py"));
            command
        }
        Language::Node => {
            let mut command = Command::new("node");
            command.arg(folder.join(name).with_extension("js"));
            command
        }
    };
    command.env("AMQP_URL", ground.login(user).url.expose_secret()).kill_on_drop(true);
    command
}

/// Runs a program to its end.
pub(crate) async fn run(mut command: Command, arguments: &[&str]) -> Ran {
    command.args(arguments);
    binary::run(command, b"").await
}
