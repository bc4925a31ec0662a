//! Programs of this repository in other languages, with the libraries they lock: set up once for all tests, in the target
//! directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::binary;

/// A folder with the programs of `source` and their libraries. Tests are processes of their own: one sets up, the others
/// wait, and whoever comes later must leave alone what a program of another test may be reading.
pub(crate) fn folder(source: &str, lock: &str, steps: &[&[&str]]) -> PathBuf {
    let folder = binary::path().with_file_name("..").join(source.replace('/', "-"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(source);
    fs::create_dir_all(&folder).unwrap();
    let gate = File::create(folder.join("lock")).unwrap();
    gate.lock().unwrap();
    let (wanted, stamp) = (fs::read(source.join(lock)).unwrap(), folder.join("installed"));
    for entry in fs::read_dir(&source).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let (there, new) = (folder.join(entry.file_name()), folder.join("new"));
        let content = fs::read(entry.path()).unwrap();
        if fs::read(&there).ok().as_ref() != Some(&content) {
            fs::write(&new, content).unwrap();
            fs::rename(&new, there).unwrap();
        }
    }
    if fs::read(&stamp).ok() != Some(wanted.clone()) {
        install(&folder, steps);
        fs::write(stamp, wanted).unwrap();
    }
    folder
}

/// Exactly what npm's lock file names.
pub(crate) const NPM: &[&[&str]] = &[&["npm", "ci", "--silent", "--no-audit", "--no-fund"]];

fn install(folder: &Path, steps: &[&[&str]]) {
    for step in steps {
        let mut command = std::process::Command::new(step[0]);
        let ended = command.args(&step[1..]).current_dir(folder).stdin(Stdio::null()).output();
        let ended = ended.unwrap_or_else(|error| panic!("{} is needed by the tests: {error}", step[0]));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{}: {}\n{said}", step.join(" "), ended.status);
    }
}
