//! `liangdi procedures check|explain`: the rules, before they count and in words.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use liangdi_domain::procedure::Procedures as Rules;

use crate::cli::Procedures;
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out; needs no server.
pub fn run(context: &Context, command: &Procedures) -> Result<Found> {
    match command {
        Procedures::Check { file } => check(context, file.as_deref()),
        Procedures::Explain { name } => explain(&context.procedures()?, name.as_deref()),
    }
}

/// A file with a mistake is a fault, not a failure: the command did what it was asked.
fn check(context: &Context, file: Option<&Path>) -> Result<Found> {
    let rules = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Rules::read(&text)
        }
        None => Ok(context.procedures()?),
    };
    let rules = match rules {
        Ok(rules) => rules,
        Err(mistake) => {
            say::line(mistake.to_string());
            return Ok(Found::Faults);
        }
    };
    for (name, procedure) in rules.iter() {
        let owed = procedure.owed.as_ref().map_or("informs", |owed| owed.step.name());
        let basis = procedure.basis.as_deref().unwrap_or("no basis in force: switched off");
        say::line(format!("{name}: {owed}; {basis}; from {} on", procedure.valid_from));
    }
    Ok(Found::Nothing)
}

fn explain(rules: &Rules, name: Option<&str>) -> Result<Found> {
    let names: Vec<&str> = match name {
        Some(name) if rules.get(name).is_some() => vec![name],
        Some(name) => {
            let known: Vec<&str> = rules.iter().map(|(name, _)| name).collect();
            bail!("there is no procedure {name}; there are {}", known.join(", "));
        }
        None => rules.iter().map(|(name, _)| name).collect(),
    };
    let words: Vec<String> = names.into_iter().filter_map(|name| rules.explain(name)).collect();
    say::line(words.join("\n\n"));
    Ok(Found::Nothing)
}
