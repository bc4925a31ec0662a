//! The mix of events in a sample: shares that decide which messages there are. Judgements of our own, set so that
//! the hub sends about 0.5 to 0.6 notices a message; change them here and nowhere else.
//!
//! What opens or changes a statement (and so makes a notice): a first registration, a departure from home, a lease or
//! job of somebody unregistered, a workplace; later a move, a cancellation, a return, a move of the household register.
//! What mostly makes none: a second office saying the same, insurance beside a job, permits, presence, services,
//! marriages, reports, requests.

/// Flats whose people arrive within the span; the others came before and are met in passing.
pub(super) const ARRIVES: f64 = 0.75;
/// People who came before and are only now registered.
pub(super) const LATE_REGISTERED: f64 = 0.25;
/// Registrations made by the police; townships make the others.
pub(super) const BY_POLICE: f64 = 0.75;
/// Police registrations that the residence township makes, too.
pub(super) const BY_BOTH: f64 = 0.20;
/// Township registrations that a village reported.
pub(super) const BY_VILLAGE: f64 = 0.40;
/// People that nobody registers.
pub(super) const UNREGISTERED: f64 = 0.15;
/// Departures that the household township in Jiangsu registers.
pub(super) const OUTFLOW: f64 = 0.36;
/// Workers with a job known to HR.
pub(super) const JOB: f64 = 0.34;
/// Jobs with insurance reported beside.
pub(super) const INSURED: f64 = 0.55;
/// Jobs that end within the span.
pub(super) const JOB_ENDS: f64 = 0.08;
/// Flats with a lease filed.
pub(super) const LEASE: f64 = 0.13;
/// Leases ended within the span.
pub(super) const LEASE_ENDS: f64 = 0.06;
/// Workers whose workplace a township registers.
pub(super) const WORKPLACE: f64 = 0.04;
/// People with a permit issued or endorsed, of those who came before.
pub(super) const PERMIT: f64 = 0.24;
/// People seen (or seen to have left and come back) by the township.
pub(super) const PRESENCE: f64 = 0.18;
/// People with a service recorded; children more often (school).
pub(super) const SERVICE: f64 = 0.10;
/// Children with a service recorded.
pub(super) const SERVICE_CHILD: f64 = 0.15;
/// People who ask for a verification.
pub(super) const VERIFICATION: f64 = 0.01;
/// People who complain.
pub(super) const COMPLAINT: f64 = 0.002;
/// People who exercise a right.
pub(super) const RIGHTS: f64 = 0.002;
/// Couples who marry within the span.
pub(super) const MARRIAGE: f64 = 0.02;
/// Couples whose marriage is dissolved within the span.
pub(super) const DISSOLVED: f64 = 0.004;
/// Registered people who move on within the span.
pub(super) const MOVES: f64 = 0.07;
/// Registered people with a second place beside the first.
pub(super) const SECOND_PLACE: f64 = 0.03;
/// Registered people who leave within the span.
pub(super) const LEAVES: f64 = 0.06;
/// Registrations made in error.
pub(super) const IN_ERROR: f64 = 0.004;
/// Registered people who become local, with their household register.
pub(super) const BECOMES_LOCAL: f64 = 0.006;
/// People of Jiangsu who go back for good.
pub(super) const RETURNS: f64 = 0.03;
/// People whose household register moves.
pub(super) const HOUSEHOLD_MOVES: f64 = 0.006;
/// People whose name or number the police change.
pub(super) const IDENTITY_CHANGES: f64 = 0.004;
/// People who die within the span; old people more often.
pub(super) const DIES: f64 = 0.0008;
/// Old people (60 and more) who die within the span.
pub(super) const DIES_OLD: f64 = 0.006;
/// Protected people.
pub(super) const PROTECTED: f64 = 0.002;
/// Village reports per flat.
pub(super) const VILLAGE_REPORTS: f64 = 0.04;
/// Messages taken back.
pub(super) const WITHDRAWN: f64 = 0.006;
/// Messages published days after they were recorded.
pub(super) const LATE: f64 = 0.03;
/// Messages published twice, byte for byte.
pub(super) const REPEATED: f64 = 0.01;
