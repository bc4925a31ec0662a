//! What the roles say of themselves, for `/readyz`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What the roles say of themselves: a name, and what is wrong if something is.
#[derive(Clone, Default)]
pub struct Probes(Arc<Mutex<BTreeMap<String, Option<String>>>>);

impl Probes {
    /// All is well with `name`.
    pub fn well(&self, name: &str) {
        self.set(name, None);
    }

    /// Something is wrong with `name`, in words without personal data.
    pub fn ill(&self, name: &str, what: &str) {
        self.set(name, Some(what.to_owned()));
    }

    /// What everybody says.
    pub fn said(&self) -> BTreeMap<String, Option<String>> {
        self.lock().clone()
    }

    fn set(&self, name: &str, state: Option<String>) {
        self.lock().insert(name.to_owned(), state);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
