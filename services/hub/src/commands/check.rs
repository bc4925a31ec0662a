//! `liangdi check FILE…`: a partner's messages against the contract, without any server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use liangdi_adapters::check::{check, words};
use liangdi_adapters::contract::Refusal;
use liangdi_domain::evidence::Warning;
use serde_json::json;

use super::publish::read_lines;
use crate::{Found, say};

/// Checks every line; faults if anything would be refused.
pub fn run(files: &[PathBuf], as_json: bool) -> Result<Found> {
    let mut tally = Tally::default();
    for file in files {
        for (number, line) in (1..).zip(read_lines(file)?) {
            tally.lines += 1;
            let place = format!("{}:{number}", file.display());
            match check(&line) {
                Ok(checked) => {
                    for warning in checked.warnings {
                        *tally.warnings.entry(words(warning.kind)).or_default() += 1;
                        show_warning(&place, &warning, as_json);
                    }
                }
                Err(refusal) => {
                    *tally.refused.entry(refusal.reason.code()).or_default() += 1;
                    show_refusal(&place, &refusal, as_json);
                }
            }
        }
    }
    let refused: usize = tally.refused.values().sum();
    if as_json {
        say::line(json!({"lines": tally.lines, "refused": tally.refused, "warnings": tally.warnings}).to_string());
    } else {
        say::line(format!(
            "{} messages: {} would be taken, {refused} refused, {} warnings",
            tally.lines,
            tally.lines - refused,
            tally.warnings.values().sum::<usize>()
        ));
    }
    Ok(Found::faults_if(refused > 0))
}

#[derive(Default)]
struct Tally {
    lines: usize,
    refused: BTreeMap<&'static str, usize>,
    warnings: BTreeMap<&'static str, usize>,
}

fn show_refusal(place: &str, refusal: &Refusal, as_json: bool) {
    if as_json {
        let (reason, path, schema) = (refusal.reason.code(), &refusal.path, &refusal.schema_path);
        say::line(json!({"at": place, "refused": reason, "path": path, "schema_path": schema}).to_string());
        return;
    }
    let at = refusal.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("the whole message");
    say::line(format!("{place}: refused ({}) at {at}: {}", refusal.reason.code(), refusal.reason.explain()));
}

fn show_warning(place: &str, warning: &Warning, as_json: bool) {
    if as_json {
        say::line(json!({"at": place, "warning": warning.kind, "path": warning.path}).to_string());
    } else {
        say::line(format!("{place}: warning at {}: {}", warning.path, words(warning.kind)));
    }
}
