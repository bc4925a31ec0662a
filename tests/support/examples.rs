//! The programs of `deploy/examples`, with the libraries they lock: set up once for all tests, in the target directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use secrecy::ExposeSecret;
use tokio::process::Command;

use super::binary::{self, Ran};
use super::ground::Ground;

/// In which language the examples are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Language {
    Python,
    Node,
}

impl Language {
    fn folder(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::Node => "node",
        }
    }

    /// Names what pins the libraries.
    fn lock(self) -> &'static str {
        match self {
            Language::Python => "requirements.txt",
            Language::Node => "package-lock.json",
        }
    }
}

/// A program of the examples, ready to run as an office's user.
pub(crate) fn program(ground: &Ground, language: Language, name: &str, user: &str) -> Command {
    let folder = set_up(language);
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

/// A folder with the programs and their libraries. Tests are processes of their own: one sets up, the others wait, and
/// whoever comes later must leave alone what a program of another test may be reading.
fn set_up(language: Language) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/examples").join(language.folder());
    let folder = binary::path().with_file_name("../deploy-examples").join(language.folder());
    fs::create_dir_all(&folder).unwrap();
    let gate = File::create(folder.join("lock")).unwrap();
    gate.lock().unwrap();
    let (wanted, stamp) = (fs::read(source.join(language.lock())).unwrap(), folder.join("installed"));
    for entry in fs::read_dir(&source).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let (there, new) = (folder.join(entry.file_name()), folder.join("new"));
        let content = fs::read(entry.path()).unwrap();
        if fs::read(&there).ok().as_ref() != Some(&content) {
            fs::write(&new, content).unwrap();
            fs::rename(&new, there).unwrap();
        }
    }
    if fs::read(&stamp).ok() != Some(wanted.clone()) {
        install(language, &folder);
        fs::write(stamp, wanted).unwrap();
    }
    folder
}

/// Installs exactly what the lock file names.
fn install(language: Language, folder: &Path) {
    let steps: &[&[&str]] = match language {
        Language::Python => &[
            &["python3", "-m", "venv", "--clear", "venv"],
            &["venv/bin/pip", "install", "--quiet", "--require-hashes", "-r", "requirements.txt"],
        ],
        Language::Node => &[&["npm", "ci", "--silent", "--no-audit", "--no-fund"]],
    };
    for step in steps {
        let mut command = std::process::Command::new(step[0]);
        let ended = command.args(&step[1..]).current_dir(folder).stdin(Stdio::null()).output();
        let ended = ended.unwrap_or_else(|error| panic!("{} is needed to run the examples: {error}", step[0]));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{}: {}\n{said}", step.join(" "), ended.status);
    }
}
