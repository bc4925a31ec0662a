//! How a person appears in a message, normalised: document, name, birth date, sex, phone, household, living place.

mod address;
mod birth;
mod contested;
mod document;
mod file;
mod held;
mod name;
mod phone;
mod profile;
pub(crate) mod text;

pub use address::Address;
pub use birth::read_birth;
pub use contested::{Contested, Published, Stated};
pub use document::Document;
pub use file::{EndingRecord, FactRecord, FactSource, PersonFile};
pub use held::is_in_use;
pub use name::Name;
pub use phone::Phone;
pub use profile::{Profile, Sex};
