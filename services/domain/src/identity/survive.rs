//! Survivorship: which of a person's values is shown. A correction that a person made holds until it is lifted; a
//! profile whose identity the police changed stands back; then the most trusted department, then the latest word.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Deserialize;

use crate::feed::Feed;
use crate::ids::ProfileId;
use crate::person::{Document, Name, Phone, Profile, Sex};

/// A value of a person that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shown {
    /// Identity document.
    Document,
    /// Name.
    Name,
    /// Birth date.
    Birth,
    /// Sex.
    Sex,
    /// Phone.
    Phone,
    /// A minor's guardian.
    Guardian,
}

impl Shown {
    /// Every value.
    pub const ALL: [Shown; 6] = [Shown::Document, Shown::Name, Shown::Birth, Shown::Sex, Shown::Phone, Shown::Guardian];

    /// The name in `matching.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Shown::Document => "document",
            Shown::Name => "name",
            Shown::Birth => "birth",
            Shown::Sex => "sex",
            Shown::Phone => "phone",
            Shown::Guardian => "guardian",
        }
    }

    /// A value as a person writes it, as a profile with nothing else in it; none where it is no such value.
    pub fn read(self, text: &str) -> Option<Profile> {
        let text = text.trim();
        let mut profile = Profile::default();
        match self {
            Shown::Document => {
                profile.document = Document::read(None, Some(text)).0;
                matches!(profile.document, Document::Resident { .. }).then_some(())?;
            }
            Shown::Name => profile.name = Some(Name::read(text)?),
            Shown::Birth => profile.birth = Some(text.parse().ok()?),
            Shown::Sex => {
                profile.sex = match text {
                    "male" => Sex::Male,
                    "female" => Sex::Female,
                    _ => return None,
                }
            }
            Shown::Phone => profile.phone = Some(Phone::read(text).ok().flatten()?),
            Shown::Guardian => profile.guardian = Some(Name::read(text)?),
        }
        Some(profile)
    }
}

/// Whose word counts, per field: 0 most.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    otherwise: BTreeMap<Feed, u8>,
    document: Option<BTreeMap<Feed, u8>>,
    name: Option<BTreeMap<Feed, u8>>,
    birth: Option<BTreeMap<Feed, u8>>,
    sex: Option<BTreeMap<Feed, u8>>,
    phone: Option<BTreeMap<Feed, u8>>,
    guardian: Option<BTreeMap<Feed, u8>>,
}

/// A trust table with a hole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[trust.{table}] {feed} is missing")]
pub struct TrustFault {
    /// Which table.
    pub table: &'static str,
    /// Which feed.
    pub feed: Feed,
}

impl Trust {
    /// How much a feed's word counts in a field: smaller is more.
    pub fn of(&self, shown: Shown, feed: Feed) -> u8 {
        let table = self.table(shown).unwrap_or(&self.otherwise);
        table.get(&feed).copied().unwrap_or(u8::MAX)
    }

    /// Every table that the file holds; none stands for `otherwise`.
    pub(crate) fn tables(&self) -> Vec<(Option<Shown>, &BTreeMap<Feed, u8>)> {
        let own = Shown::ALL.into_iter().filter_map(|shown| Some((Some(shown), self.table(shown)?)));
        std::iter::once((None, &self.otherwise)).chain(own).collect()
    }

    /// Every table names every feed.
    pub(crate) fn check(&self) -> Result<(), TrustFault> {
        for (shown, table) in self.tables() {
            if let Some(feed) = Feed::ALL.into_iter().find(|feed| !table.contains_key(feed)) {
                return Err(TrustFault { table: shown.map_or("otherwise", Shown::name), feed });
            }
        }
        Ok(())
    }

    fn table(&self, shown: Shown) -> Option<&BTreeMap<Feed, u8>> {
        match shown {
            Shown::Document => self.document.as_ref(),
            Shown::Name => self.name.as_ref(),
            Shown::Birth => self.birth.as_ref(),
            Shown::Sex => self.sex.as_ref(),
            Shown::Phone => self.phone.as_ref(),
            Shown::Guardian => self.guardian.as_ref(),
        }
    }
}

/// A profile and who speaks through it.
#[derive(Debug, Clone)]
pub struct Voice<'a> {
    /// Which profile.
    pub id: ProfileId,
    /// What it says.
    pub profile: &'a Profile,
    /// Whether the police replaced this identity by another.
    pub superseded: bool,
    /// The departments that say so, each with its latest word.
    pub sources: Vec<(Feed, DateTime<FixedOffset>)>,
}

/// What holds whatever departments write, until it is lifted: values that a person corrected, and protection.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Frozen {
    /// Address and township leave the residence township for nobody.
    pub protected: bool,
    /// Identity document.
    pub document: Option<Document>,
    /// Name.
    pub name: Option<Name>,
    /// Birth date.
    pub birth: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Phone.
    pub phone: Option<Phone>,
    /// A minor's guardian.
    pub guardian: Option<Name>,
}

impl Frozen {
    /// Holds one value of a profile.
    pub fn hold(&mut self, field: Shown, value: Profile) {
        match field {
            Shown::Document => self.document = Some(value.document),
            Shown::Name => self.name = value.name,
            Shown::Birth => self.birth = value.birth,
            Shown::Sex => self.sex = Some(value.sex),
            Shown::Phone => self.phone = value.phone,
            Shown::Guardian => self.guardian = value.guardian,
        }
    }

    /// Which values are held.
    pub fn held(&self) -> Vec<Shown> {
        let is_held = |field: &Shown| match field {
            Shown::Document => self.document.is_some(),
            Shown::Name => self.name.is_some(),
            Shown::Birth => self.birth.is_some(),
            Shown::Sex => self.sex.is_some(),
            Shown::Phone => self.phone.is_some(),
            Shown::Guardian => self.guardian.is_some(),
        };
        Shown::ALL.into_iter().filter(is_held).collect()
    }
}

/// Identity never reaches a log.
impl std::fmt::Debug for Frozen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Frozen(sealed)")
    }
}

/// The values that are shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Survivor<'a> {
    /// Identity document: the best proof there is.
    pub document: &'a Document,
    /// Name.
    pub name: Option<&'a Name>,
    /// Birth date.
    pub birth: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// Phone.
    pub phone: Option<&'a Phone>,
    /// A minor's guardian.
    pub guardian: Option<&'a Name>,
}

/// Identity never reaches a log.
impl std::fmt::Debug for Survivor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Survivor(sealed)")
    }
}

/// The value of every field, from all voices of one person.
pub fn survive<'a>(voices: &[Voice<'a>], trust: &Trust, frozen: &'a Frozen) -> Survivor<'a> {
    let best = |shown| Ranking { voices, trust, shown };
    Survivor {
        document: frozen.document.as_ref().or_else(|| best(Shown::Document).document()).unwrap_or(&Document::None),
        name: frozen.name.as_ref().or_else(|| best(Shown::Name).find(|profile| profile.name.as_ref())),
        birth: frozen.birth.or_else(|| best(Shown::Birth).find(|profile| profile.birth)),
        sex: frozen.sex.or_else(|| best(Shown::Sex).find(stated_sex)).unwrap_or_default(),
        phone: frozen.phone.as_ref().or_else(|| best(Shown::Phone).find(|profile| profile.phone.as_ref())),
        guardian: frozen.guardian.as_ref().or_else(|| best(Shown::Guardian).find(|profile| profile.guardian.as_ref())),
    }
}

fn stated_sex(profile: &Profile) -> Option<Sex> {
    Some(profile.sex).filter(|sex| *sex != Sex::Unknown)
}

/// The voices as they rank in one field.
struct Ranking<'v, 'a> {
    voices: &'v [Voice<'a>],
    trust: &'v Trust,
    shown: Shown,
}

/// How much one voice counts in one field: smaller is more.
type Rank = (u8, Reverse<Option<DateTime<FixedOffset>>>, ProfileId);

impl<'a> Ranking<'_, 'a> {
    /// The best voice that says anything.
    fn find<T>(&self, value: impl Fn(&'a Profile) -> Option<T>) -> Option<T> {
        let said = self.voices.iter().filter_map(|voice| Some((voice, value(voice.profile)?)));
        said.min_by_key(|(voice, _)| (voice.superseded, self.rank(voice))).map(|(_, value)| value)
    }

    /// The best proof; among equals the best voice.
    fn document(&self) -> Option<&'a Document> {
        let by_proof = |voice: &&Voice| (voice.superseded, proof(&voice.profile.document), self.rank(voice));
        self.voices.iter().min_by_key(by_proof).map(|voice| &voice.profile.document)
    }

    fn rank(&self, voice: &Voice) -> Rank {
        let trust = voice.sources.iter().map(|(feed, _)| self.trust.of(self.shown, *feed)).min().unwrap_or(u8::MAX);
        (trust, Reverse(voice.sources.iter().map(|(_, last)| *last).max()), voice.id)
    }
}

fn proof(document: &Document) -> u8 {
    match document {
        Document::Resident { .. } => 0,
        Document::Expanded { .. } => 1,
        Document::Other { .. } => 2,
        Document::Doubtful { .. } => 3,
        Document::None => 4,
    }
}

#[cfg(test)]
mod tests;
