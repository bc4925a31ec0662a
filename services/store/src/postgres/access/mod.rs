//! What the console asks about access: `users`, `login` (tries, lockout, second factor), `sessions`, `first_start`, `tokens`.
//! Times are arguments: the console has the clock.

mod first_start;
mod login;
mod sessions;
mod tokens;
mod users;
