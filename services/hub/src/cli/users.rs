//! Users of the console.

use clap::{Subcommand, ValueEnum};
use liangdi_domain::division::Code;

#[derive(Subcommand)]
pub enum Users {
    /// Make a user and print the first password, which has to be changed at the first login
    Add {
        /// Letters, digits, dots, dashes, underscores
        name: String,
        /// What the user may do
        #[arg(long)]
        role: RoleArgument,
        /// Of clerks: a division they work for, with what lies below it; may be repeated
        #[arg(long = "jurisdiction", value_name = "CODE")]
        jurisdictions: Vec<Code>,
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
    /// Close an account and end its sessions; `reset` opens it again
    Lock {
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
