//! What a hub shows of itself at `/metrics`.

use std::collections::BTreeSet;

use super::eventually;
use super::hub::Hub;

/// One look at the metrics.
pub(crate) struct Metrics(pub(crate) String);

impl Metrics {
    /// Looks until something holds of them.
    pub(crate) async fn until(hub: &Hub, what: &str, holds: impl Fn(&Metrics) -> bool) -> Metrics {
        eventually(what, async || {
            let answer = hub.ask_metrics().await?;
            let (head, body) = answer.split_once("\r\n\r\n")?;
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            Some(Metrics(body.to_owned())).filter(&holds)
        })
        .await
    }

    /// The names of all metrics.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let types = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    }

    /// The sum over all series of a name that have these labels; none if there is no such series.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        let series = self.0.lines().filter(|line| {
            let rest = line.strip_prefix(name).filter(|rest| rest.starts_with(['{', ' ']));
            rest.is_some_and(|rest| labels.iter().all(|label| rest.contains(label)))
        });
        series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).reduce(|sum, value| sum + value)
    }
}
