//! Work that may stumble: refused by the database for good, or ended by a panic. Both mean the same to whoever asked for it:
//! what was worked on has to be taken apart, or left aside, so that it holds up nothing else.

use liangdi_store::error::StoreError;
use liangdi_store::port::Result;

/// What came of it.
pub(crate) enum Tried<T> {
    /// It is done.
    Done(T),
    /// It never will be, as it is; why.
    Stumbled(String),
}

/// Does the work as a task of its own, which a panic ends alone. A database that is away is an error, and no stumbling.
pub(crate) async fn tried<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<Tried<T>> {
    match tokio::spawn(work).await {
        Ok(Ok(done)) => Ok(Tried::Done(done)),
        Ok(Err(StoreError::Refused(reason))) => Ok(Tried::Stumbled(reason)),
        Ok(Err(away)) => Err(away),
        Err(panicked) => Ok(Tried::Stumbled(panicked.to_string())),
    }
}
