//! The alert rules and the dashboard in `deploy/`: Prometheus' own tool holds the rules to their tests, and nothing asks for
//! a metric that the hub does not show.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap()
}

/// Runs promtool beside the rules; says loudly that it could not where there is none.
#[allow(clippy::print_stderr)]
fn promtool(arguments: &[&str]) {
    let ran = Command::new("promtool").args(arguments).current_dir(deploy("otel")).output();
    let Ok(ran) = ran else {
        eprintln!(
            "SKIPPED: no promtool, so nobody checked `promtool {}`; Debian's package prometheus has it",
            arguments.join(" ")
        );
        assert!(
            std::env::var_os("LIANGDI_TEST_PROMTOOL").is_none(),
            "deploy/test installed promtool, and it cannot be run"
        );
        return;
    };
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

#[test]
fn every_alert_sees_what_it_must_and_nothing_else() {
    promtool(&["check", "config", "prometheus.yaml"]);
    promtool(&["test", "rules", "alerts.test.yaml"]);
    let names = |text: &str, before: &str| -> BTreeSet<String> {
        let rest = text.lines().filter_map(|line| line.trim().strip_prefix(before).map(str::to_owned));
        rest.map(|name| name.split(',').next().unwrap().to_owned()).collect()
    };
    let tests = read("otel/alerts.test.yaml");
    let alerts = names(&read("otel/alerts.yaml"), "- alert: ");
    assert!(alerts.len() > 10);
    assert_eq!(alerts, names(&tests, "- name: "), "every alert has a test and every test an alert");
    for alert in alerts {
        for kind in ["seen", "quiet"] {
            assert!(tests.contains(&format!("- name: {alert}, {kind}")), "{alert} has no test \"{kind}\"");
        }
    }
}

/// Words of an expression that name one of our metrics, without what a histogram adds.
fn metrics_of(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| {
        word.starts_with("liangdi_") || word.starts_with("messaging_client_") || word.starts_with("messaging_process_")
    });
    ours.map(|word| {
        let parts = ["_bucket", "_sum", "_count"];
        parts.iter().find_map(|part| word.strip_suffix(part)).unwrap_or(word).to_owned()
    })
    .collect()
}

#[test]
fn alerts_and_dashboard_ask_for_nothing_that_the_hub_does_not_show() {
    let table = read("otel/README.md");
    let shown: BTreeSet<&str> =
        table.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0)).collect();
    let alerts = read("otel/alerts.yaml");
    let dashboard: Value = serde_json::from_str(&read("grafana/liangdi.json")).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array());
    let asked: Vec<&str> = targets.flatten().map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(asked.len() > 20);
    for expression in asked.into_iter().chain(alerts.lines().filter(|line| line.contains('('))) {
        for metric in metrics_of(expression) {
            assert!(shown.contains(metric.as_str()), "{metric} is asked for and nobody shows it: {expression}");
        }
    }
}
