//! Writes a matching file: the shipped text line by line, every number replaced, every comment kept.

use super::{Field, Level, Matching, Share};
use crate::identity::survive::Shown;

pub(super) fn write(template: &str, matching: &Matching) -> String {
    let mut section = "";
    let mut text = String::with_capacity(template.len() + 1024);
    for line in template.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        // The trust tables are written whole behind the last other section: a person may have added some.
        if section.starts_with("trust") && !line.starts_with('#') {
            continue;
        }
        match line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            Some((key, old)) => {
                text.push_str(&format!("{key} = {}", value(section, key, matching).unwrap_or_else(|| old.to_owned())));
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    for (shown, feeds) in matching.trust.tables() {
        text.push_str(&format!("\n[trust.{}]\n", shown.map_or("otherwise", Shown::name)));
        for (feed, trust) in feeds {
            text.push_str(&format!("{feed} = {trust}\n"));
        }
    }
    text
}

/// The number under a key; none where the template's own is kept.
fn value(section: &str, key: &str, matching: &Matching) -> Option<String> {
    let (thresholds, limits) = (&matching.thresholds, &matching.limits);
    Some(match (section, key) {
        ("thresholds", "prior") => share(thresholds.prior),
        ("thresholds", "kin_odds") => share(thresholds.kin_odds),
        ("thresholds", "namesake_odds") => share(thresholds.namesake_odds),
        ("thresholds", "link") => format!("{:?}", thresholds.link.bits()),
        ("thresholds", "review") => format!("{:?}", thresholds.review.bits()),
        ("thresholds", "ambiguity_margin") => format!("{:?}", thresholds.ambiguity_margin.bits()),
        ("limits", "block_profiles_max") => limits.block_profiles_max.to_string(),
        ("limits", "component_profiles_max") => limits.component_profiles_max.to_string(),
        ("limits", "component_step") => format!("{:?}", limits.component_step.bits()),
        ("limits", "name_share_min") => share(limits.name_share_min),
        _ => {
            let field = Field::ALL.into_iter().find(|field| field.name() == section)?;
            let level = Level::of(field).iter().find(|level| level.name() == key)?;
            let rates = matching.rates(*level)?;
            let u = match rates.u {
                Share::Fixed(fixed) => share(fixed),
                Share::Table(_) => "\"frequency\"".to_owned(),
            };
            let namesake = rates.namesake.map(|fixed| format!(", namesake = {}", share(fixed))).unwrap_or_default();
            format!("{{ m = {}, u = {u}, kin = {}{namesake} }}", share(rates.m), share(rates.kin))
        }
    })
}

/// The shortest text that reads back as the same number; small ones with an exponent.
pub(super) fn share(share: f64) -> String {
    if share < 1e-3 { format!("{share:e}") } else { format!("{share:?}") }
}
