//! One file per command.

pub mod bench;
pub mod calendar;
pub mod case;
pub mod check;
pub mod clock;
pub mod demo;
pub mod doctor;
pub mod keygen;
pub mod migrate;
pub mod person;
pub mod procedures;
pub mod publish;
pub mod quarantine;
pub mod rehearse;
pub mod rematch;
pub mod report;
pub mod review;
pub mod sheet;
pub mod simulate;
pub mod status;
pub mod subject;
pub mod topology;
pub mod train;
pub mod up;
pub mod users;
pub mod watch;
