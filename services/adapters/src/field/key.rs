//! Business keys: the numbers under which offices keep their own records. They are compared, never validated.

use liangdi_domain::evidence::{BusinessKey, KeyKind};

use super::{Fields, compact};

impl Fields<'_> {
    /// The key at `name`, if it identifies anything: `无` or zeros would tie strangers' records together.
    pub(crate) fn key(&self, kind: KeyKind, name: &str) -> Option<BusinessKey> {
        let number = compact(self.text_if(name)?).to_uppercase();
        number.bytes().any(|b| matches!(b, b'1'..=b'9')).then_some(BusinessKey { kind, number })
    }
}
