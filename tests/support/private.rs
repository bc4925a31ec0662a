//! A broker and a database server of a test's own, to be killed, frozen and starved. `deploy/local/servers` starts and
//! removes them; they go with the test's process, however that ends.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use uuid::Uuid;

use super::eventually;
use super::servers::Servers;
use super::standby;

/// Where Debian keeps the broker's own commands.
const RABBIT_COMMANDS: &str = "/usr/lib/rabbitmq/bin";

/// Longest that both servers may take to start: longer than the script's own patience, so that the script says why.
const START_DEADLINE: Duration = Duration::from_secs(220);

/// Waits for the end of the process that holds the other end of its input, and removes the servers then. In a session of
/// its own, so that a signal to the tests' process group does not reach it. Whatever works in the directory or was
/// started on it may be frozen, and would not hear that it is to stop.
const REMOVE_AFTERWARDS: &str = r#"
cat >/dev/null
for process in /proc/[0-9]*; do
    if { readlink "$process/cwd"; tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null | grep -qF -- "$1"; then
        kill -CONT "${process#/proc/}" 2>/dev/null
    fi
done
"$0" stop "$1" >/dev/null 2>&1
umount -l "$1/postgres/data/pg_wal" 2>/dev/null
"$0" clean "$1" >/dev/null 2>&1
rm -rf "$1""#;

/// One of the two.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Server {
    Broker,
    Database,
}

/// The two servers.
pub(crate) struct Private {
    pub(crate) servers: Servers,
    dir: PathBuf,
    /// One more node of a cluster: there is no database.
    only_broker: bool,
    /// Its input closes with this process.
    _remover: Child,
}

impl Private {
    /// Starts both; ready when this returns.
    pub(crate) async fn start() -> Self {
        Private::start_beside(None).await
    }

    /// Starts one more broker, with the passwords of another: what can become a node of its cluster.
    pub(crate) async fn start_node(first: &Private) -> Self {
        Private::start_beside(Some(first)).await
    }

    async fn start_beside(first: Option<&Private>) -> Self {
        let dir = std::env::temp_dir().join(format!("liangdi-private-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&dir).unwrap();
        let mut remover = Command::new("setsid");
        remover.args(["sh", "-c", REMOVE_AFTERWARDS]).arg(script()).arg(&dir).stdin(Stdio::piped());
        let remover = remover.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if let Some(first) = first {
            std::fs::copy(first.dir.join("secrets"), dir.join("secrets")).unwrap();
        }
        start_in(&dir, first.is_some()).await;
        let mut servers = Servers::read_file(&dir.join("servers.json"));
        servers.private = true;
        Private { servers, dir, only_broker: first.is_some(), _remover: remover }
    }

    /// SIGKILL, to the server alone: its children find out for themselves.
    pub(crate) async fn kill(&self, server: Server) {
        if server == Server::Broker {
            self.broker_has_written_down_its_queues().await;
        }
        let family = self.family(server);
        let alive: Vec<_> = family.iter().filter_map(|pid| Some((*pid, born(*pid)?))).collect();
        assert!(signal("-KILL", family[0]).await, "the server runs");
        let gone = async || (!alive.iter().any(|(pid, when)| born(*pid).as_ref() == Some(when))).then_some(());
        eventually("the server and its children are gone", gone).await;
        if server == Server::Database {
            // Where nobody takes note of dead processes (a container without an init), its number looks taken.
            let home = self.data().join("postgres");
            let port = self.servers.database_address().rsplit(':').next().unwrap().to_owned();
            for left in ["data/postmaster.pid".to_owned(), format!(".s.PGSQL.{port}.lock")] {
                std::fs::remove_file(home.join(left)).unwrap();
            }
        }
    }

    /// RabbitMQ 3.10 writes the name of a new quorum queue up to half a second after it has said that the queue is there;
    /// killed before, it comes back with that queue empty and without a leader, for ever. That is its fault, not the
    /// hub's: `deploy/rabbitmq/README.md` says what an operator does about it.
    async fn broker_has_written_down_its_queues(&self) {
        let quorum = only_folder_in(&only_folder_in(&self.data().join("rabbitmq/mnesia")).join("quorum"));
        eventually("the broker has written down its queues", async || {
            let names = std::fs::read(quorum.join("names.dets")).unwrap();
            let queues = std::fs::read_dir(&quorum).unwrap().map(|entry| entry.unwrap().path());
            let mut queues = queues.filter(|path| path.is_dir()).map(|path| path.file_name().unwrap().to_owned());
            let written = |name: &[u8]| names.windows(name.len()).any(|window| window == name);
            queues.all(|name| written(name.as_encoded_bytes())).then_some(())
        })
        .await;
    }

    /// Starts whichever of the two does not run, with the data it left behind.
    pub(crate) async fn start_again(&self) {
        start_in(&self.dir, self.only_broker).await;
    }

    /// SIGSTOP, to the server and everything it started: it keeps its connections and says nothing.
    pub(crate) async fn freeze(&self, server: Server) {
        for pid in self.family(server) {
            // A child may have ended by itself meanwhile.
            signal("-STOP", pid).await;
        }
    }

    /// SIGCONT.
    pub(crate) async fn thaw(&self, server: Server) {
        for pid in self.family(server) {
            signal("-CONT", pid).await;
        }
    }

    /// A command of the broker's administrator.
    pub(crate) async fn rabbitmqctl(&self, arguments: &[&str]) -> String {
        let home = self.data().join("rabbitmq");
        let mut command = Command::new(format!("{RABBIT_COMMANDS}/rabbitmqctl"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("LANG", "C.UTF-8").env("HOME", &home);
        command
            .env("ERL_EPMD_PORT", self.port("EPMD").to_string())
            .env("RABBITMQ_CONF_ENV_FILE", home.join("env.conf"));
        command.args(["-n", &self.node()]).args(arguments);
        let output = super::in_time("rabbitmqctl ends", command.output()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// What the broker calls itself.
    pub(super) fn node(&self) -> String {
        format!("liangdi-{}@localhost", self.port("AMQP"))
    }

    /// One of the ports of the two.
    pub(super) fn port(&self, name: &str) -> u16 {
        let ports = std::fs::read_to_string(self.dir.join("ports")).unwrap();
        ports.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("_PORT=")?.parse().ok()).unwrap()
    }

    /// What both servers wrote into their logs.
    pub(crate) fn logs(&self) -> String {
        let mut all = String::new();
        let broker = std::fs::read_dir(self.data().join("rabbitmq/log")).unwrap().map(|entry| entry.unwrap().path());
        for path in broker.chain([self.data().join("postgres/log")]).filter(|path| path.is_file()) {
            all += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
        }
        all
    }

    /// A statement of the database server's superuser; what it answers.
    pub(crate) async fn as_superuser(&self, statement: &str) -> String {
        standby::run(self.psql(statement)).await
    }

    fn psql(&self, statement: &str) -> Command {
        let address = self.servers.database_address();
        let mut psql = standby::as_postgres("psql");
        psql.args(["-h", "127.0.0.1", "-p", address.rsplit(':').next().unwrap(), "-U", "postgres", "-qAtc", statement]);
        psql.env("PGPASSWORD", self.secret("SUPERUSER_PASSWORD"));
        psql
    }

    /// Begins another file of the database's log; what went wrong, if something did.
    pub(crate) async fn begins_another_log_file(&self) -> Result<(), String> {
        let statement = "SELECT pg_logical_emit_message(false, 'test', 'test'), pg_switch_wal()";
        let mut psql = self.psql(statement);
        let output = super::in_time("psql ends", psql.output()).await.unwrap();
        output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// One of the passwords that the servers were made with.
    pub(super) fn secret(&self, name: &str) -> String {
        let secrets = std::fs::read_to_string(self.dir.join("secrets")).unwrap();
        secrets.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned()
    }

    /// Where the servers' data lies.
    pub(super) fn data(&self) -> PathBuf {
        std::fs::read_to_string(self.dir.join("data")).map_or_else(|_| self.dir.clone(), PathBuf::from)
    }

    fn pid(&self, server: Server) -> u32 {
        let file = match server {
            Server::Broker => self.data().join("rabbitmq/pid"),
            Server::Database => self.data().join("postgres/data/postmaster.pid"),
        };
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        text.lines().next().unwrap().trim().parse().unwrap()
    }

    /// The server, its children, and theirs.
    fn family(&self, server: Server) -> Vec<u32> {
        let mut family = vec![self.pid(server)];
        let mut next = 0;
        while let Some(pid) = family.get(next) {
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            family.extend(children.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
            next += 1;
        }
        family
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/local/servers")
}

async fn start_in(dir: &Path, only_broker: bool) {
    let mut command = Command::new(script());
    if only_broker {
        command.env("LIANGDI_SERVERS", "broker");
    }
    command.arg("start").arg(dir).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    for port in ["LIANGDI_AMQP_PORT", "LIANGDI_AMQP_MANAGEMENT_PORT", "LIANGDI_DATABASE_PORT"] {
        command.env_remove(port);
    }
    let output = tokio::time::timeout(START_DEADLINE, command.output()).await.expect("private servers start").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Whether there was somebody to send it to.
async fn signal(signal: &str, pid: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args([signal, &pid.to_string()]).stderr(Stdio::null()).status().await.unwrap().success()
}

/// When a process was made, by which it is told from a later one of the same number; none if it is dead, also where
/// nobody has taken note of that yet.
fn born(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    (!matches!(after_name[0], "Z" | "X")).then(|| after_name[19].to_owned())
}

/// The one folder in there.
fn only_folder_in(folder: &Path) -> PathBuf {
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders = inside.filter(|path| path.is_dir() && !path.to_string_lossy().ends_with("-plugins-expand"));
    folders.next().unwrap_or_else(|| panic!("no folder in {}", folder.display()))
}
