//! The directory of the private servers, and the servers in it: claimed, started, cleaned. A directory that holds
//! anything else is refused, so that cleaning can never remove what is not ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tokio::process::Command;

use super::Options;

/// Marks a directory as the bench's own.
const MARK: &str = "liangdi-bench";
/// The script itself gives up after less.
const SCRIPT_TIME_MAX: Duration = Duration::from_secs(600);

/// `servers.json`, written by the script.
#[derive(Clone, Deserialize)]
pub(super) struct Servers {
    pub(super) amqp_url: String,
    pub(super) amqp_management_url: String,
    pub(super) amqp_admin_url: String,
    pub(super) amqp_admin_user: String,
    pub(super) amqp_admin_password: String,
    pub(super) database_url: String,
    pub(super) vhost: String,
}

/// A claimed directory.
pub(super) struct Place {
    pub(super) dir: PathBuf,
    script: PathBuf,
    keep: bool,
}

impl Place {
    /// Claims the directory; what a bench that was killed left in it goes.
    pub(super) async fn claim(options: &Options) -> Result<Self> {
        let dir = std::path::absolute(&options.dir)?;
        let script = std::path::absolute(&options.servers)?;
        ensure!(script.is_file(), "{}: no such script; run from the project's directory", script.display());
        let shown = || dir.display().to_string();
        fs::create_dir_all(&dir).with_context(shown)?;
        let place = Place { dir: dir.clone(), script, keep: options.keep };
        if dir.join(MARK).exists() {
            super::hub::end_leftover(&dir).await;
            if !options.keep {
                place.script("clean").await?;
            }
        } else {
            let empty = fs::read_dir(&dir).with_context(shown)?.next().is_none();
            ensure!(empty, "{} holds something else; name another directory with --dir", dir.display());
        }
        fs::write(dir.join(MARK), "Made by `liangdi bench`, which removes this directory.\n").with_context(shown)?;
        Ok(place)
    }

    /// Starts the servers.
    pub(super) async fn start(&self) -> Result<()> {
        self.script("start").await
    }

    /// Ends the servers and removes the directory, unless it is kept.
    pub(super) async fn leave(&self) -> Result<()> {
        if self.keep {
            return Ok(());
        }
        self.script("clean").await?;
        fs::remove_dir_all(&self.dir).with_context(|| format!("cannot remove {}", self.dir.display()))
    }

    /// Addresses and passwords.
    pub(super) fn servers(&self) -> Result<Servers> {
        let path = self.dir.join("servers.json");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// The process ids of broker and database.
    pub(super) fn pids(&self) -> Result<(u32, u32)> {
        // The servers' data may lie elsewhere: their own users must be able to enter it.
        let data = fs::read_to_string(self.dir.join("data")).map_or_else(|_| self.dir.clone(), PathBuf::from);
        Ok((first_number(&data.join("rabbitmq/pid"))?, first_number(&data.join("postgres/data/postmaster.pid"))?))
    }

    async fn script(&self, command: &str) -> Result<()> {
        // A group of its own: Ctrl-C in the terminal must not cut a start or a clean in half.
        let mut child = Command::new(&self.script)
            .arg(command)
            .arg(&self.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| self.script.display().to_string())?;
        let status = tokio::time::timeout(SCRIPT_TIME_MAX, child.wait()).await;
        match status {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(_) => bail!("{} {command} failed", self.script.display()),
            Err(_) => {
                child.kill().await?;
                bail!("{} {command} took more than {} s", self.script.display(), SCRIPT_TIME_MAX.as_secs())
            }
        }
    }
}

fn first_number(path: &Path) -> Result<u32> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let number = text.lines().next().and_then(|line| line.trim().parse().ok());
    number.with_context(|| format!("{} does not begin with a process id", path.display()))
}
