//! `liangdi person find|show`: people in the register, masked unless a purpose is given.

use anyhow::{Context as _, Result, bail};
use chrono::NaiveDate;
use liangdi_console::bonds::Bond;
use liangdi_console::{bonds, sheet};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::identity::block::Block;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::identity::{Matching, Resolver};
use liangdi_domain::ids::{PersonId, Token};
use liangdi_domain::person::{Document, Name, PersonFile, Phone, Profile};
use liangdi_registry::marks;
use liangdi_store::port::{Correction, Protection};
use liangdi_store::postgres::{Look, PgStore};
use liangdi_store::report::{Bonds, PersonSheet};
use serde_json::{Value, json};
use uuid::Uuid;

use super::quarantine::operator;
use super::review;
use crate::cli::{Corrected, Person, SexArgument, ShownField};
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out.
pub async fn run(context: &Context, command: Person) -> Result<Found> {
    match command {
        Person::Find { id_number, name, birth_date, phone, household } => {
            let asked = asked(id_number.as_deref(), name.as_deref(), birth_date, phone.as_deref(), household)?;
            find(context, &asked).await
        }
        Person::Correct { id, value, reason } => correct(context, id, value, reason).await,
        Person::Protect { id, reason } => protect(context, id, reason).await,
        Person::Unprotect { id } => unprotect(context, id).await,
        Person::Lift { id, field } => lift(context, id, field).await,
        Person::Show { id, reveal, why, json } => show(context, id, reveal.as_deref(), why, json).await,
    }
}

/// What was asked for, as a profile: it is found by the same keyed tokens as a message's.
fn asked(
    id_number: Option<&str>,
    name: Option<&str>,
    birth: Option<NaiveDate>,
    phone: Option<&str>,
    household: Option<Code>,
) -> Result<Profile> {
    let (document, _) = Document::read(None, id_number);
    let phone = match phone.map(Phone::read) {
        None => None,
        Some(Ok(phone)) => phone,
        Some(Err(_)) => bail!("--phone has no shape of a phone"),
    };
    if id_number.is_some()
        && !matches!(document, Document::Resident { .. } | Document::Expanded { .. })
        && name.is_none()
    {
        bail!("--id-number is no resident number with a right check digit; give --name as well");
    }
    if id_number.is_none() && phone.is_none() && household.is_none() {
        bail!("a name and a birth date fit many people; add --phone or --household");
    }
    Ok(Profile { document, name: name.and_then(Name::read), birth, phone, household, ..Profile::default() })
}

async fn find(context: &Context, asked: &Profile) -> Result<Found> {
    let (store, keys, matching) = (context.store().await?, context.keys()?, context.matching()?);
    let resolver = Resolver { matching: &matching, divisions: Divisions::shipped() };
    // A number finds its person; else name and birth date do, however the name is written.
    let wanted = if asked.document == Document::None { Block::NameBirth } else { Block::Document };
    let tokens: Vec<Token> = resolver
        .keys(&resolver.prepare(asked))
        .iter()
        .filter(|key| key.block == wanted)
        .map(|key| marks::blocking_key(&keys, key).token)
        .collect();
    let persons = store.find_persons(&tokens).await?;
    if persons.is_empty() {
        say::line("nobody");
        return Ok(Found::Nothing);
    }
    for person in persons {
        say::line(person.0.to_string());
    }
    say::note("`liangdi person show ID` tells more");
    Ok(Found::Nothing)
}

async fn show(context: &Context, id: Uuid, reveal: Option<&str>, why: bool, as_json: bool) -> Result<Found> {
    let store = context.store().await?;
    let who = operator();
    let look = Look { who: &who, purpose: reveal.unwrap_or("masked look") };
    let Some(sheet) = store.person_sheet(PersonId(id), look).await? else {
        bail!("no person has the id {id}; `liangdi person find` finds people");
    };
    let mut document = sheet::document(&sheet, reveal.is_some());
    if why {
        let bonds = store.bonds(sheet.file.person).await?;
        document["why"] = why_one(&sheet, &bonds, &context.matching()?);
    }
    if as_json {
        say::line(document.to_string());
    } else {
        say::line(format!("{document:#}"));
    }
    Ok(Found::Nothing)
}

async fn correct(context: &Context, id: Uuid, value: Corrected, reason: String) -> Result<Found> {
    let (field, value) = corrected(value)?;
    let store = context.store().await?;
    let who = operator();
    let file = file(&store, id, "correction").await?;
    let Some((profile, _)) = file.profiles.first().cloned() else {
        bail!("nothing that stands speaks of person {id}");
    };
    let correction = Correction { profile, field, value, reason, who };
    let outcome = context.settled_registry(store).await?.correct(file.person, &correction).await?;
    say::line(format!("written down; {} notices follow from it", outcome.notices));
    Ok(Found::Nothing)
}

async fn lift(context: &Context, id: Uuid, field: ShownField) -> Result<Found> {
    let field = match field {
        ShownField::Name => Shown::Name,
        ShownField::IdNumber => Shown::Document,
        ShownField::BirthDate => Shown::Birth,
        ShownField::Sex => Shown::Sex,
        ShownField::Phone => Shown::Phone,
        ShownField::Guardian => Shown::Guardian,
    };
    let store = context.store().await?;
    let file = file(&store, id, "lifting a correction").await?;
    let Some(outcome) = context.settled_registry(store).await?.lift(file.person, field, &operator()).await? else {
        bail!("nothing is corrected in this field of person {id}");
    };
    say::line(format!("lifted; {} notices follow from it", outcome.notices));
    Ok(Found::Nothing)
}

async fn protect(context: &Context, id: Uuid, reason: String) -> Result<Found> {
    let store = context.store().await?;
    let file = file(&store, id, &format!("protecting: {reason}")).await?;
    let Some((profile, _)) = file.profiles.first().cloned() else {
        bail!("nothing that stands speaks of person {id}");
    };
    let protection = Protection { profile, reason, who: operator() };
    let outcome = context.settled_registry(store).await?.protect(file.person, &protection).await?;
    say::line(format!("protected; {} notices follow from it", outcome.notices));
    Ok(Found::Nothing)
}

async fn unprotect(context: &Context, id: Uuid) -> Result<Found> {
    let store = context.store().await?;
    let file = file(&store, id, "ending a protection").await?;
    let Some(outcome) = context.settled_registry(store).await?.unprotect(file.person, &operator()).await? else {
        bail!("no operator protects person {id}");
    };
    say::line(format!("no longer protected by an operator; {} notices follow from it", outcome.notices));
    Ok(Found::Nothing)
}

async fn file(store: &PgStore, id: Uuid, purpose: &str) -> Result<PersonFile> {
    let who = operator();
    let sheet = store.person_sheet(PersonId(id), Look { who: &who, purpose }).await?;
    let sheet = sheet.with_context(|| format!("no person has the id {id}; `liangdi person find` finds people"))?;
    Ok(sheet.file)
}

/// The one value that was given, as a profile with nothing else in it.
fn corrected(value: Corrected) -> Result<(Shown, Profile)> {
    let Corrected { name, id_number, birth_date, sex, phone, guardian } = value;
    let sex = sex.map(|sex| if matches!(sex, SexArgument::Male) { "male" } else { "female" }.to_owned());
    let given = [
        (Shown::Name, name, "--name names nobody"),
        (Shown::Document, id_number, "--id-number is no resident number with a right check digit"),
        (Shown::Birth, birth_date.map(|date| date.to_string()), "--birth-date is no date"),
        (Shown::Sex, sex, "--sex is neither"),
        (Shown::Phone, phone, "--phone has no shape of a phone"),
        (Shown::Guardian, guardian, "--guardian names nobody"),
    ];
    let given = given.into_iter().find_map(|(field, text, fault)| Some((field, text?, fault)));
    let (field, text, fault) = given.context("no value was given")?;
    Ok((field, field.read(&text).context(fault)?))
}

/// What holds the profiles together: every edge with the levels and weights it is made of; decisions; history.
fn why_one(sheet: &PersonSheet, bonds: &Bonds, matching: &Matching) -> Value {
    let resolver = Resolver { matching, divisions: Divisions::shipped() };
    let edge = |Bond { edge, weighed }: Bond<'_>| {
        let parts = weighed.map(|weighed| weighed.parts.iter().map(review::part).collect::<Vec<_>>());
        json!({
            "a": edge.a.0, "b": edge.b.0, "bits": f64::from(edge.weight) / 100.0, "inside": parts.is_some(),
            "fields": parts,
        })
    };
    let edges = bonds::weighed(&sheet.file, bonds, &resolver);
    json!({
        "edges": edges.into_iter().map(edge).collect::<Vec<_>>(),
        "decisions": bonds.decisions,
        "history": bonds.moves,
    })
}
