//! What only PostgreSQL has.

mod batches;
mod keys;
mod sealing;
mod views;
