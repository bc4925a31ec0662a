//! Tokens of the HTTP API.

use clap::Subcommand;
use liangdi_domain::division::Code;

use super::RoleArgument;

#[derive(Subcommand)]
pub enum Tokens {
    /// Give a token and print its secret, once: `Authorization: Bearer SECRET`
    Add {
        /// What it is called in lists and in the audit: letters, digits, dots, dashes, underscores
        name: String,
        /// What it may do; a township's system is a clerk
        #[arg(long)]
        role: RoleArgument,
        /// Of clerks: a division it works for, with what lies below it; may be repeated
        #[arg(long = "jurisdiction", value_name = "CODE")]
        jurisdictions: Vec<Code>,
        /// From how many days on it is worth nothing
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
    /// Every token, without its secret
    List {
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// End a token at once
    Revoke {
        /// What it is called
        name: String,
    },
}
