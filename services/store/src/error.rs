//! What can go wrong in a store, by what the caller does next. No message ever carries a value.

/// A store's failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is away or said no for now: try again later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database refuses what was asked; trying again changes nothing.
    #[error("the database refused the statement: {0}")]
    Refused(String),
    /// The database has another schema than this program.
    #[error("{0}")]
    Schema(String),
    /// The key file cannot be used, or does not fit what the database holds.
    #[error("{0}")]
    Key(String),
}
