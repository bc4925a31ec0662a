//! Who is who: from profiles to persons.
//!
//! - [`block`]: the keys under which profiles meet
//! - [`compare`]: whether two profiles that met are held to be one human
//! - [`cluster`]: a whole component of profiles into persons, the same for any order of arrival

pub mod block;
pub mod cluster;
pub mod compare;
