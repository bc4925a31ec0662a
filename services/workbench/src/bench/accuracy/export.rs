//! The normalised table with the truth beside it, for programs that match people by other means; and what was missed.
//! All of it is fictional.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use anyhow::{Context, Result};
use liangdi_domain::division::Code;
use liangdi_domain::identity::Prepared;
use liangdi_domain::identity::matching::Field;
use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::{Document, Profile, Sex};
use liangdi_registry::ingest::Registry;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::{Reading, Store};

use super::Appearance;
use super::missed::Missed;

/// Profiles that say next to nothing by themselves: nothing may ever be linked to one.
pub(super) async fn thin(
    registry: &Registry<MemoryStore>,
    profiles: impl Iterator<Item = &ProfileId>,
) -> Result<HashSet<ProfileId>> {
    let ids: Vec<ProfileId> = profiles.copied().collect();
    let contents = registry.store.begin().await?.contents(&ids).await?;
    Ok(contents.into_iter().filter(|(_, profile)| profile.is_thin()).map(|(id, _)| id).collect())
}

/// Writes `appearances.csv`, `profiles.csv`, `missed.csv`.
pub(super) async fn write(
    out: &Path,
    registry: &Registry<MemoryStore>,
    appearances: &[Appearance],
    missed: &[Missed],
) -> Result<()> {
    write_appearances(&out.join("appearances.csv"), appearances)?;
    let ids: BTreeSet<ProfileId> = appearances.iter().map(|one| one.profile).collect();
    let mut profiles = registry.store.begin().await?.contents(&ids.into_iter().collect::<Vec<_>>()).await?;
    profiles.sort_by_key(|(id, _)| *id);
    write_profiles(&out.join("profiles.csv"), registry, &profiles)?;
    write_missed(&out.join("missed.csv"), missed)
}

/// Who appears where under which profile, who it is, who it is held to be.
fn write_appearances(path: &Path, appearances: &[Appearance]) -> Result<()> {
    let mut csv = table(path, &["source", "id", "slot", "profile", "human", "person"])?;
    for Appearance { key: (source, id, slot), human, profile, person } in appearances {
        let (profile, person) = (profile.0.to_string(), person.0.to_string());
        csv.write_record([source, id, &slot.to_string(), &profile, &human.to_string(), &person])?;
    }
    Ok(csv.flush()?)
}

/// Every distinct profile, normalised: codes as they are called today, a name's sound without tones.
fn write_profiles(path: &Path, registry: &Registry<MemoryStore>, profiles: &[(ProfileId, Profile)]) -> Result<()> {
    const COLUMNS: [&str; 13] = [
        "profile",
        "document",
        "doc_type",
        "number",
        "name",
        "name_sound",
        "birth",
        "sex",
        "phone",
        "household",
        "living",
        "met_in",
        "address",
    ];
    let mut csv = table(path, &COLUMNS)?;
    for (id, profile) in profiles {
        let prepared = Prepared::new(profile, registry.divisions);
        let code = |code: Option<Code>| code.map(|code| code.to_string()).unwrap_or_default();
        csv.write_record([
            id.0.to_string().as_str(),
            document(&profile.document),
            profile.document.doc_type(),
            profile.document.number().unwrap_or_default(),
            profile.name.as_ref().map_or("", |name| name.key()),
            &prepared.name_sound().unwrap_or_default(),
            &profile.birth.map(|birth| birth.to_string()).unwrap_or_default(),
            match profile.sex {
                Sex::Male => "1",
                Sex::Female => "2",
                Sex::Unknown => "",
            },
            profile.phone.as_ref().map_or("", |phone| phone.as_str()),
            &code(prepared.household()),
            &code(prepared.living()),
            &code(prepared.met_in()),
            profile.address.as_ref().map_or("", |address| address.as_str()),
        ])?;
    }
    Ok(csv.flush()?)
}

/// What the number is worth.
fn document(document: &Document) -> &'static str {
    match document {
        Document::None => "none",
        Document::Resident { .. } => "resident",
        Document::Expanded { .. } => "expanded",
        Document::Doubtful { .. } => "doubtful",
        Document::Other { .. } => "other",
    }
}

/// Levels and weights of the two nearest profiles of every two persons that are one human.
fn write_missed(path: &Path, missed: &[Missed]) -> Result<()> {
    let fields = Field::ALL.map(Field::name);
    let header = ["human", "pairs", "reason", "stranger", "kin", "namesake"].into_iter().chain(fields);
    let mut csv = table(path, &header.collect::<Vec<_>>())?;
    for Missed { human, pairs, reason, nearest } in missed {
        let weights = [nearest.stranger, nearest.kin, nearest.namesake].map(|weight| weight.to_string());
        let levels = nearest.parts.map(|part| part.level.name().to_owned());
        let row = [human.to_string(), pairs.to_string(), (*reason).to_owned()].into_iter().chain(weights);
        csv.write_record(row.chain(levels))?;
    }
    Ok(csv.flush()?)
}

fn table(path: &Path, header: &[&str]) -> Result<csv::Writer<std::fs::File>> {
    let mut csv = csv::Writer::from_path(path).with_context(|| path.display().to_string())?;
    csv.write_record(header)?;
    Ok(csv)
}
