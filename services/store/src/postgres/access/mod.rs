//! What the console asks about access: `users`, `login` (tries, lockout, second factor), `sessions`, `first_start`, `tokens`;
//! `deputies` and the `directory` of offices.
//! Times are arguments: the console has the clock.

mod deputies;
mod directory;
mod first_start;
mod login;
mod sessions;
mod tokens;
mod users;

pub use users::UserFilter;
