//! People in the register, and pairs of which only a person can say whether they are one human.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use liangdi_domain::division::Code;

#[derive(Subcommand)]
pub enum Person {
    /// Find people by ID number, or by name and birth date with a phone or a household county
    Find {
        /// ID number
        #[arg(long, required_unless_present = "name")]
        id_number: Option<String>,
        /// Name
        #[arg(long, requires = "birth_date")]
        name: Option<String>,
        /// Birth date
        #[arg(long)]
        birth_date: Option<NaiveDate>,
        /// Phone
        #[arg(long)]
        phone: Option<String>,
        /// County of the household register
        #[arg(long)]
        household: Option<Code>,
    },
    /// One person: facts with their sources, and who was told what
    Show {
        /// The id that `find` prints
        id: uuid::Uuid,
        /// Show name, number, birth date and phone unmasked, for this purpose; the look is recorded
        #[arg(long, value_name = "PURPOSE")]
        reveal: Option<String>,
        /// Why this is one person: what holds the profiles together, field by field, decisions and history
        #[arg(long)]
        why: bool,
        /// One JSON object instead of words
        #[arg(long)]
        json: bool,
    },
    /// Write down a value that the person corrected: it is shown until it is lifted, whatever departments write
    Correct {
        /// The id that `find` prints
        id: uuid::Uuid,
        #[command(flatten)]
        value: Corrected,
        /// On which ground, for example the number of the request
        #[arg(long)]
        reason: String,
    },
    /// Protect a person: address and township leave the residence township for nobody, whatever departments write
    Protect {
        /// The id that `find` prints
        id: uuid::Uuid,
        /// On which ground, for example the number of the request
        #[arg(long)]
        reason: String,
    },
    /// End the protection that an operator gave
    Unprotect {
        /// The id that `find` prints
        id: uuid::Uuid,
    },
    /// Lift a correction: departments' words count again
    Lift {
        /// The id that `find` prints
        id: uuid::Uuid,
        /// Which value
        field: ShownField,
    },
}

#[derive(Subcommand)]
pub enum Subject {
    /// What is known of a person, from whom, who was told what and on which basis
    Report {
        /// The id that `liangdi person find` prints
        id: uuid::Uuid,
        /// Show name, number, birth date, sex, phone, address and guardian unmasked
        #[arg(long, requires = "purpose")]
        reveal: bool,
        /// Why the report is made, for example the number of the request; it is recorded
        #[arg(long)]
        purpose: Option<String>,
        /// One JSON object instead of words
        #[arg(long)]
        json: bool,
    },
    /// Requests that persons made by right (access, correction, deletion, explanation) and that wait to be settled
    Requests {
        /// Settled ones too
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// One JSON object a line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Erase what is held of a person, or what one feed said; without --confirm only tried
    Delete(Delete),
    /// Say what became of a request; the latest word counts
    Settle {
        /// The number that `requests` prints
        no: i64,
        /// What became of it
        #[arg(long)]
        outcome: Settlement,
        /// Why; a refusal owes the person its reason (PIPL article 50)
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args)]
pub struct Delete {
    /// The id that `liangdi person find` prints
    pub id: uuid::Uuid,
    /// Only what this feed said: police, civil-affairs, hr, housing, township, hub
    #[arg(long)]
    pub feed: Option<String>,
    /// On which ground of PIPL article 47
    #[arg(long)]
    pub basis: ErasureBasis,
    /// Why, for example the number of the request; it is recorded
    #[arg(long)]
    pub reason: String,
    /// Do it, if the person still stands as when the trial printed this mark
    #[arg(long, value_name = "MARK")]
    pub confirm: Option<uuid::Uuid>,
    /// One JSON object instead of words
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ErasureBasis {
    /// The purpose is achieved, cannot be achieved, or no longer needs it
    PurposeOver,
    /// The period of retention is over, or the service is
    PeriodOver,
    /// The person withdrew the consent
    ConsentWithdrawn,
    /// It was processed against the law or what was agreed
    Unlawful,
    /// Another law or regulation demands it
    OtherLaw,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Settlement {
    /// All of it
    Granted,
    /// Some of it
    Partly,
    /// None of it
    Refused,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Corrected {
    /// Name
    #[arg(long)]
    pub name: Option<String>,
    /// ID number
    #[arg(long)]
    pub id_number: Option<String>,
    /// Birth date
    #[arg(long)]
    pub birth_date: Option<NaiveDate>,
    /// Sex
    #[arg(long)]
    pub sex: Option<SexArgument>,
    /// Phone
    #[arg(long)]
    pub phone: Option<String>,
    /// Name of a minor's guardian
    #[arg(long)]
    pub guardian: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SexArgument {
    Male,
    Female,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ShownField {
    Name,
    IdNumber,
    BirthDate,
    Sex,
    Phone,
    Guardian,
}

#[derive(Subcommand)]
pub enum Review {
    /// What waits for a decision, the most consequential first
    List {
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Both sides of a pair, field by field, with what each field says
    Show {
        /// The number in the list
        no: i64,
        /// Show names, numbers, birth dates, phones and addresses unmasked, for this purpose; the look is recorded
        #[arg(long, value_name = "PURPOSE")]
        reveal: Option<String>,
    },
    /// Decide a pair; it is not asked again, whatever the weights become
    Decide {
        /// The number in the list
        no: i64,
        /// What the two are
        verdict: ReviewVerdict,
        /// Why, for whoever reads it in a year
        #[arg(long)]
        reason: String,
    },
    /// What was decided, newest first
    Decisions {
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Take a decision back: weights decide again
    Undo {
        /// The number among the decisions
        no: i64,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ReviewVerdict {
    /// One human
    Same,
    /// Two humans
    Different,
    /// Not now: behind all others in the list
    Later,
}
