//! Who may do what: [`Actor`] is whoever asks; [`name`], [`password`] and `totp` say whether it is really them, or
//! a [`provider`] of identity does; `rate` holds back whoever tries too often; `session` is the cookie,
//! [`api_token`] what programs have instead.

mod actor;
pub mod api_token;
pub mod name;
pub mod password;
pub mod provider;
mod rate;
pub(crate) mod session;
pub(crate) mod totp;
pub mod users;

pub use actor::{Actor, only, role_text};
pub(crate) use rate::Rate;
