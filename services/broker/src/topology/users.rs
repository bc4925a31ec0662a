//! The broker's users and what each may touch. RabbitMQ's patterns match anywhere in a name unless they are
//! anchored, and topic permissions allow everything unless one is set: both are always set here.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use liangdi_domain::division::{Code, Level};
use liangdi_domain::feed::Feed;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::found::FoundUsers;
use super::names;
use crate::management::ListedUser;

/// RabbitMQ puts a salt of this length before the hash of salt and password.
const SALT_BYTES: usize = 4;

/// The pattern that matches no name.
const NOTHING: &str = "^$";

/// What a user may declare, publish to and consume from: anchored patterns of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Declare and delete.
    pub configure: String,
    /// Publish to.
    pub write: String,
    /// Consume from (and purge).
    pub read: String,
}

/// With which routing keys a user may use a topic exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPermission {
    /// The exchange.
    pub exchange: String,
    /// Routing keys to publish with.
    pub write: String,
    /// Binding keys to read by.
    pub read: String,
}

/// How much of the broker one user may hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserLimits {
    /// Connections.
    pub connections_max: u32,
    /// Channels, over all of them.
    pub channels_max: u32,
}

/// A user the broker should know.
#[derive(Debug, Clone)]
pub struct UserWanted {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: SecretString,
    /// Management tags, comma-separated; partners have none.
    pub tags: String,
    /// What it may touch.
    pub permissions: Permissions,
    /// And by which routing keys.
    pub topics: Vec<TopicPermission>,
    /// How much of the broker it may hold; none: as much as it likes.
    pub limits: Option<UserLimits>,
}

impl UserWanted {
    /// The hub itself: reads the feeds, writes the notices, makes temporary queues to watch, sees queue lists.
    pub fn hub(name: &str, password: SecretString) -> Self {
        UserWanted {
            name: name.to_owned(),
            password,
            tags: "monitoring".to_owned(),
            permissions: Permissions {
                configure: r"^(amq\.gen-.+|listen\.[0-9]+\..+)$".to_owned(),
                write: r"^(jx\.[0-9]+|partner|amq\.gen-.+|listen\.[0-9]+\..+)$".to_owned(),
                read: r"^(feed\.[a-z-]+|peer\.[0-9]+|dead\.feeds|jx\.[0-9]+|below\.[0-9]+|amq\.gen-.+|listen\.[0-9]+\..+)$"
                    .to_owned(),
            },
            topics: Vec::new(),
            limits: None,
        }
    }

    /// An office that publishes to one feed and reads what comes back: a department its return queue, a township
    /// user the inbox of its own code. A village's notices go to its township, which reads them.
    pub fn office(feed: Feed, division: Code, password: SecretString) -> Self {
        let name = names::user(feed, division);
        let read = match (feed, division.level()) {
            (Feed::Township, Level::Village) => NOTHING.to_owned(),
            (Feed::Township, _) => exactly(&names::inbox(division)),
            _ => exactly(&names::partner_queue(&name)),
        };
        let exchange = names::feed(feed);
        let mut permissions = Permissions { configure: NOTHING.to_owned(), write: exactly(&exchange), read };
        if feed == Feed::Township && division.level() < Level::Township {
            permissions = listening(division, &exchange);
        }
        let write = format!(r"^{}\..+$", escaped(feed.name()));
        let topics = vec![TopicPermission { exchange, write, read: NOTHING.to_owned() }];
        UserWanted { name, password, tags: String::new(), permissions, topics, limits: None }
    }

    /// The user under which another province's hub's broker takes what this one tells that province: it makes a queue and
    /// an exchange of its own, and reads one exchange.
    pub fn link(province: Code, password: SecretString) -> Self {
        let exchange = escaped(&names::jurisdiction(province));
        let own = format!("{}{exchange} -> .+", names::FEDERATION);
        let permissions = Permissions {
            configure: format!("^{own}$"),
            write: format!("^{own}$"),
            read: format!("^({exchange}|{own})$"),
        };
        let name = names::user(Feed::Hub, province);
        UserWanted { name, password, tags: String::new(), permissions, topics: Vec::new(), limits: None }
    }

    /// The same, held to limits.
    pub fn limited(self, limits: UserLimits) -> Self {
        UserWanted { limits: Some(limits), ..self }
    }

    /// The office that a user's name stands for, if it is one.
    pub fn office_named(name: &str) -> Option<(Feed, Code)> {
        let (feed, division) = name.rsplit_once('.')?;
        let (feed, division): (Feed, Code) = (feed.parse().ok()?, division.parse().ok()?);
        (names::user(feed, division) == name).then_some((feed, division))
    }

    /// Whether what the broker lets a user do is exactly what an office of that name may.
    pub fn is_office_as_wanted(name: &str, found: &FoundUsers) -> bool {
        let Some((feed, division)) = UserWanted::office_named(name) else { return false };
        let wanted = UserWanted::office(feed, division, String::new().into());
        let permissions = found.permissions.get(name).is_some_and(|found| {
            let may = &wanted.permissions;
            (&may.configure, &may.write, &may.read) == (&found.configure, &found.write, &found.read)
        });
        let topics: Vec<_> = found.topics.iter().filter(|((user, _), _)| user == name).collect();
        permissions
            && topics.len() == wanted.topics.len()
            && wanted.topics.iter().zip(topics).all(|(wanted, ((_, exchange), found))| {
                (&wanted.exchange, &wanted.write, &wanted.read) == (exchange, &found.write, &found.read)
            })
    }

    /// Whether the user has a return queue of its own.
    pub(super) fn return_queue(&self) -> Option<String> {
        let queue = names::partner_queue(&self.name);
        (self.permissions.read == exactly(&queue)).then_some(queue)
    }
}

/// A superior may listen to what flows below it, by temporary queues of its own: to bind one, the broker asks for writing to
/// the queue and reading from the exchange.
fn listening(division: Code, feed: &str) -> Permissions {
    let own = escaped(&names::listening(division));
    let (inbox, below) = (escaped(&names::inbox(division)), escaped(&names::below(division)));
    Permissions {
        configure: format!("^{own}.+$"),
        write: format!("^({}|{own}.+)$", escaped(feed)),
        read: format!("^({inbox}|{below}|{own}.+)$"),
    }
}

/// Whether the broker's salted hash is that of this password: it tells a changed password without logging in.
pub(super) fn password_is(password: &SecretString, found: &ListedUser) -> bool {
    let Ok(hash) = BASE64.decode(&found.password_hash) else { return false };
    let Some((salt, hash)) = hash.split_at_checked(SALT_BYTES) else { return false };
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt);
    context.update(password.expose_secret().as_bytes());
    found.hashing_algorithm == "rabbit_password_hashing_sha256" && context.finish().as_ref() == hash
}

/// Tags as a set: one text with commas in older brokers, a list in newer ones.
pub(super) fn tags_of(tags: &Value) -> BTreeSet<String> {
    let texts: Vec<&str> = match tags {
        Value::String(text) => text.split(',').collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

fn exactly(name: &str) -> String {
    format!("^{}$", escaped(name))
}

/// Names here are letters, digits, dots and hyphens; only the dot means something in a pattern.
fn escaped(name: &str) -> String {
    name.replace('.', r"\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(feed: Feed, division: &str) -> UserWanted {
        UserWanted::office(feed, division.parse().unwrap(), "fictional".to_owned().into())
    }

    #[test]
    fn every_pattern_of_an_office_is_anchored_and_names_only_its_own() {
        let user = office(Feed::CivilAffairs, "320500");
        assert_eq!(user.name, "civil-affairs.320500");
        assert_eq!(user.permissions.write, r"^feed\.civil-affairs$");
        assert_eq!(user.permissions.read, r"^partner\.civil-affairs\.320500$");
        assert_eq!(user.permissions.configure, "^$");
        assert_eq!(user.topics[0].write, r"^civil-affairs\..+$");
        assert_eq!(user.return_queue().as_deref(), Some("partner.civil-affairs.320500"));
    }

    #[test]
    fn another_hubs_link_reads_what_its_province_is_told_and_nothing_else() {
        let link = UserWanted::link("340000".parse().unwrap(), "fictional".to_owned().into());
        assert_eq!(link.name, "hub.340000");
        assert_eq!(link.permissions.read, r"^(jx\.340000|federation: jx\.340000 -> .+)$");
        assert_eq!(link.permissions.write, r"^federation: jx\.340000 -> .+$");
        assert_eq!(UserWanted::office_named(&link.name), None, "it is no office's");
    }

    #[test]
    fn a_township_reads_its_inbox_and_a_village_none() {
        assert_eq!(office(Feed::Township, "320583100").permissions.read, r"^inbox\.320583100$");
        let county = office(Feed::Township, "320583").permissions;
        assert_eq!(county.read, r"^(inbox\.320583|below\.320583|listen\.320583\..+)$");
        assert_eq!(county.configure, r"^listen\.320583\..+$");
        assert_eq!(county.write, r"^(feed\.township|listen\.320583\..+)$");
        assert_eq!(office(Feed::Township, "320583100001").permissions.read, "^$");
        assert_eq!(office(Feed::Township, "320583100").return_queue(), None);
    }
}
