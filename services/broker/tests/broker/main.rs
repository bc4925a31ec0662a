//! The broker crate against a real RabbitMQ. `LIANGDI_TEST_SERVERS` names the file that `deploy/local/servers`
//! writes; each test makes a virtual host of its own and deletes it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod consume;
mod faults;
mod look;
mod matrix;
mod publish;
mod support;
mod topology;
mod users;
