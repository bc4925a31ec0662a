//! The door: every check between a delivery and the adapters, in a fixed order. Other provinces' hubs have the same door;
//! what they bring is told apart in `hub`.

use chrono::{DateTime, FixedOffset};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::feed::{Feed, MessageType};
use serde_json::Value;

use super::envelope::canonical;
use super::hub::read_hub;
use super::parse::{MESSAGE_BYTES_MAX, parse};
use super::validate::Catalogue;
use super::{Reason, Refusal};

/// Media type of a message.
const MEDIA_TYPE: &str = "application/cloudevents+json";

/// What the broker says of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Properties<'a> {
    /// AMQP `content_type`.
    pub content_type: Option<&'a str>,
    /// AMQP `user_id`, verified by the broker.
    pub user_id: Option<&'a str>,
    /// Header `liangdi-baseline`.
    pub baseline: bool,
    /// Whether this user may set it.
    pub baseline_authorised: bool,
}

/// A message that obeys the contract. Its `data` holds identity values: no `Debug`.
#[derive(Clone)]
pub struct Accepted {
    /// Its type.
    pub kind: MessageType,
    /// Source and id.
    pub key: MessageKey,
    /// The user that published it.
    pub publisher: String,
    /// The division of its source.
    pub office: Code,
    /// When the office recorded the fact.
    pub time: DateTime<FixedOffset>,
    /// Stock of day one.
    pub baseline: bool,
    /// What makes it the same message.
    pub canonical: Vec<u8>,
    /// Its content; of another hub's notice the whole envelope, whose attributes say which case it is about.
    pub data: Value,
}

/// Reads a delivery of a feed.
pub fn read(feed: Feed, properties: &Properties, body: &[u8]) -> Result<Accepted, Refusal> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Refusal::at(Reason::TooLarge, ""));
    }
    if !properties.content_type.is_some_and(is_cloudevents) {
        return Err(Refusal::at(Reason::ContentType, ""));
    }
    let Some(user) = properties.user_id.filter(|user| !user.is_empty()) else {
        return Err(Refusal::at(Reason::MissingUserId, ""));
    };
    let envelope = parse(body)?;
    let names = Names::of(&envelope);
    let checked = if feed == Feed::Hub { read_hub(envelope) } else { check(envelope) };
    let message = checked.and_then(|message| {
        if feed != Feed::Hub && message.kind.feed() != feed {
            return Err(Refusal::at(Reason::WrongFeed, "/type"));
        }
        if !is_of(user, feed, message.office) {
            return Err(Refusal::at(Reason::ForeignSource, "/source"));
        }
        if properties.baseline && !properties.baseline_authorised {
            return Err(Refusal::at(Reason::BaselineNotAuthorised, ""));
        }
        Ok(message)
    });
    message
        .map(|message| Accepted { publisher: user.to_owned(), baseline: properties.baseline, ..message })
        .map_err(|refusal| names.write_into(refusal))
}

/// Reads a message without a broker: its own office stands for the publisher.
pub fn read_unattended(body: &[u8]) -> Result<Accepted, Refusal> {
    let envelope = parse(body)?;
    let names = Names::of(&envelope);
    check(envelope).map_err(|refusal| names.write_into(refusal))
}

/// Type, schema, source. The publisher is the source's own office until the door knows better.
pub(super) fn check(envelope: Value) -> Result<Accepted, Refusal> {
    let kind = match &envelope["type"] {
        Value::String(text) => text.parse::<MessageType>().map_err(|_| Refusal::at(Reason::UnknownType, "/type"))?,
        Value::Null => return Err(Refusal::at(Reason::MissingField, "")),
        _ => return Err(Refusal::at(Reason::Schema, "/type")),
    };
    Catalogue::shipped().check(kind, &envelope)?;
    accept(kind, envelope)
}

/// What an envelope that obeys its schema says of itself.
pub(super) fn accept(kind: MessageType, mut envelope: Value) -> Result<Accepted, Refusal> {
    let text = |name: &str| envelope[name].as_str().unwrap_or_default().to_owned();
    let key = MessageKey { source: text("source"), id: text("id") };
    let division = key.source.rsplit(':').next().unwrap_or_default();
    let office: Code = division.parse().map_err(|_| Refusal::at(Reason::MalformedDivision, "/source"))?;
    let time = DateTime::parse_from_rfc3339(&text("time")).map_err(|_| Refusal::at(Reason::ImpossibleDate, "/time"))?;
    let publisher = format!("{}.{office}", kind.feed());
    let canonical = canonical(&mut envelope);
    let data = if matches!(kind, MessageType::Notice(_)) { envelope } else { envelope["data"].take() };
    Ok(Accepted { kind, key, publisher, office, time, baseline: false, canonical, data })
}

/// Media type, with no parameter but `charset=utf-8`.
fn is_cloudevents(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|media| media.eq_ignore_ascii_case(MEDIA_TYPE))
        && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}

/// Whether an office lies at or below the user `<feed>.<division>`.
fn is_of(user: &str, feed: Feed, office: Code) -> bool {
    let Some((of, division)) = user.rsplit_once('.') else { return false };
    of == feed.name() && division.parse::<Code>().is_ok_and(|division| division.contains(&office))
}

/// Source and id of an envelope that may be refused, where each is well-formed by itself.
struct Names {
    source: Option<String>,
    id: Option<String>,
}

impl Names {
    fn of(envelope: &Value) -> Self {
        let text = |name: &str| envelope.get(name).and_then(Value::as_str);
        Names {
            source: text("source").filter(|source| is_source(source)).map(str::to_owned),
            id: text("id").filter(|id| is_id(id)).map(str::to_owned),
        }
    }

    fn write_into(self, refusal: Refusal) -> Refusal {
        Refusal { source: self.source, id: self.id, ..refusal }
    }
}

/// `urn:liangdi:<feed>:<division>`
fn is_source(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.next() == Some("urn")
        && parts.next() == Some("liangdi")
        && parts.next().is_some()
        && Feed::of_source(text).is_some()
        && parts.next().is_some_and(|code| code.parse::<Code>().is_ok())
        && parts.next().is_none()
}

/// An id without anything that could hide content: as the schema has it.
fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:/+=@~-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_speaks_for_its_own_division_and_those_below() {
        let is = |user, office: &str| is_of(user, Feed::Hr, office.parse().unwrap());
        assert!(is("hr.320500", "320500") && is("hr.320500", "320583") && is("hr.320000", "320583100"));
        assert!(!is("hr.320500", "320600") && !is("hr.320583", "320500") && !is("police.320500", "320500"));
        assert!(!is("hr", "320500") && !is("hr.x", "320500"));
    }

    #[test]
    fn the_content_type_may_name_its_charset_and_nothing_else() {
        assert!(
            is_cloudevents("application/cloudevents+json")
                && is_cloudevents("Application/CloudEvents+JSON; charset=UTF-8")
        );
        assert!(!is_cloudevents("application/json") && !is_cloudevents("application/cloudevents+json; profile=x"));
    }
}
