//! A small disk under the log of a private database server, to be filled.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::private::{Private, Server};

/// Written in one go while filling it.
const CHUNK_BYTES: usize = 256 * 1024;

/// The disk; it goes with the private server's directory.
pub(crate) struct SmallDisk {
    ballast: PathBuf,
}

/// Moves the log onto a disk of its own; none where nothing may be mounted.
pub(crate) async fn under_the_log_of(private: &Private, megabytes: u32) -> Option<SmallDisk> {
    let log = private.data().join("postgres/data/pg_wal");
    let aside = private.data().join("postgres/log-before");
    private.kill(Server::Database).await;
    std::fs::rename(&log, &aside).unwrap();
    std::fs::create_dir(&log).unwrap();
    let size = format!("size={megabytes}m,mode=0700");
    let mounted = run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"], &[&log]).await;
    assert!(run("cp", &["-a"], &[&aside.join("."), &log]).await, "the log can be copied");
    private.start_again().await;
    mounted.then(|| SmallDisk { ballast: log.join("ballast") })
}

impl SmallDisk {
    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let mut ballast = std::fs::File::create(&self.ballast).unwrap();
        while ballast.write_all(&[0; CHUNK_BYTES]).is_ok() {}
    }

    /// Makes room again.
    pub(crate) fn make_room(&self) {
        std::fs::remove_file(&self.ballast).unwrap();
    }
}

async fn run(program: &str, options: &[&str], paths: &[&Path]) -> bool {
    let mut command = Command::new(program);
    command.args(options).args(paths).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}
