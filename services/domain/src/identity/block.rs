//! The keys under which two profiles meet. Profiles that share no key are never compared, and every key is an index row
//! for each profile: so there are few, and each is there for a kind of noise that the others do not survive.
//!
//! | block | values | refined by | meets in spite of | profiles per key, of 85 million people |
//! |---|---|---|---|---|
//! | `Document` | number | sound of the name | anything outside the number, 15 digits | those of one person |
//! | `NumberTail` | birth date, sequence | sound of the surname | a slip in the region or the check digit, another name | 4 persons |
//! | `NumberEnds` | region, sequence | sound of the surname | a slip in the birth date or the check digit | 30 to 100 persons; refined in large counties |
//! | `NameBirth` | sound of the name, birth date (stated; of a doubtful number also the one inside) | the characters | homophones, tones, variants, any slip in the number elsewhere, moved households, lost phones | 1; of the commonest sounds 15 |
//! | `Phone` | phone | sound of the name | no number, slips in name or birth date | a household; an agent's phone is refined |
//! | `NameCounty` | sound of the name, household county | day and month, sorted | no number, no phone; day and month swapped, a year or any digit off | 1 to 30; refined for common names |
//! | `BirthCounty` | birth date, household county, sound of the surname | sex | a given name misread, shortened or changed | 1 to 5 persons |
//! | `NameLiving` | sound of the name, township lived in | birth year | no number, no household | 1 to 10 |

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::prepared::Prepared;
use crate::division::Code;
use crate::person::{Document, Sex};

/// One blocking key in the clear. Keys are equal when block and values are; the store keeps keyed tokens of them only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockingKey {
    /// What it joins on.
    pub block: Block,
    /// The coarse values, in a fixed order.
    pub values: Vec<String>,
    /// The coarse values and one more, for keys that too many profiles share; none where the profile lacks it: under
    /// a crowded key it then meets nobody.
    pub refined: Option<Vec<String>>,
}

/// Identity never reaches a log.
impl std::fmt::Debug for BlockingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlockingKey({:?})", self.block)
    }
}

/// What a blocking key joins on; the table above says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Block {
    /// The number of a document.
    Document,
    /// Birth date and sequence inside an identity number.
    NumberTail,
    /// Region and sequence inside an identity number.
    NumberEnds,
    /// Sound of the name and birth date.
    NameBirth,
    /// Phone.
    Phone,
    /// Sound of the name and household county.
    NameCounty,
    /// Birth date, household county and sound of the surname.
    BirthCounty,
    /// Sound of the name and living township.
    NameLiving,
}

impl Block {
    /// Every block.
    pub const ALL: [Block; 8] = [
        Block::Document,
        Block::NumberTail,
        Block::NumberEnds,
        Block::NameBirth,
        Block::Phone,
        Block::NameCounty,
        Block::BirthCounty,
        Block::NameLiving,
    ];

    /// The purpose under which the key is hashed; the refined form has a purpose of its own.
    pub const fn purpose(self) -> &'static str {
        match self {
            Block::Document => "block.document",
            Block::NumberTail => "block.number-tail",
            Block::NumberEnds => "block.number-ends",
            Block::NameBirth => "block.name-birth",
            Block::Phone => "block.phone",
            Block::NameCounty => "block.name-county",
            Block::BirthCounty => "block.birth-county",
            Block::NameLiving => "block.name-living",
        }
    }

    /// The purpose of the refined form.
    pub const fn refined_purpose(self) -> &'static str {
        match self {
            Block::Document => "block.document.refined",
            Block::NumberTail => "block.number-tail.refined",
            Block::NumberEnds => "block.number-ends.refined",
            Block::NameBirth => "block.name-birth.refined",
            Block::Phone => "block.phone.refined",
            Block::NameCounty => "block.name-county.refined",
            Block::BirthCounty => "block.birth-county.refined",
            Block::NameLiving => "block.name-living.refined",
        }
    }
}

/// Every key of a profile: eight at most, nine where a doubtful number carries another birth date than the stated one.
pub fn blocking_keys(profile: &Prepared<'_>) -> Vec<BlockingKey> {
    let mut keys = Keys(Vec::with_capacity(8));
    let name = profile.name.as_ref();
    let sound = name.map(|name| name.own_sound());
    let surname = name.map(|name| name.surname_sound());
    number_keys(&profile.profile.document, &sound, &surname, &mut keys);
    let birth = profile.stated_birth();
    if let Some(sound) = &sound {
        let written = name.map(|name| name.chars.iter().collect());
        let embedded = profile.embedded_birth().filter(|embedded| Some(*embedded) != birth);
        for date in [birth, embedded].into_iter().flatten() {
            keys.add(Block::NameBirth, &[sound, &date.to_string()], written.clone());
        }
    }
    if let Some(phone) = &profile.profile.phone {
        keys.add(Block::Phone, &[phone.as_str()], sound.clone());
    }
    if let (Some(sound), Some(county)) = (&sound, profile.household.as_ref().and_then(Code::county)) {
        keys.add(Block::NameCounty, &[sound, county.as_str()], birth.map(sorted_day));
    }
    if let (Some(birth), Some(county), Some(surname)) =
        (birth, profile.household.as_ref().and_then(Code::county), &surname)
    {
        let sex = Some(profile.profile.sex).filter(|sex| *sex != Sex::Unknown).map(|sex| format!("{sex:?}"));
        keys.add(Block::BirthCounty, &[&birth.to_string(), county.as_str(), surname], sex);
    }
    if let (Some(sound), Some(township)) = (&sound, profile.living.as_ref().and_then(Code::township)) {
        keys.add(Block::NameLiving, &[sound, township.as_str()], birth.map(|birth| birth.year().to_string()));
    }
    keys.0
}

/// Keys of the document. One slip spoils one part of an identity number, so that two of its parts together still meet;
/// region and birth date together are left to name and birth date.
fn number_keys(document: &Document, sound: &Option<String>, surname: &Option<String>, keys: &mut Keys) {
    let Some(number) = document.number() else { return };
    keys.add(Block::Document, &[number], sound.clone());
    let built = !matches!(document, Document::Other { .. }) && number.len() == 18 && number.is_ascii();
    if built {
        keys.add(Block::NumberTail, &[&number[6..17]], surname.clone());
        keys.add(Block::NumberEnds, &[&number[..6], &number[14..17]], surname.clone());
    }
}

/// Day and month by their sorted digits: the same when they change places, and in whatever year.
fn sorted_day(birth: NaiveDate) -> String {
    let mut digits: Vec<char> = format!("{:02}{:02}", birth.month(), birth.day()).chars().collect();
    digits.sort_unstable();
    digits.into_iter().collect()
}

struct Keys(Vec<BlockingKey>);

impl Keys {
    fn add(&mut self, block: Block, values: &[&str], second: Option<String>) {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let refined = second.map(|second| values.iter().cloned().chain([second]).collect());
        self.0.push(BlockingKey { block, values, refined });
    }
}

/// Pairs of profiles (indices, the smaller first; sorted) that share a key. `form` says in which form a key is in use:
/// coarse, refined once it is crowded, or in none.
pub fn pairs_sharing_a_key<'k>(
    keys: &'k [Vec<BlockingKey>],
    form: impl Fn(&'k BlockingKey) -> Option<&'k [String]>,
) -> Vec<(usize, usize)> {
    let mut blocks: HashMap<(Block, &[String]), Vec<usize>> = HashMap::new();
    for (index, of_profile) in keys.iter().enumerate() {
        for key in of_profile {
            if let Some(values) = form(key) {
                blocks.entry((key.block, values)).or_default().push(index);
            }
        }
    }
    let mut pairs = Vec::new();
    for members in blocks.values() {
        for (at, a) in members.iter().enumerate() {
            pairs.extend(members[at + 1..].iter().filter(|b| *b != a).map(|b| (*a.min(b), *a.max(b))));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// How many profiles share each key, coarse and refined: says which form is in use where a set of profiles is all
/// there is.
#[derive(Debug)]
pub struct Crowds<'k> {
    counts: HashMap<(Block, &'k [String]), usize>,
    profiles_max: usize,
}

impl<'k> Crowds<'k> {
    /// Counts the keys of a set of profiles.
    pub fn of(keys: &'k [Vec<BlockingKey>], profiles_max: usize) -> Self {
        let mut counts = HashMap::new();
        for key in keys.iter().flatten() {
            for values in [Some(&key.values), key.refined.as_ref()].into_iter().flatten() {
                *counts.entry((key.block, values.as_slice())).or_default() += 1;
            }
        }
        Crowds { counts, profiles_max }
    }

    /// The form in which a key is in use: coarse; refined if that is crowded; none if both are.
    pub fn form(&self, key: &'k BlockingKey) -> Option<&'k [String]> {
        let open = |values: &&[String]| self.counts.get(&(key.block, *values)).is_none_or(|n| *n <= self.profiles_max);
        Some(key.values.as_slice()).filter(open).or_else(|| key.refined.as_deref().filter(open))
    }
}

#[cfg(test)]
mod tests;
