//! `liangdi train FILE… | --from-registry [--write PATH]`: weights from data, shown beside the old ones.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::matching::{Field, Level, Share, Weight};
use liangdi_domain::identity::train::{Draw, DrawLimits, Drawn, LinkChanges, train};
use liangdi_domain::identity::{Matching, Resolver};
use liangdi_registry::offline;

use super::publish::{progress, read_lines};
use crate::cli::Train;
use crate::context::Context;
use crate::{Found, say};

/// Draws pairs, estimates, shows; writes where it is asked to. Faults if lines were refused.
pub async fn run(context: &Context, arguments: &Train) -> Result<Found> {
    let old = context.matching()?;
    let resolver = Resolver { matching: &old, divisions: Divisions::shipped() };
    let mut draw = Draw::new(resolver, DrawLimits::default(), arguments.seed);
    let (offered, refused) = if arguments.from_registry {
        (from_registry(context, &mut draw).await?, 0)
    } else {
        from_files(context, arguments, &mut draw)?
    };
    let drawn = draw.finish();
    let training = train(&old, &drawn.sample);
    show(&old, &training.matching);
    say::line("");
    let what = if arguments.from_registry { "profiles" } else { "appearances" };
    say::line(learned_from(what, offered, &drawn));
    say::line(links(&drawn.met.changes(&old, &training.matching)));
    if refused > 0 {
        say::line(format!("{refused} lines were refused; `liangdi check` says why"));
    }
    if let Some(path) = &arguments.write {
        write(path, &training.matching.rewrite(&context.matching_text()?)?)?;
        say::line(format!("written to {}", path.display()));
        say::note(format!(
            "`liangdi rehearse --from-registry --matching {}` shows what it would come to",
            path.display()
        ));
    }
    Ok(Found::faults_if(refused > 0))
}

async fn from_registry(context: &Context, draw: &mut Draw<'_>) -> Result<u64> {
    let store = context.store().await?;
    let bar = progress(store.status().await?.profiles.unsigned_abs(), "reading");
    let offered = context.registry(store)?.offer_everybody(draw, &|read| bar.inc(read as u64)).await?;
    bar.finish();
    Ok(offered)
}

/// Profiles offered and lines refused.
fn from_files(context: &Context, arguments: &Train, draw: &mut Draw<'_>) -> Result<(u64, usize)> {
    let mut registry = offline::registry(context.day(None), context.matching()?);
    registry.divisions = context.tables;
    let (mut offered, mut refused) = (0, 0);
    for file in &arguments.files {
        let lines = read_lines(file)?;
        refused += offline::each_profile(&registry, Feed::Township, &lines, |profile| {
            offered += 1;
            draw.add(profile);
        });
    }
    Ok((offered, refused))
}

/// Every level's shares and bits, the old beside the new.
fn show(old: &Matching, new: &Matching) {
    let mut rows = Vec::new();
    for (field, level) in Field::ALL.into_iter().flat_map(|field| Level::of(field).iter().map(move |of| (field, *of))) {
        let (Some(before), Some(now)) = (old.rates(level), new.rates(level)) else { continue };
        let bits = |matching: &Matching| matching.bits(level).map(bits).unwrap_or_default();
        rows.push(vec![
            field.to_string(),
            level.name().to_owned(),
            changed(share(before.m), share(now.m)),
            changed(of_strangers(before.u), of_strangers(now.u)),
            changed(bits(old), bits(new)),
        ]);
    }
    say::table(&["field", "level", "m", "u", "bits against strangers"], &rows);
}

fn changed(before: String, now: String) -> String {
    if before == now { before } else { format!("{before} -> {now}") }
}

fn of_strangers(share_of: Share) -> String {
    match share_of {
        Share::Fixed(fixed) => share(fixed),
        Share::Table(_) => "by name".to_owned(),
    }
}

/// Three significant digits.
fn share(share: f64) -> String {
    if share < 1e-3 { format!("{share:.2e}") } else { format!("{share:.4}") }
}

fn bits(weight: Weight) -> String {
    weight.to_string()
}

fn learned_from(what: &str, offered: u64, drawn: &Drawn) -> String {
    let keys = match drawn.one_key_in {
        1 => "under every key".to_owned(),
        many => format!("under one key in {many}"),
    };
    format!(
        "learned from {offered} {what}: {} pairs drawn at random, {} pairs that met {keys}",
        drawn.random_pairs,
        drawn.met.count()
    )
}

fn links(changes: &LinkChanges) -> String {
    let LinkChanges { pairs, links_before, links_after, links_made, links_lost, into_review, out_of_review } = changes;
    format!(
        "of {pairs} pairs that met, {links_before} are linked by the old weights and {links_after} by the new: \
         {links_made} links made, {links_lost} lost, {into_review} pairs into review, {out_of_review} out of it"
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).open(path);
    let named = || format!("{} cannot be written; an existing file is never replaced", path.display());
    let mut file = file.with_context(named)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(named)
}
