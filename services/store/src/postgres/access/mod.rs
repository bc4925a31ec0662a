//! What the console asks about access: `users`, `login` (tries, lockout, second factor), `provider` (logins through one), `sessions`, `first_start`, `tokens`;
//! `deputies` and the `directory` of offices.
//! Times are arguments: the console has the clock.

mod deputies;
mod directory;
mod first_start;
mod login;
mod provider;
mod sessions;
mod tokens;
mod users;

pub use users::UserFilter;
