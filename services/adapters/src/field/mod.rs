//! What every department's file reads with: the members of a message by name, each with its JSON pointer, and the
//! warnings gathered on the way. The schema has passed; what is not as it promised is refused, never guessed.

mod date;
mod division;
mod key;
mod person;

use std::borrow::Cow;
use std::cell::RefCell;

use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::{Appearance, BusinessKey, Evidence, Fact, Warning, WarningKind};
use liangdi_domain::person::Profile;
use serde::Deserialize;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

pub(crate) use person::PersonFields;

use crate::contract::{Reason, Refusal};

/// What holds for the whole message.
pub(crate) struct Message<'m> {
    office: Code,
    /// The day in China at the message's own `time`: events after it are odd.
    day: NaiveDate,
    divisions: &'m Divisions,
    /// Shared by all readers of one message, so that reading needs no `&mut` down every path.
    warnings: RefCell<Vec<Warning>>,
}

impl<'m> Message<'m> {
    pub(crate) fn new(office: Code, time: DateTime<FixedOffset>, divisions: &'m Divisions) -> Self {
        Message { office, day: shanghai_date(time), divisions, warnings: RefCell::default() }
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings.into_inner()
    }
}

/// An object of a message, and where it stands in it.
pub(crate) struct Fields<'m> {
    message: &'m Message<'m>,
    object: &'m Value,
    path: Cow<'static, str>,
}

impl<'m> Fields<'m> {
    /// The message's `data`.
    pub(crate) fn data(message: &'m Message<'m>, data: &'m Value) -> Self {
        Fields { message, object: data, path: Cow::Borrowed("/data") }
    }

    /// The envelope of another hub's notice.
    pub(crate) fn envelope(message: &'m Message<'m>, envelope: &'m Value) -> Self {
        Fields { message, object: envelope, path: Cow::Borrowed("") }
    }

    /// The province whose hub this is.
    pub(crate) fn home(&self) -> Code {
        self.message.divisions.home()
    }

    /// The message's own day.
    pub(crate) fn day(&self) -> NaiveDate {
        self.message.day
    }

    /// The division of the office that publishes.
    pub(crate) fn office(&self) -> &Code {
        &self.message.office
    }

    /// A member that says something: null and blank text are absent.
    fn get(&self, name: &str) -> Option<&'m Value> {
        self.object.get(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    pub(crate) fn text_if(&self, name: &str) -> Option<&'m str> {
        self.get(name)?.as_str()
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'m str, Refusal> {
        self.text_if(name).ok_or_else(|| self.refusal(Reason::MissingField, name))
    }

    /// Text, or a whole number as text: one department writes its dates as integers.
    fn written(&self, name: &str) -> Option<Cow<'m, str>> {
        match self.get(name)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            // JSON knows one kind of number: 20260310.0 is whole, and its text has no fraction.
            Value::Number(number) => Some(Cow::Owned(number.as_f64()?.to_string())),
            _ => None,
        }
    }

    /// Whether a flag is set; absent is not.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.flag_if(name) == Some(true)
    }

    pub(crate) fn flag_if(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(crate) fn child_if(&self, name: &str) -> Option<Fields<'m>> {
        let object = self.get(name).filter(|value| value.is_object())?;
        Some(Fields { message: self.message, object, path: Cow::Owned(self.pointer(name)) })
    }

    pub(crate) fn child(&self, name: &str) -> Result<Fields<'m>, Refusal> {
        self.child_if(name).ok_or_else(|| self.refusal(Reason::MissingField, name))
    }

    /// The objects of a list, in its order.
    pub(crate) fn children(&self, name: &str) -> Vec<Fields<'m>> {
        let child = |(index, object)| Fields {
            message: self.message,
            object,
            path: Cow::Owned(format!("{}/{name}/{index}", self.path)),
        };
        self.get(name).and_then(Value::as_array).into_iter().flatten().enumerate().map(child).collect()
    }

    /// A value of a type that names its own forms: closed enums, UUIDs, points in time, lists of them.
    pub(crate) fn read<T: Deserialize<'m>>(&self, name: &str) -> Result<T, Refusal> {
        T::deserialize(self.get(name).unwrap_or(&Value::Null)).map_err(|_| self.refusal(Reason::Schema, name))
    }

    /// What a department's code stands for.
    pub(crate) fn coded<T: Copy>(&self, name: &str, table: &[(&str, T)]) -> Result<T, Refusal> {
        let code = self.text(name)?;
        let found = table.iter().find(|(known, _)| *known == code);
        found.map(|(_, value)| *value).ok_or_else(|| self.refusal(Reason::Schema, name))
    }

    pub(crate) fn warn(&self, name: &str, kind: WarningKind) {
        self.message.warnings.borrow_mut().push(Warning { path: self.pointer(name), kind });
    }

    pub(crate) fn refusal(&self, reason: Reason, name: &str) -> Refusal {
        Refusal::at(reason, self.pointer(name))
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }
}

/// The evidence of a message about one person.
pub(crate) fn about(profile: Profile, fact: Fact, key: Option<BusinessKey>) -> Evidence {
    Evidence { appearances: vec![Appearance { profile, becomes: None, fact, key }], ..Evidence::default() }
}

/// The evidence of a message about no person.
pub(crate) fn filed() -> Evidence {
    Evidence { filed: true, ..Evidence::default() }
}

/// A number or code without what typing adds: full-width forms become plain, blanks and invisible marks vanish.
fn compact(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|b| b.is_ascii_graphic()) {
        return Cow::Borrowed(raw);
    }
    let vanishes = |c: &char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
    };
    Cow::Owned(raw.nfkc().filter(|c| !vanishes(c)).collect())
}
