//! A synchronous standby of a private database server, which can be promoted: what an operator has beside the primary.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::private::Private;
use super::{eventually, in_time};

/// A standby; it goes with the private server's directory.
pub(crate) struct Standby {
    data: PathBuf,
    /// Host and port.
    pub(crate) address: String,
}

impl Standby {
    /// Copies the primary and follows it; from then on every commit of the primary waits for it.
    pub(crate) async fn of(private: &Private) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let primary = private.servers.database_address();
        let primary_port = primary.rsplit(':').next().unwrap().to_owned();
        let data = private.data().join("postgres/standby");
        let copy = ["-h", "127.0.0.1", "-p", &primary_port, "-U", "postgres", "-R", "-c", "fast", "-D"];
        let mut copying = as_postgres("pg_basebackup");
        copying.args(copy).arg(&data).env("PGPASSWORD", private.secret("SUPERUSER_PASSWORD"));
        run(copying).await;
        let home = data.parent().unwrap().display().to_string();
        let options = format!("-p {port} -c unix_socket_directories={home}");
        let standby = Standby { data, address: format!("127.0.0.1:{port}") };
        standby.control(&["-o", &options, "-l", &format!("{home}/standby.log"), "-w", "start"]).await;
        private.as_superuser("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
        private.as_superuser("SELECT pg_reload_conf()").await;
        eventually("the standby is synchronous", async || {
            let state = private.as_superuser("SELECT sync_state FROM pg_stat_replication").await;
            (state.trim() == "sync").then_some(())
        })
        .await;
        standby
    }

    /// Makes it the primary.
    pub(crate) async fn promote(&self) {
        self.control(&["-w", "promote"]).await;
    }

    async fn control(&self, arguments: &[&str]) {
        let mut control = as_postgres("pg_ctl");
        control.arg("-D").arg(&self.data).args(arguments);
        run(control).await;
    }
}

/// A command of PostgreSQL, run by the user that its servers run as.
pub(super) fn as_postgres(command: &str) -> Command {
    let newest = std::fs::read_dir("/usr/lib/postgresql")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()))
        .unwrap();
    let program = newest.join("bin").join(command);
    // As root the private servers run as their packages' users.
    let is_root = Path::new("/root").metadata().is_ok() && std::fs::read_dir("/root").is_ok();
    let mut command = if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end; what it said. A server that it starts must not keep its output open.
pub(super) async fn run(mut command: Command) -> String {
    let output = in_time("a command of PostgreSQL ends", command.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}
