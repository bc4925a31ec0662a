//! `liangdi publish FILE… --as USER`: what a partner's own system does, line by line, with confirms.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use liangdi_broker::connect::Endpoint;
use liangdi_broker::feed::{FeedMessage, FeedPublisher};
use liangdi_broker::publisher::{Outcome, PublisherLimits};
use liangdi_domain::feed::Feed;
use serde::Deserialize;

use crate::cli::Publish;
use crate::context::Context;
use crate::{Found, say};

/// Messages published between two looks at their confirms.
const CHUNK_MESSAGES: usize = 1000;

/// What became of the lines.
#[derive(Debug, Default)]
pub struct Sent {
    /// Confirmed by the broker.
    pub confirmed: usize,
    /// Not taken by the broker.
    pub refused: usize,
}

/// Publishes the files in order.
pub async fn run(context: &Context, arguments: Publish) -> Result<Found> {
    let Some((feed, _)) = arguments.user.rsplit_once('.') else {
        bail!("--as {}: a user is <feed>.<division>, for example police.320500", arguments.user);
    };
    let feed: Feed = feed.parse().with_context(|| format!("--as {}", arguments.user))?;
    let endpoint = context.endpoint()?.as_user(&arguments.user, &arguments.password.clone().into())?;
    let mut total = Sent::default();
    for file in &arguments.files {
        let lines = read_lines(file)?;
        let bar = progress(lines.len() as u64, &file.display().to_string());
        let sent = lines_as(&endpoint, feed, arguments.baseline, lines, &context.publishing(), &bar).await;
        bar.finish();
        let sent = sent.with_context(|| file.display().to_string())?;
        total.confirmed += sent.confirmed;
        total.refused += sent.refused;
    }
    say::line(format!("{} confirmed, {} not taken by the broker", total.confirmed, total.refused));
    Ok(Found::faults_if(total.refused > 0))
}

/// Publishes lines as one user.
pub async fn lines_as(
    endpoint: &Endpoint,
    feed: Feed,
    baseline: bool,
    lines: Vec<Vec<u8>>,
    limits: &PublisherLimits,
    bar: &ProgressBar,
) -> Result<Sent> {
    let mut publisher = FeedPublisher::open(endpoint, feed, baseline, limits).await?;
    let mut sent = Sent::default();
    let mut lines = lines.into_iter();
    loop {
        let chunk: Vec<FeedMessage> = lines.by_ref().take(CHUNK_MESSAGES).map(|line| message(feed, line)).collect();
        if chunk.is_empty() {
            break;
        }
        let outcomes = publisher.publish(chunk).await?;
        let confirmed = outcomes.iter().filter(|outcome| **outcome == Outcome::Confirmed).count();
        sent.confirmed += confirmed;
        sent.refused += outcomes.len() - confirmed;
        bar.inc(outcomes.len() as u64);
    }
    publisher.close().await;
    Ok(sent)
}

/// The routing key and message id a line asks for; a line that says neither is published all the same, and the hub
/// tells what is wrong with it.
fn message(feed: Feed, body: Vec<u8>) -> FeedMessage {
    #[derive(Deserialize, Default)]
    struct Envelope {
        #[serde(rename = "type", default)]
        kind: String,
        #[serde(default)]
        id: String,
    }
    let Envelope { kind, id } = serde_json::from_slice(&body).unwrap_or_default();
    // The broker lets a user publish under its own feed's keys only.
    let own = kind.starts_with(&format!("{feed}.")) && kind.len() < usize::from(u8::MAX);
    FeedMessage { kind: if own { kind } else { format!("{feed}.unknown") }, id, body }
}

/// The lines of a file that are not empty.
pub fn read_lines(path: &Path) -> Result<Vec<Vec<u8>>> {
    let named = || format!("cannot read {}", path.display());
    let reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::new(std::fs::File::open(path).with_context(named)?))
    };
    let lines: Vec<Vec<u8>> = reader.split(b'\n').collect::<Result<_, _>>().with_context(named)?;
    Ok(lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).collect())
}

/// A progress bar on standard error; silent where nobody watches.
pub fn progress(length: u64, name: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg:28} {bar:32} {human_pos}/{human_len} {per_sec}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(name.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
