//! What one entry of `procedures.toml` says. Closed lists: a word the hub does not know is a mistake, not a wish.

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::calendar::{Calendar, Due};

/// One procedure.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Procedure {
    /// Where the rule was taken from.
    pub source: String,
    /// The article in force that carries it, as notices cite it; without one the procedure is switched off.
    pub basis: Option<String>,
    /// From this day on it is followed.
    #[serde(deserialize_with = "date")]
    pub valid_from: NaiveDate,
    /// What opens it.
    pub opens: Opening,
    /// How often it comes round again.
    pub every: Option<Period>,
    /// Counts from 1 up to below this are not shown.
    pub small_cells_below: Option<u32>,
    /// What somebody owes then; none where a notice only informs.
    pub owed: Option<Owed>,
}

impl Procedure {
    /// Whether it is followed on a day: it has a basis, and its day has come.
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.basis.is_some() && self.valid_from <= on
    }
}

/// A date as TOML writes it.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?.to_string();
    written.parse().map_err(|_| D::Error::custom(format!("{written} is no date (YYYY-MM-DD)")))
}

/// What opens a procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opening {
    /// The police or the residence township registered a stay.
    StayRegistered,
    /// The household township registered a departure.
    DepartureRegistered,
    /// Departments know of a stay that nobody registered.
    DepartmentsKnow,
    /// A person works or keeps a shop elsewhere than where they live.
    WorksElsewhere,
    /// The household register moved.
    HouseholdMoved,
    /// A village reported an inflow or outflow, or the township names such a report.
    VillageReported,
    /// A registered stay goes on, and nobody has said anything of the person for some time.
    NoNews,
    /// A residence permit comes to the end of a full year.
    PermitYear,
    /// Whoever was asked in another procedure disputes it.
    ReplyDisputed,
    /// A person asked for facts to be verified for a service.
    VerificationRequested,
    /// Somebody complained of an office or a feed.
    ComplaintFiled,
    /// A complaint was taken up, or the time for that ran out.
    ComplaintAccepted,
    /// Better evidence contradicts a message.
    MessageContradicted,
    /// A person exercised a right under PIPL articles 44 to 50.
    RightsRequested,
    /// So many working days went by.
    PeriodEnds,
    /// A township has villages that report through the hub.
    VillagesReport,
    /// Notices wait for a township or county that sends no receipt.
    NoReceipt,
    /// A month ended.
    MonthEnds,
}

/// What is owed, and what follows when it is not done.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Owed {
    /// Who owes it.
    pub by: Party,
    /// What.
    pub step: Step,
    /// Within which period of day 0.
    pub within: Period,
    /// What day 0 is.
    pub from: DayZero,
    /// What it means when nothing comes.
    pub silence: Silence,
    /// Who hears when it ran out, in the order of time.
    #[serde(default)]
    pub late: Vec<Late>,
}

/// A side of a procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The household side.
    Household,
    /// The residence side.
    Residence,
    /// The township whose village reported.
    Reporter,
    /// Whoever is asked.
    Asked,
    /// Whoever a person applied to.
    Requester,
    /// The office above the one complained of.
    Superior,
    /// The office whose message it is.
    Publisher,
    /// Whoever runs the hub.
    Operator,
    /// Both sides.
    Both,
    /// A village that reports through the hub.
    Village,
    /// A township or county for which notices wait.
    Silent,
    /// Every jurisdiction of the hub's province.
    EachLevel,
}

/// A step that can be owed; what fulfils it is fixed by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A reply to the notice.
    Answer,
    /// The request, passed on to the hub.
    PassOn,
    /// Registration of the stay, or the reply that nobody knows the person.
    Register,
    /// The township's own registration of what its village reported.
    Record,
    /// A service offered, declined, requested or decided.
    Offer,
    /// Word of the person, asked for by phone or app: any message about them.
    Confirm,
    /// The side's own view: a reply to the consultation.
    StateView,
    /// A complaint taken up: the reply `answered`, or at once `decided`.
    Accept,
    /// A complaint ended: the reply `decided`.
    Finish,
    /// The message, checked: withdrawn, or stood by under a new id.
    Check,
    /// The request, settled: granted, or refused with its reason.
    Decide,
    /// A village's report, of which there may be nothing to tell.
    Report,
    /// A receipt or a reply, to any notice.
    Receipt,
    /// The reply `confirmed` to a return: checked, signed, submitted; or `disputed`: it is not.
    Sign,
}

impl Step {
    /// The name in reminders.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Answer => "answer",
            Step::PassOn => "pass-on",
            Step::Register => "register",
            Step::Record => "record",
            Step::Offer => "offer",
            Step::Confirm => "confirm",
            Step::StateView => "state-view",
            Step::Accept => "accept",
            Step::Finish => "finish",
            Step::Check => "check",
            Step::Decide => "decide",
            Step::Report => "report",
            Step::Receipt => "receipt",
            Step::Sign => "sign",
        }
    }
}

/// A period of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// Working days, by the calendar.
    WorkingDays(u32),
    /// Calendar days.
    Days(u32),
}

impl Period {
    /// Its last day, counted from day 0.
    pub fn after(self, day_zero: NaiveDate, calendar: &Calendar) -> Due {
        match self {
            Period::WorkingDays(days) => calendar.add_working_days(day_zero, days),
            Period::Days(days) => calendar.add_days(day_zero, days),
        }
    }
}

/// What day 0 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayZero {
    /// The date of the notice, in Asia/Shanghai.
    Notice,
    /// The day of the village's report.
    Report,
    /// The day on which the stay was registered.
    Registration,
    /// The day of the last message about the person.
    News,
    /// The day on which the person applied.
    Application,
    /// The day on which it was filed.
    Filing,
    /// The last day of the period before.
    Period,
}

/// What it means when nothing comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// Nothing: the case stays open.
    Open,
    /// The question is shown as unanswered, never as refused.
    Unanswered,
    /// It counts in the scorecard, and nothing else follows.
    Counted,
}

/// Who hears that something ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Late {
    /// So long after the last day in time.
    pub after: Period,
    /// Who hears.
    pub tell: Hears,
}

/// Who hears that something ran out, and thereby with which notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hears {
    /// Whoever owes it: a `reminder`.
    Owing,
    /// The division above: an `escalation`.
    Superior,
    /// The prefecture above: an `escalation`.
    Prefecture,
}
