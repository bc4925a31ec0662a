//! `liangdi topology plan|apply`: what the broker should hold, and the difference to what it has.

use anyhow::{Result, bail};
use liangdi_broker::topology;
use liangdi_store::port::Announced;

use crate::cli::Topology;
use crate::context::Context;
use crate::topology::{compare, wanted};
use crate::{Found, say};

/// Shows the difference, or makes it.
pub async fn run(context: &Context, command: Topology) -> Result<Found> {
    let admin = context.admin()?;
    let wanted = wanted(context, announced(context).await)?;
    let plan = compare(&admin.management, &wanted).await?;
    say::line(plan.to_string());
    match command {
        Topology::Plan => Ok(Found::faults_if(!plan.is_done())),
        Topology::Apply if plan.is_done() => Ok(Found::Nothing),
        Topology::Apply => {
            topology::apply(&admin, &wanted, &plan).await?;
            let left = compare(&admin.management, &wanted).await?;
            if !left.is_done() {
                bail!("this is still different after applying:\n{left}");
            }
            say::line("done");
            Ok(Found::Nothing)
        }
    }
}

/// The boundary changes announced so far. The broker can be set up before there is a database.
async fn announced(context: &Context) -> Vec<Announced> {
    let announced = match context.store().await {
        Ok(store) => store.announced().await.map_err(Into::into),
        Err(error) => Err(error),
    };
    announced.unwrap_or_else(|error| {
        say::note(format!("divisions announced since are left out: {error:#}"));
        Vec::new()
    })
}
