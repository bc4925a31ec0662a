//! One file per command.

pub mod bench;
pub mod check;
pub mod demo;
pub mod keygen;
pub mod migrate;
pub mod person;
pub mod publish;
pub mod quarantine;
pub mod rehearse;
pub mod rematch;
pub mod review;
pub mod simulate;
pub mod status;
pub mod topology;
pub mod train;
pub mod up;
pub mod watch;
