//! Why a message is turned away: a closed list of codes, as they go back to publishers.

use std::fmt;

/// A reason code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Longer than the contract allows.
    TooLarge,
    /// The AMQP content type is not CloudEvents in JSON.
    ContentType,
    /// The AMQP property `user_id` is missing: nobody vouches for the publisher.
    MissingUserId,
    /// The bytes are no UTF-8.
    NotUtf8,
    /// The text is no JSON.
    NotJson,
    /// Nested deeper than any message of the contract.
    TooDeep,
    /// A string holds the null character.
    NullCharacter,
    /// An object names a member twice.
    DuplicateMember,
    /// The `type` is not in the contract.
    UnknownType,
    /// The type belongs to another feed.
    WrongFeed,
    /// A property outside the closed schema.
    UnknownField,
    /// A required property is missing.
    MissingField,
    /// A code that its code table does not have.
    WrongCode,
    /// Any other breach of the schema.
    Schema,
    /// The source is not the publisher's.
    ForeignSource,
    /// Stock of day one from a user that may not send it.
    BaselineNotAuthorised,
    /// An event date that no calendar has.
    ImpossibleDate,
    /// A division code of a wrong shape.
    MalformedDivision,
    /// A division code that begins with no province.
    UnknownProvince,
    /// A verification without the person's consent.
    NoConsent,
    /// The same source and id with other content.
    Conflict,
    /// An answer to, or a withdrawal of, what is not the sender's.
    NotYours,
    /// An answer to a notice that was never sent.
    UnknownNotice,
    /// A reply under another case than its notice's, or to a notice that asked nothing.
    UnknownCase,
    /// A boundary change of a division that does not exist on the day before.
    UnknownDivision,
    /// A boundary change to a code that is in use, or was another place's.
    DivisionTaken,
    /// Another announcement changes the same division on the same day.
    DivisionConflict,
    /// Boundary changes of one day that lead back to where they began.
    DivisionCycle,
    /// Divisions, levels or villages that do not fit what is said to happen.
    DivisionShape,
    /// A kind of notice that this hub does not take from another one.
    KindNotTaken,
    /// Another hub speaks of what does not lie in its province, or tells what is not this province's business.
    OutsideProvince,
    /// The hub itself stumbled over it.
    Internal,
}

impl Reason {
    /// Every reason, in the order in which the door looks for it.
    pub const ALL: [Reason; 32] = [
        Reason::TooLarge,
        Reason::ContentType,
        Reason::MissingUserId,
        Reason::NotUtf8,
        Reason::NotJson,
        Reason::TooDeep,
        Reason::NullCharacter,
        Reason::DuplicateMember,
        Reason::UnknownType,
        Reason::WrongFeed,
        Reason::UnknownField,
        Reason::MissingField,
        Reason::WrongCode,
        Reason::Schema,
        Reason::ForeignSource,
        Reason::BaselineNotAuthorised,
        Reason::ImpossibleDate,
        Reason::MalformedDivision,
        Reason::UnknownProvince,
        Reason::NoConsent,
        Reason::Conflict,
        Reason::NotYours,
        Reason::UnknownNotice,
        Reason::UnknownCase,
        Reason::UnknownDivision,
        Reason::DivisionTaken,
        Reason::DivisionConflict,
        Reason::DivisionCycle,
        Reason::DivisionShape,
        Reason::KindNotTaken,
        Reason::OutsideProvince,
        Reason::Internal,
    ];

    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Reason::TooLarge => "too-large",
            Reason::ContentType => "content-type",
            Reason::MissingUserId => "missing-user-id",
            Reason::NotUtf8 => "not-utf8",
            Reason::NotJson => "not-json",
            Reason::TooDeep => "too-deep",
            Reason::NullCharacter => "null-character",
            Reason::DuplicateMember => "duplicate-member",
            Reason::UnknownType => "unknown-type",
            Reason::WrongFeed => "wrong-feed",
            Reason::UnknownField => "unknown-field",
            Reason::MissingField => "missing-field",
            Reason::WrongCode => "wrong-code",
            Reason::Schema => "schema",
            Reason::ForeignSource => "foreign-source",
            Reason::BaselineNotAuthorised => "baseline-not-authorised",
            Reason::ImpossibleDate => "impossible-date",
            Reason::MalformedDivision => "malformed-division",
            Reason::UnknownProvince => "unknown-province",
            Reason::NoConsent => "no-consent",
            Reason::Conflict => "conflict",
            Reason::NotYours => "not-yours",
            Reason::UnknownNotice => "unknown-notice",
            Reason::UnknownCase => "unknown-case",
            Reason::UnknownDivision => "unknown-division",
            Reason::DivisionTaken => "division-taken",
            Reason::DivisionConflict => "division-conflict",
            Reason::DivisionCycle => "division-cycle",
            Reason::DivisionShape => "division-shape",
            Reason::KindNotTaken => "kind-not-taken",
            Reason::OutsideProvince => "outside-province",
            Reason::Internal => "internal",
        }
    }

    /// What is wrong, and what its publisher can do.
    pub const fn explain(self) -> &'static str {
        match self {
            Reason::TooLarge => "longer than 256 KiB; a message is about one event",
            Reason::ContentType => "the content type must be application/cloudevents+json",
            Reason::MissingUserId => "set the AMQP property user_id to the connection's user",
            Reason::NotUtf8 => "the bytes are no UTF-8",
            Reason::NotJson => "this is no JSON",
            Reason::TooDeep => "nested deeper than any message of the contract",
            Reason::NullCharacter => "a string holds the null character",
            Reason::DuplicateMember => "an object names a member twice",
            Reason::UnknownType => "the contract has no such type",
            Reason::WrongFeed => "this type belongs to another feed; publish it there",
            Reason::UnknownField => "a property that the contract does not have; nothing of the message was kept",
            Reason::MissingField => "a required property is missing",
            Reason::WrongCode => "the code table has no such code",
            Reason::Schema => "the value has not the form that the schema asks for",
            Reason::ForeignSource => "the source's division must be the publisher's or lie below it",
            Reason::BaselineNotAuthorised => "this user may not send stock of day one",
            Reason::ImpossibleDate => "no calendar has this event date",
            Reason::MalformedDivision => "a division code has 6, 9 or 12 digits",
            Reason::UnknownProvince => "the first two digits name no province",
            Reason::NoConsent => "a verification needs the person's consent",
            Reason::Conflict => "this source and id were used for other content; send it under a new id",
            Reason::NotYours => "only the office it belongs to, or one above it, may answer, withdraw or announce this",
            Reason::UnknownNotice => "no notice with this id was sent",
            Reason::UnknownCase => {
                "the notice answered belongs to another case, or to none; copy caseid from the notice"
            }
            Reason::UnknownDivision => {
                "no such division exists on the day before the change (of a parent: on that day); announce first what brings it"
            }
            Reason::DivisionTaken => "this code is another division's, or was: a code names one place for ever",
            Reason::DivisionConflict => {
                "another announcement changes this division on the same day; withdraw it, or correct it under its changeNo"
            }
            Reason::DivisionCycle => {
                "the changes of this day lead back to this division; one of them has to be left out"
            }
            Reason::DivisionShape => {
                "rename, recode, transfer: as many to as from; merge: one to; split: one from, several to, villages of it; \
                 all of one level, each to below its parent by its digits"
            }
            Reason::KindNotTaken => "this hub takes no notice of this kind from another one",
            Reason::OutsideProvince => {
                "a hub tells of people in its own province or leaving it, and tells the other province concerned"
            }
            Reason::Internal => "the hub stumbled over it; its operators mend that and take it again",
        }
    }

    /// Whether the body may be kept (sealed): only once the closed schema has shown that it holds nothing foreign.
    pub const fn keeps_content(self) -> bool {
        matches!(
            self,
            Reason::ForeignSource
                | Reason::BaselineNotAuthorised
                | Reason::ImpossibleDate
                | Reason::MalformedDivision
                | Reason::UnknownProvince
                | Reason::NoConsent
                | Reason::Conflict
                | Reason::NotYours
                | Reason::UnknownNotice
                | Reason::UnknownCase
                | Reason::UnknownDivision
                | Reason::DivisionTaken
                | Reason::DivisionConflict
                | Reason::DivisionCycle
                | Reason::DivisionShape
                | Reason::KindNotTaken
                | Reason::OutsideProvince
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
