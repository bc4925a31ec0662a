//! A procedure in words: one step per line, periods in digits.

use super::{DayZero, Hears, Opening, Owed, Party, Period, Procedure, Silence, Step};

pub(super) fn explain(name: &str, procedure: &Procedure) -> String {
    let mut lines = vec![
        format!("{name}: opens when {}", opening(procedure.opens)),
        format!("  source      {}", procedure.source),
        match &procedure.basis {
            Some(basis) => format!("  basis       {basis}, followed from {} on", procedure.valid_from),
            None => "  basis       none in force: switched off".to_owned(),
        },
    ];
    match &procedure.owed {
        None => lines.push("  owed        nothing; it only informs".to_owned()),
        Some(owed) => lines.extend(steps(owed)),
    }
    if let Some(every) = procedure.every {
        lines.push(format!("  every       {} {} days, as long as it is so", days(every), kind(every)));
    }
    if let Some(below) = procedure.small_cells_below {
        lines.push(format!(
            "  not shown   counts from 1 to {}, and others from which they could be worked out",
            below - 1
        ));
    }
    lines.join("\n")
}

fn steps(owed: &Owed) -> Vec<String> {
    let mut lines = vec![
        format!("  day 0       {}", day_zero(owed.from)),
        format!("  {:<12}{}: {}", format!("{} days", days(owed.within)), kind(owed.within), owes(owed)),
    ];
    for late in &owed.late {
        let after = format!("+{} days", days(late.after));
        lines.push(format!("  {after:<12}{}, after that: {}", kind(late.after), hears(late.tell)));
    }
    lines.push(format!("  silence     {}", silence(owed.silence)));
    lines
}

fn days(period: Period) -> u32 {
    match period {
        Period::WorkingDays(days) | Period::Days(days) => days,
    }
}

fn kind(period: Period) -> &'static str {
    match period {
        Period::WorkingDays(_) => "working",
        Period::Days(_) => "calendar",
    }
}

fn opening(opens: Opening) -> &'static str {
    match opens {
        Opening::StayRegistered => "the police or the residence township registered a stay",
        Opening::DepartureRegistered => "the household township registered a departure",
        Opening::DepartmentsKnow => "departments know of a stay that nobody registered",
        Opening::WorksElsewhere => "a person works or keeps a shop elsewhere than where they live",
        Opening::HouseholdMoved => "the household register moved",
        Opening::VillageReported => "a village reported an inflow or outflow, or the township names such a report",
        Opening::NoNews => "a registered stay goes on and nobody has said anything of the person for some time",
        Opening::PermitYear => "a residence permit comes to the end of a full year",
        Opening::ReplyDisputed => "whoever was asked disputes what they were told",
        Opening::VerificationRequested => "a person asked for facts to be verified for a service",
        Opening::ComplaintFiled => "somebody complained of an office or a feed",
        Opening::ComplaintAccepted => "a complaint was taken up, or the time for that ran out",
        Opening::MessageContradicted => "better evidence contradicts a message",
        Opening::RightsRequested => "a person asks what is held of them, or to have it corrected, deleted or explained",
        Opening::PeriodEnds => "so many working days went by",
        Opening::VillagesReport => "a township has villages that report through the hub",
        Opening::NoReceipt => "notices wait for a township or county that sends no receipt",
        Opening::MonthEnds => "a month ended",
    }
}

fn day_zero(from: DayZero) -> &'static str {
    match from {
        DayZero::Notice => "the date of the notice (Asia/Shanghai)",
        DayZero::Report => "the day of the village's report",
        DayZero::Registration => "the day on which the stay was registered",
        DayZero::News => "the day of the last message about the person",
        DayZero::Application => "the day on which the person applied",
        DayZero::Filing => "the day on which it was filed",
        DayZero::Period => "the last day of the period before; periods count from the day it is followed from",
    }
}

fn owes(owed: &Owed) -> String {
    let by = match owed.by {
        Party::Household => "the household side",
        Party::Residence => "the residence township",
        Party::Reporter => "the township whose village reported",
        Party::Asked => "whoever is asked",
        Party::Requester => "whoever the person applied to",
        Party::Superior => "the office above the one complained of",
        Party::Publisher => "the office whose message it is",
        Party::Both => "each side",
        Party::Operator => "whoever runs the hub",
        Party::Village => "each village",
        Party::Silent => "whoever the notices wait for",
        Party::EachLevel => "each township, county, prefecture and the province",
    };
    let step = match owed.step {
        Step::Answer => "answers: confirmed, not-known, disputed or belongs-elsewhere",
        Step::PassOn => "passes the request on",
        Step::Register => "registers the stay, or replies not-known",
        Step::Record => "records it under its own name",
        Step::Offer => "offers its services; offered, declined, requested and decided all count",
        Step::Confirm => {
            "asks the person by phone or app, never by a visit, and says what it heard: any message counts"
        }
        Step::StateView => "states its view",
        Step::Accept => "takes the complaint up: answered (or at once decided)",
        Step::Finish => "ends it with an answer to whoever complained: decided",
        Step::Check => "checks it, then withdraws it, or stands by it by sending the same under a new id",
        Step::Decide => "grants the request, or refuses it with its reason",
        Step::Report => "reports; that nobody came or left is a report too",
        Step::Receipt => "sends a receipt or a reply, to any notice",
        Step::Sign => "checks, signs and submits what the hub compiled: confirmed, or disputed",
    };
    format!("{by} {step}")
}

fn hears(hears: Hears) -> &'static str {
    match hears {
        Hears::Owing => "whoever owes it gets a reminder",
        Hears::Superior => "the division above gets an escalation (counts and case ids)",
        Hears::Prefecture => "the prefecture above gets an escalation (counts and case ids)",
    }
}

fn silence(silence: Silence) -> &'static str {
    match silence {
        Silence::Open => "means nothing: the case stays open, no record changes",
        Silence::Unanswered => "is shown as unanswered, never as refused, and blocks nothing",
        Silence::Counted => "counts in the scorecard",
    }
}
