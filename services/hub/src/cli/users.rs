//! Users of the console.

use clap::{Subcommand, ValueEnum};
use liangdi_domain::division::Code;

#[derive(Subcommand)]
pub enum Users {
    /// Make a user and print the first password, which has to be changed at the first login; none for an account at the provider
    Add {
        /// Letters, digits, dots, dashes, underscores
        name: String,
        /// What the user may do
        #[arg(long)]
        role: RoleArgument,
        /// Of clerks: a division they work for, with what lies below it; may be repeated
        #[arg(long = "jurisdiction", value_name = "CODE")]
        jurisdictions: Vec<Code>,
        /// Logs in through the provider (console.oidc), which calls the user this; no password is made
        #[arg(long, value_name = "ACCOUNT")]
        oidc: Option<String>,
    },
    /// Have a user log in through the provider: password and second factor go, who was bound before is forgotten
    Bind {
        /// Who
        name: String,
        /// What the provider calls the user; from the first login on, its identifier counts
        #[arg(long, value_name = "ACCOUNT")]
        oidc: String,
    },
    /// Every user, with role, jurisdictions and whether the account is open
    List {
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Give a new first password: opens a locked account, takes the second factor away, ends all sessions
    Reset {
        /// Who
        name: String,
    },
    /// Give another role and other jurisdictions; whoever stood in for the user no longer does
    Change {
        /// Who
        name: String,
        /// What the user may do
        #[arg(long)]
        role: RoleArgument,
        /// Of clerks: a division they work for, with what lies below it; may be repeated
        #[arg(long = "jurisdiction", value_name = "CODE")]
        jurisdictions: Vec<Code>,
    },
    /// Close an account and end its sessions
    Lock {
        /// Who
        name: String,
    },
    /// Open a locked account again, with the password or the account at the provider that it had
    Unlock {
        /// Who
        name: String,
    },
    /// Take the second factor away, of somebody who lost the telephone; ends all sessions
    RemoveSecondFactor {
        /// Who
        name: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum RoleArgument {
    Operator,
    Reviewer,
    Auditor,
    Clerk,
}
