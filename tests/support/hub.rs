//! `liangdi up` as a process of its own; killed when the test lets go of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::binary;
use super::ground::Ground;
use super::{eventually, in_time, within};

/// A running hub.
pub(crate) struct Hub {
    child: Child,
    log: PathBuf,
    console: SocketAddr,
    metrics: SocketAddr,
}

/// How a hub ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) after: Duration,
    pub(crate) log: String,
}

impl Hub {
    /// Starts every role, with a configuration of its own for whatever lies over the ground's.
    pub(crate) fn start(ground: &Ground) -> Self {
        Hub::start_with(ground, &toml::Table::new())
    }

    /// The same, with more configuration.
    pub(crate) fn start_with(ground: &Ground, over: &toml::Table) -> Self {
        Hub::spawn(ground, over, &["up"])
    }

    /// Starts one role.
    pub(crate) fn start_role(ground: &Ground, role: &[&str]) -> Self {
        Hub::start_role_with(ground, role, &toml::Table::new())
    }

    /// The same, with more configuration.
    pub(crate) fn start_role_with(ground: &Ground, role: &[&str], over: &toml::Table) -> Self {
        Hub::spawn(ground, over, role)
    }

    fn spawn(ground: &Ground, over: &toml::Table, what: &[&str]) -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(1);
        let name = format!("hub-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let config = ground.write_config(&format!("{name}.toml"), over);
        let written: toml::Table = toml::from_str(&std::fs::read_to_string(&config).unwrap()).unwrap();
        let address = |section: &str, key: &str| written[section][key].as_str().unwrap().parse().unwrap();
        let (console, metrics) = (address("console", "listen"), address("telemetry", "metrics_listen"));
        let log = ground.dir.join(format!("{name}.log"));
        let mut command = binary::command();
        // The hub must hold its tongue even where an operator lets it say everything it has to say itself.
        command.arg("--config").arg(config).args(what).env("RUST_LOG", "debug");
        command.stdout(std::process::Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
        Hub { child: command.spawn().unwrap(), log, console, metrics }
    }

    /// Where the console listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.console
    }

    /// Waits until `/readyz` says yes.
    pub(crate) async fn until_ready(&mut self) {
        eventually("the hub is ready", async || {
            self.assert_alive();
            self.ask("/readyz").await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")).then_some(())
        })
        .await;
    }

    /// Waits until the log says something.
    pub(crate) async fn until_it_says(&mut self, words: &str) {
        self.until_it_says_times(words, 1).await;
    }

    /// Waits until the log says something so many times.
    pub(crate) async fn until_it_says_times(&mut self, words: &str, times: usize) {
        eventually(&format!("the hub says {words:?} {times} times"), async || {
            self.assert_alive();
            (self.times(words) >= times).then_some(())
        })
        .await;
    }

    /// How often the log says something.
    pub(crate) fn times(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// How many outages of a session it has said, and how many of them ended.
    pub(crate) fn outages(&self) -> (usize, usize) {
        (self.times("; waiting, and trying again"), self.times("connected again"))
    }

    /// Waits until every outage that it has said is over, and it has said one since `before`.
    pub(crate) async fn until_back(&mut self, deadline: Duration, before: (usize, usize)) {
        within(deadline, "the hub is connected again", async || {
            self.assert_alive();
            let (away, again) = self.outages();
            (away > before.0 && again == away).then_some(())
        })
        .await;
    }

    /// Waits until `/readyz` says no, and names what is missing.
    pub(crate) async fn until_it_waits_for(&mut self, what: &str) {
        let named = format!("\"{what}\":\"ok\"");
        eventually(&format!("the hub waits for the {what}"), async || {
            self.assert_alive();
            let answer = self.ask("/readyz").await?;
            (answer.starts_with("HTTP/1.1 503") && answer.contains(what) && !answer.contains(&named)).then_some(())
        })
        .await;
    }

    /// Where the console listens.
    pub(crate) fn console(&self) -> SocketAddr {
        self.console
    }

    /// The whole answer to a GET, if the console is there.
    pub(crate) async fn ask(&self, path: &str) -> Option<String> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await
    }

    /// The whole answer to a request of the test's own making, if the console is there.
    pub(crate) async fn send(&self, request: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.console).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }

    /// The whole answer of `/metrics`, if it is there.
    pub(crate) async fn ask_metrics(&self) -> Option<String> {
        get(self.metrics, "/metrics").await
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Panics with the log if the hub ended by itself.
    pub(crate) fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            let log = self.log();
            let tail = log.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
            panic!("the hub ended by itself, {status}:\n{}", &log[tail..]);
        }
    }

    /// SIGTERM, and waits for the end. A process that has only just been made does not listen for signals yet.
    pub(crate) async fn terminate(mut self) -> Ended {
        self.until_it_says("starting").await;
        let pid = self.child.id().expect("the hub runs").to_string();
        let started = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        assert!(sent.success());
        let status = in_time("the hub ends", self.child.wait()).await.unwrap();
        Ended { status, after: started.elapsed(), log: self.log() }
    }

    /// SIGTERM, and asserts a clean end.
    pub(crate) async fn stop(self) -> String {
        let ended = self.terminate().await;
        assert!(ended.status.success(), "{}", ended.status);
        ended.log
    }

    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer)
}
