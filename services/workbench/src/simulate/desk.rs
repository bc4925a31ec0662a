//! The desk where messages leave: gives each its id, its time and the moment of publishing, puts it on its feed's
//! spool, and writes the truth beside it. Late, repeated and deliberately bad lines are made here.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::BufWriter;

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use liangdi_domain::division::Code;
use liangdi_domain::feed::{Feed, MessageType};
use serde::Serialize;
use serde_json::Value;

use super::dice::Dice;
use super::noise::Noise;
use super::refused::Spoiled;
use super::spool::Spool;
use super::{Options, Summary, mix, places, refused};

/// Days by which a late message is published after it was recorded, at most.
const LATE_DAYS_MAX: u32 = 12;
/// Hours in which offices record.
const OFFICE_HOURS: (u32, u32) = (8, 18);
/// On the last day only what offices recorded before morning is there: nothing lies ahead of the hub's clock.
const LAST_DAY_HOURS: (u32, u32) = (0, 6);

/// A message before it has an id.
pub(super) struct Message {
    pub(super) kind: MessageType,
    pub(super) office: Code,
    /// The day it is recorded.
    pub(super) day: NaiveDate,
    pub(super) data: Value,
    /// The persons in it, by slot.
    pub(super) persons: Vec<u32>,
    pub(super) noise: BTreeSet<Noise>,
}

/// An envelope in the order in which partners write it.
#[derive(Serialize, Clone)]
pub(super) struct Envelope {
    specversion: &'static str,
    pub(super) id: String,
    pub(super) source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    datacontenttype: &'static str,
    pub(super) data: Value,
}

/// Where everything is written.
pub(super) struct Desk {
    spools: BTreeMap<Feed, Spool>,
    truth: csv::Writer<BufWriter<File>>,
    users: BTreeSet<String>,
    as_of: NaiveDate,
    bad_share: f64,
    seed: u64,
    dice: Dice,
    /// The last id given, by feed.
    serials: BTreeMap<Feed, u64>,
    /// Persons who appeared.
    seen: HashSet<u32>,
    summary: Summary,
}

impl Desk {
    /// Opens the files of the sample.
    pub(super) fn open(options: &Options) -> Result<Desk> {
        let mut spools = BTreeMap::new();
        for feed in Feed::ALL {
            spools.insert(feed, Spool::create(&options.out, feed)?);
        }
        let path = options.out.join("truth.csv");
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut truth = csv::Writer::from_writer(BufWriter::new(file));
        truth.write_record(["source", "id", "slot", "person"])?;
        Ok(Desk {
            spools,
            truth,
            users: BTreeSet::new(),
            as_of: options.as_of,
            bad_share: options.bad_share,
            seed: options.seed,
            dice: Dice::of(options.seed, u64::MAX),
            serials: BTreeMap::new(),
            seen: HashSet::new(),
            summary: Summary { persons: options.persons, ..Summary::default() },
        })
    }

    /// Sends a message and returns its source and id; none for what is recorded after the last day.
    pub(super) fn send(&mut self, message: Message) -> Result<Option<(String, String)>> {
        if message.day > self.as_of {
            return Ok(None);
        }
        let feed = message.kind.feed();
        let recorded = self.recorded(message.day);
        let envelope = self.envelope(&message, recorded);
        let mut published = recorded;
        if self.dice.chance(mix::LATE) {
            published = self.later(recorded, LATE_DAYS_MAX);
        }
        let again = if self.dice.chance(mix::REPEATED) { Some(self.later(published, LATE_DAYS_MAX)) } else { None };
        let spool = self.spool(feed);
        let place = spool.push(&serde_json::to_vec(&envelope)?, published)?;
        if let Some(again) = again {
            spool.repeat(place, again);
            self.summary.repeated += 1;
        }
        for (slot, person) in message.persons.iter().enumerate() {
            self.truth.serialize((&envelope.source, &envelope.id, slot, person))?;
        }
        self.count(&message);
        if self.dice.chance(self.bad_share) {
            self.spoil(&message, recorded, published)?;
        }
        self.users.insert(user_of(feed, message.office));
        Ok(Some((envelope.source, envelope.id)))
    }

    /// A bad copy of a good message, under an id of its own.
    fn spoil(&mut self, message: &Message, recorded: NaiveDateTime, published: NaiveDateTime) -> Result<()> {
        let envelope = self.envelope(message, recorded);
        let Spoiled { line, reason, user } = refused::spoil(&mut self.dice, message.kind, message.office, envelope)?;
        self.users.insert(user.clone());
        self.spool(message.kind.feed()).push_refused(&line, published, reason, user)?;
        *self.summary.refused.entry(reason.code()).or_default() += 1;
        Ok(())
    }

    fn spool(&mut self, feed: Feed) -> &mut Spool {
        self.spools.get_mut(&feed).expect("every feed has a spool")
    }

    fn envelope(&mut self, message: &Message, recorded: NaiveDateTime) -> Envelope {
        let feed = message.kind.feed();
        let serial = self.serials.entry(feed).or_default();
        *serial += 1;
        Envelope {
            specversion: "1.0",
            // The seed belongs to it: samples of several seeds may go to one hub, and none repeats another's ids.
            id: format!("{feed}-{}-{}-{serial:07}", recorded.format("%Y"), self.seed),
            source: format!("urn:liangdi:{feed}:{}", message.office),
            kind: message.kind.name(),
            time: recorded.format("%Y-%m-%dT%H:%M:%S+08:00").to_string(),
            datacontenttype: "application/json",
            data: message.data.clone(),
        }
    }

    fn recorded(&mut self, day: NaiveDate) -> NaiveDateTime {
        let (from, to) = if day < self.as_of { OFFICE_HOURS } else { LAST_DAY_HOURS };
        let seconds = self.dice.between(from * 3600, to * 3600 - 1);
        day.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds.into())
    }

    /// A later moment, still within the sample.
    fn later(&mut self, moment: NaiveDateTime, days_max: u32) -> NaiveDateTime {
        let days = Days::new(self.dice.between(1, days_max).into());
        let end = self.as_of.and_time(NaiveTime::MIN) + TimeDelta::hours(LAST_DAY_HOURS.1.into());
        (moment + days).min(end)
    }

    fn count(&mut self, message: &Message) {
        self.summary.messages += 1;
        self.seen.extend(&message.persons);
        self.summary.appearances += message.persons.len() as u64;
        *self.summary.types.entry(message.kind.name()).or_default() += 1;
        for class in &message.noise {
            *self.summary.noise.entry(*class).or_default() += 1;
        }
    }

    /// Puts every feed's lines in publishing order; returns the counts and the users who publish.
    pub(super) fn close(mut self, options: &Options) -> Result<(Summary, BTreeSet<String>)> {
        self.truth.flush()?;
        self.summary.persons_seen = u32::try_from(self.seen.len())?;
        let mut refused = csv::Writer::from_path(options.out.join("refused.csv"))?;
        refused.write_record(["file", "line", "reason", "user"])?;
        for (feed, spool) in self.spools {
            let file = format!("{feed}.jsonl");
            let lines = spool.finish(&options.out.join(&file), |line, reason, user| {
                Ok(refused.serialize((&file, line, reason.code(), user))?)
            })?;
            self.summary.lines.insert(file, lines);
        }
        refused.flush()?;
        Ok((self.summary, self.users))
    }
}

/// The user that publishes for an office: the prefecture's for departments, the county's for townships.
pub(super) fn user_of(feed: Feed, office: Code) -> String {
    match feed {
        Feed::Township => format!("{feed}.{}", places::county(office)),
        _ => format!("{feed}.{}", places::prefecture(office)),
    }
}
