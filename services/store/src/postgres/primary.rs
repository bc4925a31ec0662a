//! Whether a server may be written to: no standby, and no old primary that came back after another was promoted. Each
//! promotion begins a new timeline; what lies on a lower one than the highest seen lacks commits that were confirmed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgConnection;

use super::transaction::refused;
use crate::error::StoreError;

/// A standby has no timeline to write on. The name of a log file begins with it, in hexadecimal.
const LOOK: &str = "
SELECT system_identifier, CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END
FROM pg_control_system()";

/// A timeline of one cluster: those of another cluster say nothing about it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Timeline {
    system: i64,
    number: u32,
}

/// What the connections of a pool have seen of their primaries.
pub(super) struct Primary {
    /// Where the highest timeline outlives the process.
    file: Option<PathBuf>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    highest: Option<Timeline>,
    /// When another was promoted: connections from before lead to the old one.
    raised_at: Option<Instant>,
    /// Why the last server was refused, while no other was taken since.
    refusal: Option<String>,
}

impl Primary {
    /// Remembers what an earlier process has seen, if there is a file for it.
    pub(super) fn new(file: &Path) -> Self {
        let file = (!file.as_os_str().is_empty()).then(|| file.to_owned());
        let highest = file.as_deref().and_then(read);
        Primary { file, seen: Mutex::new(Seen { highest, ..Seen::default() }) }
    }

    /// Refuses a server that must not be written to; remembers the timeline of any other.
    pub(super) async fn check(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let (system, name): (i64, Option<String>) = sqlx::query_as(LOOK).fetch_one(connection).await?;
        let number = match name.map(|name| u32::from_str_radix(&name, 16)) {
            Some(Ok(number)) => number,
            Some(Err(_)) => return self.refuse("the server's timeline cannot be read".to_owned()),
            None => return self.refuse("the server is a standby".to_owned()),
        };
        let found = Timeline { system, number };
        let before = self.seen().highest.filter(|highest| highest.system == system);
        match before {
            Some(highest) if number < highest.number => self.refuse(format!(
                "the server is on timeline {number}, and {} was seen: an old primary that came back lacks what was \
                 confirmed since; point database.url at the one that was promoted",
                highest.number
            )),
            Some(highest) if number == highest.number => {
                self.seen().refusal = None;
                Ok(())
            }
            before => self.raise(found, before.is_some()),
        }
    }

    /// Whether a connection of this age leads to the primary that was promoted last.
    pub(super) fn is_current(&self, age: Duration) -> bool {
        self.seen().raised_at.is_none_or(|raised_at| age <= raised_at.elapsed())
    }

    /// What an error of the pool means: it keeps the reason for a refused server to itself.
    pub(super) fn explain(&self, error: &sqlx::Error) -> StoreError {
        match (error, self.seen().refusal.clone()) {
            (sqlx::Error::PoolTimedOut, Some(refusal)) => StoreError::Unavailable(refusal),
            _ => refused(error),
        }
    }

    fn refuse(&self, why: String) -> sqlx::Result<()> {
        self.seen().refusal = Some(why.clone());
        Err(std::io::Error::other(why).into())
    }

    /// Written down before it is used: a process that forgot it could go back.
    fn raise(&self, found: Timeline, promoted: bool) -> sqlx::Result<()> {
        if let Some(file) = &self.file {
            write(file, found)?;
        }
        let mut seen = self.seen();
        seen.highest = Some(found);
        seen.refusal = None;
        if promoted {
            tracing::warn!(timeline = found.number, "another database server was promoted; older connections end");
            seen.raised_at = Some(Instant::now());
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Nothing is done under the lock that could leave it half-changed.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that cannot be read counts as none: the next connection writes it, or says why it cannot.
fn read(file: &Path) -> Option<Timeline> {
    let text = std::fs::read_to_string(file).ok()?;
    let (system, number) = text.trim().split_once(' ')?;
    Some(Timeline { system: system.parse().ok()?, number: number.parse().ok()? })
}

/// In one step: a file that was half written would be forgotten.
fn write(file: &Path, timeline: Timeline) -> std::io::Result<()> {
    let named = |error: std::io::Error| std::io::Error::other(format!("timeline_file, {}: {error}", file.display()));
    let new = file.with_extension("new");
    std::fs::write(&new, format!("{} {}\n", timeline.system, timeline.number)).map_err(named)?;
    std::fs::rename(&new, file).map_err(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_outlives_the_process_in_its_file() {
        let file = std::env::temp_dir().join(format!("liangdi-timeline-{}", std::process::id()));
        let seen = Timeline { system: 7_123_456_789, number: 3 };
        Primary::new(&file).raise(seen, false).unwrap();
        assert_eq!(Primary::new(&file).seen().highest, Some(seen));
        std::fs::write(&file, "nonsense").unwrap();
        assert_eq!(Primary::new(&file).seen().highest, None);
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn connections_from_before_a_promotion_are_not_current() {
        let primary = Primary::new(Path::new(""));
        assert!(primary.is_current(Duration::from_secs(3600)));
        primary.raise(Timeline { system: 1, number: 2 }, true).unwrap();
        assert!(!primary.is_current(Duration::from_secs(3600)));
        assert!(primary.is_current(Duration::ZERO));
    }
}
