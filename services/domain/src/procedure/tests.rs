use super::*;

#[test]
fn the_shipped_file_holds_every_procedure_a_statement_needs() {
    let procedures = Procedures::read(SHIPPED).unwrap();
    assert_eq!(procedures.basis("inflow"), "inflow; Residence Permit Regulation art. 7");
    assert_eq!(procedures.basis("registration"), "registration; Residence Permit Regulation art. 7");
}

#[test]
fn a_missing_procedure_is_named() {
    let refused = Procedures::read("").unwrap_err().to_string();
    assert!(refused.contains("[inflow] is missing"), "{refused}");
}

#[test]
fn an_unknown_key_or_word_is_refused_with_its_line() {
    for (was, is, named) in [("source =", "sauce =", "sauce"), ("\"household\"", "\"neighbour\"", "neighbour")] {
        let refused = Procedures::read(&SHIPPED.replacen(was, is, 1)).unwrap_err().to_string();
        assert!(refused.contains(named) && refused.contains("line"), "{refused}");
    }
}

#[test]
fn an_entry_without_sense_is_refused_with_its_line_and_key() {
    let line = SHIPPED.lines().position(|line| line == "[inflow]").unwrap() + 1;
    let refused = |was: &str, is: &str| Procedures::read(&SHIPPED.replacen(was, is, 1)).unwrap_err().to_string();
    let at = format!("procedures.toml, line {line}: [inflow] ");
    assert!(refused("step = \"answer\"", "step = \"offer\"").starts_with(&format!("{at}owed.step: ")));
    assert!(refused("by = \"household\"", "by = \"residence\"").starts_with(&format!("{at}owed.by: ")));
    assert!(refused("{ working-days = 1 }", "{ working-days = 7 }").starts_with(&format!("{at}owed.late: ")));
    assert!(refused("{ working-days = 10 }", "{ working-days = 10000 }").starts_with(&format!("{at}owed.within: ")));
    assert!(
        refused("basis = \"Residence Permit Regulation art. 7\"", "basis = \" \"").starts_with(&format!("{at}basis: "))
    );
}

#[test]
fn a_procedure_without_a_basis_is_switched_off_and_one_of_tomorrow_is_not_followed_today() {
    let off = SHIPPED.replacen("basis = \"Residence Permit Regulation art. 7\"\n", "", 1);
    let day: NaiveDate = "2026-03-09".parse().unwrap();
    assert!(!Procedures::read(&off).unwrap().tells(Topic::Inflow, day));
    let later = SHIPPED.replacen("valid-from = 2016-01-01", "valid-from = 2026-03-10", 1);
    let later = Procedures::read(&later).unwrap();
    assert!(!later.tells(Topic::Inflow, day) && later.tells(Topic::Inflow, day.succ_opt().unwrap()));
}

#[test]
fn another_duty_of_a_known_shape_needs_an_entry_and_no_code() {
    let entry = r#"
[welcome]
source = "a county's own rule"
basis = "county order 3 of 2026"
valid-from = 2026-01-01
opens = "stay-registered"
[welcome.owed]
by = "residence"
step = "offer"
within = { working-days = 3 }
from = "registration"
silence = "counted"
late = [{ after = { working-days = 1 }, tell = "owing" }]
"#;
    let procedures = Procedures::read(&format!("{SHIPPED}{entry}")).unwrap();
    let day: NaiveDate = "2026-03-09".parse().unwrap();
    let names: Vec<&str> = procedures.opened_by(Opening::StayRegistered, day).map(|(name, _)| name).collect();
    assert_eq!(names, ["inflow", "service-offer", "welcome"]);
}

#[test]
fn an_inflow_is_answered_within_ten_working_days_and_a_lead_within_twenty_days() {
    let day: NaiveDate = "2026-03-09".parse().unwrap();
    let due = |name| Procedures::shipped().due_on(name, day, Calendar::shipped()).map(|due| due.date.to_string());
    assert_eq!(due("inflow").as_deref(), Some("2026-03-23"));
    assert_eq!(due("registration").as_deref(), Some("2026-03-29"));
    assert_eq!(due("outflow"), None);
}

#[test]
fn a_procedure_is_said_in_words_one_step_a_line_with_periods_in_digits() {
    let words = Procedures::shipped().explain("inflow").unwrap();
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(lines[0], "inflow: opens when the police or the residence township registered a stay");
    assert_eq!(
        lines[3..],
        [
            "  day 0       the date of the notice (Asia/Shanghai)",
            "  10 days     working: the household side answers: confirmed, not-known, disputed or belongs-elsewhere",
            "  +1 days     working, after that: whoever owes it gets a reminder",
            "  +5 days     working, after that: the division above gets an escalation (counts and case ids)",
            "  +10 days    working, after that: the prefecture above gets an escalation (counts and case ids)",
            "  silence     means nothing: the case stays open, no record changes",
        ]
    );
    assert!(Procedures::shipped().explain("parking").is_none());
}
