//! The schemas as they ship: one file per message type and notice kind, compiled into the binary.

/// What the others refer to.
pub(super) const COMMON: &str = include_str!("../../../../schemas/common.schema.json");

/// Message types and their schemas.
pub(super) const FEEDS: [(&str, &str); 32] = [
    (
        "police.residence-registered.v1",
        include_str!("../../../../schemas/feeds/police.residence-registered.v1.schema.json"),
    ),
    (
        "police.residence-cancelled.v1",
        include_str!("../../../../schemas/feeds/police.residence-cancelled.v1.schema.json"),
    ),
    ("police.household-moved.v1", include_str!("../../../../schemas/feeds/police.household-moved.v1.schema.json")),
    ("police.identity-changed.v1", include_str!("../../../../schemas/feeds/police.identity-changed.v1.schema.json")),
    ("police.permit-issued.v1", include_str!("../../../../schemas/feeds/police.permit-issued.v1.schema.json")),
    ("police.permit-endorsed.v1", include_str!("../../../../schemas/feeds/police.permit-endorsed.v1.schema.json")),
    (
        "civil-affairs.marriage-registered.v1",
        include_str!("../../../../schemas/feeds/civil-affairs.marriage-registered.v1.schema.json"),
    ),
    (
        "civil-affairs.marriage-dissolved.v1",
        include_str!("../../../../schemas/feeds/civil-affairs.marriage-dissolved.v1.schema.json"),
    ),
    (
        "civil-affairs.death-registered.v1",
        include_str!("../../../../schemas/feeds/civil-affairs.death-registered.v1.schema.json"),
    ),
    (
        "civil-affairs.division-changed.v1",
        include_str!("../../../../schemas/feeds/civil-affairs.division-changed.v1.schema.json"),
    ),
    ("hr.employment-started.v1", include_str!("../../../../schemas/feeds/hr.employment-started.v1.schema.json")),
    ("hr.employment-ended.v1", include_str!("../../../../schemas/feeds/hr.employment-ended.v1.schema.json")),
    ("hr.insurance-enrolled.v1", include_str!("../../../../schemas/feeds/hr.insurance-enrolled.v1.schema.json")),
    ("housing.lease-filed.v1", include_str!("../../../../schemas/feeds/housing.lease-filed.v1.schema.json")),
    ("housing.lease-ended.v1", include_str!("../../../../schemas/feeds/housing.lease-ended.v1.schema.json")),
    (
        "township.outflow-registered.v1",
        include_str!("../../../../schemas/feeds/township.outflow-registered.v1.schema.json"),
    ),
    (
        "township.inflow-registered.v1",
        include_str!("../../../../schemas/feeds/township.inflow-registered.v1.schema.json"),
    ),
    (
        "township.workplace-registered.v1",
        include_str!("../../../../schemas/feeds/township.workplace-registered.v1.schema.json"),
    ),
    (
        "township.return-registered.v1",
        include_str!("../../../../schemas/feeds/township.return-registered.v1.schema.json"),
    ),
    (
        "township.presence-updated.v1",
        include_str!("../../../../schemas/feeds/township.presence-updated.v1.schema.json"),
    ),
    (
        "township.service-recorded.v1",
        include_str!("../../../../schemas/feeds/township.service-recorded.v1.schema.json"),
    ),
    ("township.village-report.v1", include_str!("../../../../schemas/feeds/township.village-report.v1.schema.json")),
    (
        "township.verification-requested.v1",
        include_str!("../../../../schemas/feeds/township.verification-requested.v1.schema.json"),
    ),
    ("township.complaint-filed.v1", include_str!("../../../../schemas/feeds/township.complaint-filed.v1.schema.json")),
    (
        "township.rights-requested.v1",
        include_str!("../../../../schemas/feeds/township.rights-requested.v1.schema.json"),
    ),
    ("township.case-reply.v1", include_str!("../../../../schemas/feeds/township.case-reply.v1.schema.json")),
    ("township.receipt.v1", include_str!("../../../../schemas/feeds/township.receipt.v1.schema.json")),
    ("police.withdrawn.v1", include_str!("../../../../schemas/feeds/police.withdrawn.v1.schema.json")),
    ("civil-affairs.withdrawn.v1", include_str!("../../../../schemas/feeds/civil-affairs.withdrawn.v1.schema.json")),
    ("hr.withdrawn.v1", include_str!("../../../../schemas/feeds/hr.withdrawn.v1.schema.json")),
    ("housing.withdrawn.v1", include_str!("../../../../schemas/feeds/housing.withdrawn.v1.schema.json")),
    ("township.withdrawn.v1", include_str!("../../../../schemas/feeds/township.withdrawn.v1.schema.json")),
];

/// Notice kinds and their schemas.
pub(super) const NOTICES: [(&str, &str); 22] = [
    ("inflow", include_str!("../../../../schemas/notices/inflow.schema.json")),
    ("outflow", include_str!("../../../../schemas/notices/outflow.schema.json")),
    ("workplace", include_str!("../../../../schemas/notices/workplace.schema.json")),
    ("lead", include_str!("../../../../schemas/notices/lead.schema.json")),
    ("residence-changed", include_str!("../../../../schemas/notices/residence-changed.schema.json")),
    ("departed", include_str!("../../../../schemas/notices/departed.schema.json")),
    ("returned", include_str!("../../../../schemas/notices/returned.schema.json")),
    ("closed", include_str!("../../../../schemas/notices/closed.schema.json")),
    ("household-changed", include_str!("../../../../schemas/notices/household-changed.schema.json")),
    ("supersede", include_str!("../../../../schemas/notices/supersede.schema.json")),
    ("retract", include_str!("../../../../schemas/notices/retract.schema.json")),
    ("rejected", include_str!("../../../../schemas/notices/rejected.schema.json")),
    ("correction", include_str!("../../../../schemas/notices/correction.schema.json")),
    ("escalation", include_str!("../../../../schemas/notices/escalation.schema.json")),
    ("verification-request", include_str!("../../../../schemas/notices/verification-request.schema.json")),
    ("verification-reply", include_str!("../../../../schemas/notices/verification-reply.schema.json")),
    ("permit-due", include_str!("../../../../schemas/notices/permit-due.schema.json")),
    ("reminder", include_str!("../../../../schemas/notices/reminder.schema.json")),
    ("digest", include_str!("../../../../schemas/notices/digest.schema.json")),
    ("consultation", include_str!("../../../../schemas/notices/consultation.schema.json")),
    ("complaint", include_str!("../../../../schemas/notices/complaint.schema.json")),
    ("statistics-return", include_str!("../../../../schemas/notices/statistics-return.schema.json")),
];
