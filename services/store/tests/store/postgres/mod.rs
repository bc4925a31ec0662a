//! What only PostgreSQL has.

mod access;
mod batches;
mod keys;
mod measuring;
mod remembered;
mod replies;
mod retrospect;
mod sealing;
mod views;
