//! `liangdi topology plan|apply`: what the broker should hold, and the difference to what it has.

use anyhow::{Result, bail};
use liangdi_broker::topology::{self, Plan, Wanted};

use crate::cli::Topology;
use crate::context::Context;
use crate::{Found, say};

/// Shows the difference, or makes it.
pub async fn run(context: &Context, command: Topology) -> Result<Found> {
    let admin = context.admin()?;
    let wanted = Wanted::new(&context.scope()?);
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

async fn compare(management: &liangdi_broker::management::Management, wanted: &Wanted) -> Result<Plan> {
    Ok(topology::plan(wanted, &topology::read(management, &wanted.vhost).await?))
}
