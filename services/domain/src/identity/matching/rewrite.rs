//! Writes trained weights into the text of a matching file, as a person would: the numbers change, and everything
//! around them (comments, order, spacing, what was added by hand) stays.

use toml_edit::{DocumentMut, TableLike, Value};

use super::{Field, Level, Matching, MatchingError, Share, template};

/// The text with m and u of `matching`, which has to differ from what the text says in these alone.
pub(super) fn rewrite(text: &str, matching: &Matching) -> Result<String, MatchingError> {
    // Read whole first: what is wrong with a file is said in the words of reading it.
    let before = Matching::read(text)?;
    let mut document: DocumentMut = text.parse().map_err(|_| MatchingError::Rewrite)?;
    for (field, level) in Field::ALL.into_iter().flat_map(|field| Level::of(field).iter().map(move |of| (field, *of))) {
        let (Some(old), Some(new)) = (before.rates(level), matching.rates(level)) else { continue };
        let table = document.get_mut(field.name()).and_then(|section| section.get_mut(level.name()));
        let table = table.and_then(|item| item.as_table_like_mut()).ok_or(MatchingError::Rewrite)?;
        if old.m != new.m {
            set(table, "m", new.m)?;
        }
        if let (Share::Fixed(was), Share::Fixed(is)) = (old.u, new.u)
            && was != is
        {
            set(table, "u", is)?;
        }
    }
    let written = document.to_string();
    let same = Matching::read(&written).is_ok_and(|read| read == *matching);
    if same { Ok(written) } else { Err(MatchingError::Rewrite) }
}

/// Puts another number in the place of one, with everything that stands around it.
fn set(table: &mut dyn TableLike, key: &str, share: f64) -> Result<(), MatchingError> {
    let held = table.get_mut(key).and_then(|item| item.as_value_mut()).ok_or(MatchingError::Rewrite)?;
    let mut value: Value = template::share(share).parse().map_err(|_| MatchingError::Rewrite)?;
    *value.decor_mut() = held.decor().clone();
    *held = value;
    Ok(())
}
