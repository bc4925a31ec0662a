//! Whose processor time a measurement took, out of `/proc`.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

/// Linux counts processor time in hundredths of a second, whatever the kernel's own clock does.
const TICKS_A_SECOND: f64 = 100.0;

/// The servers' processes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watched {
    pub(super) broker: u32,
    /// The postmaster; its backends are its children.
    pub(super) database: u32,
}

/// Processor time used so far, in ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    at: Instant,
    hub: u64,
    broker: u64,
    database: u64,
    load: u64,
    machine: u64,
}

/// Processors kept busy on average, by whom.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Split {
    /// The hub; nothing where there is none.
    pub(super) hub: f64,
    pub(super) broker: f64,
    pub(super) database: f64,
    /// This process: the partners, and the bare pipe itself.
    pub(super) load: f64,
    /// Whatever else ran on the machine.
    pub(super) others: f64,
}

impl Sample {
    /// What was used up to now.
    pub(super) fn take(watched: Watched, hub: Option<u32>) -> Result<Self> {
        Ok(Sample {
            at: Instant::now(),
            hub: hub.map(own).transpose()?.unwrap_or_default(),
            broker: own(watched.broker)?,
            database: own_and_ended_children(watched.database)? + running_children(watched.database),
            load: own(std::process::id())?,
            machine: machine()?,
        })
    }

    /// Who kept how many processors busy since `before`.
    pub(super) fn since(&self, before: &Sample) -> Split {
        let ticks = self.at.duration_since(before.at).as_secs_f64() * TICKS_A_SECOND;
        let busy = |now: u64, then: u64| now.saturating_sub(then) as f64 / ticks;
        let hub = busy(self.hub, before.hub);
        let broker = busy(self.broker, before.broker);
        let database = busy(self.database, before.database);
        let load = busy(self.load, before.load);
        let others = (busy(self.machine, before.machine) - hub - broker - database - load).max(0.0);
        Split { hub, broker, database, load, others }
    }
}

/// User and system time of a process.
fn own(pid: u32) -> Result<u64> {
    let fields = Fields::of(pid)?;
    Ok(fields.number(UTIME) + fields.number(STIME))
}

/// With the children it has waited for.
fn own_and_ended_children(pid: u32) -> Result<u64> {
    let fields = Fields::of(pid)?;
    Ok([UTIME, STIME, CUTIME, CSTIME].into_iter().map(|field| fields.number(field)).sum())
}

fn running_children(parent: u32) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Fields::of(pid).ok())
        .filter(|fields| fields.number(PARENT) == u64::from(parent))
        .map(|fields| fields.number(UTIME) + fields.number(STIME))
        .sum()
}

/// Time that any process ran, of all processors.
fn machine() -> Result<u64> {
    let text = fs::read_to_string("/proc/stat").context("/proc/stat")?;
    let numbers: Vec<u64> = text
        .lines()
        .next()
        .into_iter()
        .flat_map(str::split_ascii_whitespace)
        .skip(1)
        .filter_map(|number| number.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq
    Ok([0, 1, 2, 5, 6].into_iter().filter_map(|column| numbers.get(column)).sum())
}

/// Fields of `/proc/PID/stat` after the command in parentheses.
const PARENT: usize = 1;
const UTIME: usize = 11;
const STIME: usize = 12;
const CUTIME: usize = 13;
const CSTIME: usize = 14;

struct Fields(Vec<String>);

impl Fields {
    fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/stat");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        // A command may hold blanks and parentheses of its own.
        let (_, rest) = text.rsplit_once(')').with_context(|| path.clone())?;
        Ok(Fields(rest.split_ascii_whitespace().map(str::to_owned).collect()))
    }

    fn number(&self, field: usize) -> u64 {
        self.0.get(field).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_no_more_than_the_machine() {
        let me = std::process::id();
        let watched = Watched { broker: me, database: me };
        let before = Sample::take(watched, Some(me)).unwrap();
        let busy: u64 = (0..20_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n));
        std::hint::black_box(busy);
        let after = Sample::take(watched, None).unwrap();
        assert!(after.load >= before.load && after.machine >= before.machine && before.machine >= before.load);
        assert!(after.since(&before).load <= 1_000.0);
    }
}
