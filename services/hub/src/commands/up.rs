//! `liangdi up`, `liangdi run <role>`: the hub until Ctrl-C or SIGTERM.

use anyhow::Result;

use crate::Found;
use crate::cli::Role;
use crate::context::Context;
use crate::roles::{self, Roles};

/// Every role.
pub async fn all(context: Context) -> Result<Found> {
    run(&context, &Roles::all()).await
}

/// One role.
pub async fn one(context: Context, role: Role) -> Result<Found> {
    let roles = match role {
        Role::Adapter { feed } => Roles { feeds: vec![feed], ..Roles::none() },
        Role::Peers => Roles { peers: true, ..Roles::none() },
        Role::Clock => Roles { clock: true, ..Roles::none() },
        Role::Courier => Roles { courier: true, ..Roles::none() },
        Role::Console => Roles { console: true, ..Roles::none() },
    };
    run(&context, &roles).await
}

async fn run(context: &Context, roles: &Roles) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    tracing::info!(broker = context.endpoint()?.place()?, "starting");
    roles::run(context, roles, &shutdown).await?;
    Ok(Found::Nothing)
}
