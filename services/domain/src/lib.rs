//! The pure core of Liangdi: what a message says, who it is about, what each jurisdiction should know, and
//! which notice closes the gap to what it was told. No I/O, no clock: time, ids and tables are arguments.
//!
//! In the order a message meets them:
//! - [`feed`]: the departments' streams and the message types they carry
//! - [`division`]: administrative division codes, their history, and who receives for a place
//! - [`calendar`]: working days, public holidays, Spring Festival
//! - [`person`]: how a person appears (document, name, birth date, sex, phone, household): a profile
//! - [`evidence`]: a message's normalised content
//! - [`identity`]: which profiles are one human
//! - [`stay`]: where a person belongs, from all facts
//! - [`procedure`]: the rules notices rest on and the clocks they start
//! - [`statement`]: what each jurisdiction should know, and was told
//! - [`case`]: statements that ask something: clocks, answers
//! - [`round`]: what a jurisdiction hears of as a whole, by the calendar
//! - [`notice`]: what tells it
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod calendar;
pub mod case;
pub mod division;
pub mod evidence;
pub mod feed;
pub mod identity;
pub mod ids;
pub mod notice;
pub mod person;
pub mod procedure;
pub mod round;
pub mod statement;
pub mod stay;
