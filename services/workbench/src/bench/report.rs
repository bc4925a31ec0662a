//! Medians over the runs, as a table for people and as one JSON line for scripts.

use std::fmt;

use serde_json::{Value, json};

use super::chart;
use super::cpu::Split;
use super::latency::Latency;
use super::rate::Rate;
use super::scenario::Scenario;

/// What one run of a scenario came to.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) messages: usize,
    pub(super) hub: Rate,
    pub(super) bare: Rate,
    /// Messages a second of the bare pipe without any load beside it.
    pub(super) bare_alone: f64,
    /// The hub's and the pipe's; none where no notice can be traced to its message.
    pub(super) latency: Option<(Latency, Latency)>,
}

impl Measured {
    fn ratio(&self) -> f64 {
        self.hub.messages_a_second / self.bare.messages_a_second
    }

    fn notices_a_message(&self) -> f64 {
        self.hub.notices as f64 / self.messages as f64
    }

    /// The hub's share of all processor time that the run took, in percent.
    fn hub_share(&self) -> f64 {
        let Split { hub, broker, database, load, .. } = self.hub.cpu;
        100.0 * hub / (hub + broker + database + load)
    }

    /// One line.
    pub(super) fn in_words(&self) -> String {
        format!(
            "hub {:.0} messages/s, bare pipe {:.0}, ratio {:.2}",
            self.hub.messages_a_second,
            self.bare.messages_a_second,
            self.ratio()
        )
    }
}

/// Every scenario's medians.
pub struct Report(Vec<Section>);

/// One scenario: its runs, of which every number is the median.
struct Section {
    scenario: Scenario,
    runs: Vec<Measured>,
}

impl Report {
    pub(super) fn of(measured: Vec<(Scenario, Vec<Measured>)>) -> Self {
        Report(measured.into_iter().map(|(scenario, runs)| Section { scenario, runs }).collect())
    }

    /// The JSON line. Its `ratio` is the lowest of all scenarios.
    pub fn json(&self) -> Value {
        let ratio = self.0.iter().map(|section| section.median(Measured::ratio)).fold(f64::INFINITY, f64::min);
        let scenarios: Vec<Value> = self.0.iter().map(Section::json).collect();
        json!({"ratio": rounded(ratio), "scenarios": scenarios})
    }
}

impl Report {
    /// Each scenario's name, and its last run as a picture.
    pub fn charts(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let last = self.0.iter().filter_map(|section| Some((section.scenario.name(), section.runs.last()?)));
        last.map(|(name, run)| Ok((name, chart::svg(name, run)?))).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|section| section.write(f))
    }
}

impl Section {
    fn median(&self, of: impl Fn(&Measured) -> f64) -> f64 {
        median(self.runs.iter().map(of).collect())
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {:.0} messages, {:.2} notices a message, median of {}\n",
            self.scenario.name(),
            self.median(|run| run.messages as f64),
            self.median(Measured::notices_a_message),
            self.runs.len()
        )?;
        writeln!(f, "{:42}{:>10}{:>12}{:>8}", "", "hub", "bare pipe", "ratio")?;
        let (hub, bare) = (self.median(|run| run.hub.messages_a_second), self.median(|run| run.bare.messages_a_second));
        let ratio = self.median(Measured::ratio);
        writeln!(f, "{:42}{hub:>10.0}{bare:>12.0}{ratio:>8.2}", "messages a second")?;
        let alone = self.median(|run| run.bare_alone);
        let beside_alone = self.median(|run| run.hub.messages_a_second / run.bare_alone);
        writeln!(f, "{:42}{:>10}{alone:>12.0}{beside_alone:>8.2}", "  its queue filled before it began", "")?;
        for (name, latency) in LATENCIES {
            if let Some((hub, bare)) = self.latency(latency) {
                writeln!(f, "{name:42}{hub:>10.1}{bare:>12.1}")?;
            }
        }
        writeln!(f, "{:42}{:>10.0}", "peak memory, MB", self.median(|run| run.hub.peak_mb))?;
        writeln!(f, "\nprocessors busy at full speed")?;
        for (name, share) in SHARES {
            let (hub, bare) = (self.median(|run| share(&run.hub.cpu)), self.median(|run| share(&run.bare.cpu)));
            writeln!(f, "{name:42}{hub:>10.2}{bare:>12.2}")?;
        }
        writeln!(f, "{:42}{:>9.0}%\n", "the hub's share of it, others apart", self.median(Measured::hub_share))
    }

    /// Medians of the hub's and the pipe's; none where there are none.
    fn latency(&self, of: LatencyOf) -> Option<(f64, f64)> {
        let runs: Vec<&(Latency, Latency)> = self.runs.iter().filter_map(|run| run.latency.as_ref()).collect();
        let medians = || {
            let hub = median(runs.iter().map(|(hub, _)| of(hub)).collect());
            (hub, median(runs.iter().map(|(_, bare)| of(bare)).collect()))
        };
        (!runs.is_empty()).then(medians)
    }

    fn json(&self) -> Value {
        let split = |of: fn(&Measured) -> Split| {
            let shares = SHARES.iter().map(|(name, share)| {
                let key = name.trim().split(' ').next().unwrap_or_default().to_owned();
                (key, rounded(self.median(|run| share(&of(run)))))
            });
            shares.collect::<serde_json::Map<String, Value>>()
        };
        let (p50, p99) = (self.latency(LATENCIES[0].1), self.latency(LATENCIES[1].1));
        json!({
            "name": self.scenario.name(),
            "hub": rounded(self.median(|run| run.hub.messages_a_second)),
            "bare": rounded(self.median(|run| run.bare.messages_a_second)),
            "ratio": rounded(self.median(Measured::ratio)),
            "bare_alone": rounded(self.median(|run| run.bare_alone)),
            "messages": self.median(|run| run.messages as f64) as u64,
            "notices_per_message": rounded(self.median(Measured::notices_a_message)),
            "hub_p50_ms": p50.map(|(hub, _)| rounded(hub)),
            "hub_p99_ms": p99.map(|(hub, _)| rounded(hub)),
            "bare_p50_ms": p50.map(|(_, bare)| rounded(bare)),
            "bare_p99_ms": p99.map(|(_, bare)| rounded(bare)),
            "cpu_hub_share_percent": rounded(self.median(Measured::hub_share)),
            "hub_peak_mb": rounded(self.median(|run| run.hub.peak_mb)),
            "cpu_hub_run": split(|run| run.hub.cpu),
            "cpu_bare_run": split(|run| run.bare.cpu),
            "runs": self.runs.len(),
        })
    }
}

type LatencyOf = fn(&Latency) -> f64;
const LATENCIES: [(&str, LatencyOf); 2] = [
    ("p50 publish to notice at half load, ms", |latency| latency.p50_ms),
    ("p99 publish to notice at half load, ms", |latency| latency.p99_ms),
];

type ShareOf = fn(&Split) -> f64;
const SHARES: [(&str, ShareOf); 5] = [
    ("  hub", |cpu| cpu.hub),
    ("  broker", |cpu| cpu.broker),
    ("  database", |cpu| cpu.database),
    ("  load (with the bare pipe itself)", |cpu| cpu.load),
    ("  others on this machine", |cpu| cpu.others),
];

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Three digits behind the point say more than the measurement does.
fn rounded(value: f64) -> Value {
    json!((value * 1e3).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(hub: f64, bare: f64) -> Measured {
        let rate = |messages_a_second| Rate { messages_a_second, notices: 55, ..Rate::default() };
        Measured { messages: 100, hub: rate(hub), bare: rate(bare), bare_alone: bare, latency: None }
    }

    #[test]
    fn every_number_is_the_median_of_its_runs() {
        let runs = vec![run(1_000.0, 4_000.0), run(3_000.0, 5_000.0), run(2_000.0, 5_000.0)];
        let report = Report::of(vec![(Scenario::FeedMix, runs)]);
        let json = report.json();
        assert_eq!(json["ratio"], 0.4);
        assert_eq!((&json["scenarios"][0]["hub"], &json["scenarios"][0]["bare"]), (&json!(2_000.0), &json!(5_000.0)));
        assert_eq!(json["scenarios"][0]["notices_per_message"], 0.55);
        assert!(report.to_string().contains("feed-mix: 100 messages, 0.55 notices a message, median of 3"));
    }

    #[test]
    fn an_even_number_of_runs_has_its_median_between_two() {
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
