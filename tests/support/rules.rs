//! The shipped procedures, changed a little.

/// Working days in which an inflow is answered by the changed rules.
pub(crate) const SHORTER_DAYS: u32 = 3;

/// The shipped procedures with an inflow answered sooner.
pub(crate) fn shorter_inflow() -> String {
    let shipped = include_str!("../../config/procedures.toml");
    let (before, inflow) = shipped.split_once("\n[inflow.owed]\n").expect("the file has an inflow");
    let within = "within = { working-days = 10 }";
    assert!(inflow.contains(within));
    let shorter = format!("within = {{ working-days = {SHORTER_DAYS} }}");
    format!("{before}\n[inflow.owed]\n{}", inflow.replacen(within, &shorter, 1))
}
