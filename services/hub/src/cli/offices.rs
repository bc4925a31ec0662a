//! Keys to the door: users of departments and townships on the broker.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum Offices {
    /// Let an office in: a user with exactly its permissions, and a password that is shown once
    Add {
        /// A department: FEED.DIVISION, e.g. police.320500; a township, or a level above or below: its code
        office: String,
        #[command(flatten)]
        password: Password,
    },
    /// Give an office a new password; connections that stand go on with the old one until they end
    Rotate {
        /// As in `add`
        office: String,
        #[command(flatten)]
        password: Password,
    },
    /// Who may come in, and whether the broker lets each do exactly what it should
    List {
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Shut an office out; its connections end, its queue stays with whatever is in it
    Remove {
        /// As in `add`
        office: String,
    },
}

#[derive(Args)]
pub struct Password {
    /// Write the password to this new file, mode 0600, instead of showing it
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}
