//! What the household register holds otherwise than another office's message says. The police keep that register, so that
//! their word of a person's number, name, birth and sex is the better evidence.

use super::{Document, FactRecord, PersonFile, Profile, Sex};
use crate::evidence::{Fact, MessageKey, Outcome};
use crate::feed::Feed;
use crate::identity::survive::Shown;
use crate::ids::{FactId, ProfileId};
use crate::statement::Topic;

/// What the sources of the police begin with.
const POLICE: &str = "urn:liangdi:police:";

/// A fact as one office stated it, in values that the register holds otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Contested<'a> {
    /// The fact.
    pub record: &'a FactRecord,
    /// The office.
    pub source: &'a str,
    /// The values, in one order; none where the appearance itself agrees.
    pub fields: Vec<Shown>,
}

/// The message by which an office stated a fact last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its name.
    pub message: MessageKey,
    /// The broker's user that sent it.
    pub publisher: String,
}

/// Names a fact as one office stated it.
pub type Stated = (ProfileId, FactId, String);

impl PersonFile {
    /// Facts whose appearance differs from the register's, each with every office that states it; in the order of facts. Where
    /// the police changed an identity, offices may hold either, and nothing is contested.
    pub fn contested(&self) -> Vec<Contested<'_>> {
        let changed = || self.facts.iter().any(|record| matches!(record.fact, Fact::IdentityChanged { .. }));
        if self.profiles.len() < 2 || changed() {
            return Vec::new();
        }
        let register: Vec<&Profile> =
            self.profiles.iter().filter(|(id, _)| self.is_of_the_register(*id)).map(|(_, profile)| profile).collect();
        let differing = self.profiles.iter().map(|(id, profile)| (*id, differs(profile, &register)));
        let differing: Vec<(ProfileId, Vec<Shown>)> = differing.filter(|(_, fields)| !fields.is_empty()).collect();
        let mut contested = Vec::new();
        for record in self.facts.iter().filter(|record| is_registered(&record.fact)) {
            let Some((_, fields)) = differing.iter().find(|(id, _)| *id == record.profile) else { continue };
            contested.extend(offices(record).map(|source| Contested { record, source, fields: fields.clone() }));
        }
        contested
    }

    /// Facts of which it may have to be known which message states them: few people have any.
    pub fn questioned(&self) -> Vec<Stated> {
        let unknown = |lead: &&crate::statement::Told| {
            lead.topic == Topic::Lead
                && self.replies.iter().any(|reply| reply.statement == lead.id && reply.outcome == Outcome::NotKnown)
        };
        let leases = self.facts.iter().filter(|record| matches!(record.fact, Fact::Lease { .. }));
        let leases = leases.filter(|_| self.told.iter().any(|told| unknown(&told)));
        let stated = |record: &FactRecord, source: &str| (record.profile, record.id, source.to_owned());
        let contested = self.contested();
        let mut questioned: Vec<Stated> =
            contested.iter().map(|contested| stated(contested.record, contested.source)).collect();
        questioned.extend(leases.flat_map(|record| offices(record).map(|source| stated(record, source))));
        questioned.sort();
        questioned.dedup();
        questioned
    }

    /// Whether the police speak through a profile.
    fn is_of_the_register(&self, profile: ProfileId) -> bool {
        let police = |record: &FactRecord| record.sources.iter().any(|source| source.source.starts_with(POLICE));
        self.facts.iter().any(|record| record.profile == profile && police(record))
    }
}

/// The offices that state a fact, but for the police.
fn offices(record: &FactRecord) -> impl Iterator<Item = &str> {
    record.sources.iter().map(|source| &*source.source).filter(|source| !source.starts_with(POLICE))
}

/// Facts that offices register. What a person asks for, or was seen at, is no entry in anybody's register.
fn is_registered(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Residence { .. }
            | Fact::MarriageRegistered { .. }
            | Fact::MarriageDissolved { .. }
            | Fact::Death { .. }
            | Fact::JobStarted { .. }
            | Fact::JobEnded { .. }
            | Fact::Insured { .. }
            | Fact::Lease { .. }
            | Fact::Outflow { .. }
            | Fact::Workplace { .. }
            | Fact::Returned { .. }
    )
}

/// The values that nobody of the register has. What is missing on either side is no difference.
fn differs(profile: &Profile, register: &[&Profile]) -> Vec<Shown> {
    let held = |of: &dyn Fn(&Profile) -> bool| register.iter().any(|other| of(other));
    let number = profile.document.resident_number();
    let other_number = number.is_some_and(|number| {
        held(&|other| matches!(other.document, Document::Resident { .. }))
            && !held(&|other| other.document.number() == Some(number))
    });
    let other_name =
        profile.name.is_some() && held(&|other| other.name.is_some()) && !held(&|other| other.name == profile.name);
    let mut fields = Vec::new();
    fields.extend(other_number.then_some(Shown::Document));
    fields.extend(other_name.then_some(Shown::Name));
    // Birth and sex may have been read out of the number: with another number they say nothing of their own.
    if !other_number {
        let other_birth = profile.birth.is_some()
            && held(&|other| other.birth.is_some())
            && !held(&|other| other.birth == profile.birth);
        let other_sex = profile.sex != Sex::Unknown
            && held(&|other| other.sex != Sex::Unknown)
            && !held(&|other| other.sex == profile.sex);
        fields.extend(other_birth.then_some(Shown::Birth));
        fields.extend(other_sex.then_some(Shown::Sex));
    }
    fields
}

impl Feed {
    /// What the department's messages call a value of a person, where they hold it.
    pub const fn calls(self, value: Shown) -> Option<&'static str> {
        Some(match (self, value) {
            (Feed::Police, Shown::Document) => "gmsfhm",
            (Feed::Police, Shown::Name) => "xm",
            (Feed::Police, Shown::Birth) => "csrq",
            (Feed::Police, Shown::Sex) => "xbdm",
            (Feed::CivilAffairs, Shown::Document) => "idNumber",
            (Feed::CivilAffairs, Shown::Name) => "name",
            (Feed::CivilAffairs, Shown::Birth) => "birthDate",
            (Feed::CivilAffairs, Shown::Sex) => "sex",
            (Feed::Hr, Shown::Document) => "aac002",
            (Feed::Hr, Shown::Name) => "aac003",
            (Feed::Hr, Shown::Sex) => "aac004",
            (Feed::Hr, Shown::Birth) => "aac006",
            (Feed::Housing, Shown::Document) => "certificateNo",
            (Feed::Housing, Shown::Name) => "fullName",
            (Feed::Housing, Shown::Sex) => "gender",
            (Feed::Township, Shown::Document) => "id_number",
            (Feed::Township, Shown::Name) => "name",
            (Feed::Township, Shown::Birth) => "birth_date",
            (Feed::Township, Shown::Sex) => "sex",
            (Feed::Housing, Shown::Birth) | (Feed::Hub, _) | (_, Shown::Phone | Shown::Guardian) => return None,
        })
    }
}
