//! The hub as a child process: the real binary with all its roles, so that its memory and processor time are its own.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use liangdi_broker::inspect::queue_depths;
use liangdi_broker::topology::names;
use liangdi_domain::feed::Feed;
use liangdi_store::postgres::DatabaseOptions;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::ground::Ground;
use super::memory;

/// From its start to its consumers on all feeds.
const READY_TIME_MAX: Duration = Duration::from_secs(60);
/// The hub drains for ten seconds by itself.
const STOP_TIME_MAX: Duration = Duration::from_secs(20);
/// How often it is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Lines of its log that are shown when it fails.
const LOG_LINES_SHOWN: usize = 20;
/// Holds the process id of a running hub.
const PID_FILE: &str = "hub.pid";
const LOG_FILE: &str = "hub.log";
const CONFIG_FILE: &str = "hub.toml";

/// A running hub; dropped, it is killed.
pub(super) struct Hub<'a> {
    child: Child,
    pub(super) pid: u32,
    ground: &'a Ground,
}

impl<'a> Hub<'a> {
    /// Starts it on a database with the hub's tables and waits until it reads every feed.
    pub(super) async fn start(ground: &'a Ground, database: &DatabaseOptions) -> Result<Hub<'a>> {
        Hub::start_with(ground, database, json!({})).await
    }

    /// The same with more configuration: whole sections.
    pub(super) async fn start_with(ground: &'a Ground, database: &DatabaseOptions, more: Value) -> Result<Hub<'a>> {
        let config = ground.dir.join(CONFIG_FILE);
        write_config(ground, database, more, &config)?;
        let log = fs::File::create(ground.dir.join(LOG_FILE))?;
        let child = Command::new(&ground.hub)
            .arg("--config")
            .arg(&config)
            .arg("up")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in the terminal reaches the bench, which ends its hub itself.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", ground.hub.display()))?;
        let pid = child.id().context("the hub has no process id")?;
        fs::write(ground.dir.join(PID_FILE), pid.to_string())?;
        let mut hub = Hub { child, pid, ground };
        hub.until_ready().await?;
        Ok(hub)
    }

    async fn until_ready(&mut self) -> Result<()> {
        let queues: Vec<String> = Feed::ALL.into_iter().map(names::feed).collect();
        let deadline = Instant::now() + READY_TIME_MAX;
        loop {
            self.still_runs()?;
            let depths = queue_depths(&self.ground.endpoint, &queues).await?;
            if depths.iter().all(|depth| depth.consumers > 0) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the hub does not read its feeds after {} s{}", READY_TIME_MAX.as_secs(), self.last_words());
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// An error, with the end of its log, once it has ended.
    pub(super) fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the hub ended early ({status}){}", self.last_words()),
        }
    }

    /// The most memory it ever held, in megabytes of a million bytes.
    pub(super) fn peak_mb(&self) -> Result<f64> {
        memory::peak_mb(self.pid)
    }

    /// Ends it as an operator would.
    pub(super) async fn stop(mut self) -> Result<()> {
        terminate(self.pid).await;
        let ended = tokio::time::timeout(STOP_TIME_MAX, self.child.wait()).await;
        drop(fs::remove_file(self.ground.dir.join(PID_FILE)));
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(_) => bail!("the hub did not end well{}", self.last_words()),
            Err(_) => bail!("the hub did not end within {} s{}", STOP_TIME_MAX.as_secs(), self.last_words()),
        }
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.ground.dir.join(LOG_FILE)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let shown = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n  ");
        if shown.is_empty() { String::new() } else { format!("; the end of its log:\n  {shown}") }
    }
}

/// Ends the hub of a bench that was killed before it could.
pub(super) async fn end_leftover(dir: &Path) {
    let Some(pid) = fs::read_to_string(dir.join(PID_FILE)).ok().and_then(|text| text.trim().parse().ok()) else {
        return;
    };
    // A pid alone may have been given to somebody else: the command line must name our configuration.
    let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    if arguments.split('\0').any(|argument| Path::new(argument) == dir.join(CONFIG_FILE)) {
        terminate(pid).await;
    }
    drop(fs::remove_file(dir.join(PID_FILE)));
}

/// SIGTERM. Its outcome shows in whether the process ends.
async fn terminate(pid: u32) {
    let sent = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid.to_string()]).stderr(Stdio::null()).status();
    drop(sent.await);
}

fn write_config(ground: &Ground, database: &DatabaseOptions, more: Value, path: &Path) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut config = json!({
        "amqp": {"url": ground.servers.amqp_url, "vhost": ground.servers.vhost},
        "database": {"url": database.url.expose_secret()},
        "keys": {"file": ground.dir.join("liangdi.key")},
        // Any free port.
        "console": {"listen": "127.0.0.1:0"},
        "telemetry": {"metrics_listen": ""},
    });
    if let (Some(config), Value::Object(more)) = (config.as_object_mut(), more) {
        config.extend(more);
    }
    drop(fs::remove_file(path));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(toml::to_string(&config)?.as_bytes())?;
    Ok(())
}
