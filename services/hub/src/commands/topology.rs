//! `liangdi topology plan|apply`: what the broker should hold, and the difference to what it has.

use anyhow::{Result, bail};
use liangdi_broker::topology::{self, Jurisdiction, Plan, Scope, Wanted};
use liangdi_domain::division::{Announcement, Code};
use liangdi_store::port::register;

use crate::cli::Topology;
use crate::context::Context;
use crate::{Found, say};

/// Shows the difference, or makes it.
pub async fn run(context: &Context, command: Topology) -> Result<Found> {
    let admin = context.admin()?;
    let mut scope = context.scope()?;
    add_announced(context, &mut scope).await;
    let wanted = Wanted::new(&scope);
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

/// Divisions that boundary changes bring get their exchange as soon as they are announced; former ones keep theirs.
async fn add_announced(context: &Context, scope: &mut Scope) {
    let announced = match context.store().await {
        Ok(store) => store.announced().await,
        Err(error) => return say::note(format!("divisions announced since are left out: {error:#}")),
    };
    let announced = match announced {
        Ok(announced) => announced,
        Err(error) => return say::note(format!("divisions announced since are left out: {error}")),
    };
    let (divisions, modes) = (context.tables, context.delivery_modes());
    // In the order of days: what comes of a division that came of one of these is one of these.
    let register = register(divisions, announced);
    for Announcement { change, .. } in register.followed() {
        let served = scope.jurisdictions.iter().map(|jurisdiction| jurisdiction.code);
        let concerned: Vec<Code> =
            served.filter(|code| change.from.iter().any(|from| from.code.contains(code))).collect();
        if concerned.is_empty() {
            continue;
        }
        // What lies below goes along under new digits, and what a split leaves without a village goes to the division above.
        let table = register.on(change.effective_on);
        let heirs = concerned.into_iter().filter_map(|code| table.receiver(code));
        let codes: Vec<Code> = change.to.iter().map(|to| to.code).chain(heirs).collect();
        for code in codes.into_iter().filter(|code| code.province() == divisions.home()) {
            if !scope.jurisdictions.iter().any(|jurisdiction| jurisdiction.code == code) {
                scope.jurisdictions.push(Jurisdiction { code, delivery: modes.of(code) });
            }
        }
    }
}

async fn compare(management: &liangdi_broker::management::Management, wanted: &Wanted) -> Result<Plan> {
    Ok(topology::plan(wanted, &topology::read(management, &wanted.vhost).await?))
}
