//! The hub as its operators run it: the real binary, RabbitMQ and PostgreSQL, and everything a partner or a township
//! can see of it. `LIANGDI_TEST_SERVERS` names the file that `deploy/local/servers` writes; each test has a virtual
//! host, a database and a hub of its own.
#![allow(clippy::unwrap_used)]

mod contract;
mod flow_answers;
mod flow_api;
mod flow_api_settling;
mod flow_bad_input;
mod flow_baseline;
mod flow_boundaries;
mod flow_cases;
mod flow_command_line;
mod flow_console_cases;
mod flow_console_changes;
mod flow_console_clerk;
mod flow_console_docs;
mod flow_console_looks;
mod flow_console_many;
mod flow_console_operator;
mod flow_console_persons;
mod flow_console_provider;
mod flow_console_users;
mod flow_corrections;
mod flow_delivery;
mod flow_doctor;
mod flow_erasing;
mod flow_examples;
mod flow_metrics;
mod flow_offices;
mod flow_order;
mod flow_outages;
mod flow_peers;
mod flow_refusals;
mod flow_rehearse;
mod flow_review;
mod flow_rounds;
mod flow_scorecards;
mod flow_side_by_side;
mod flow_stops;
mod flow_time_travel;
mod flow_tls;
mod flow_topology;
mod flow_traces;
mod flow_train;
mod flow_waiting;
mod flow_whole_way;
mod flow_year;
mod fuzz_targets;
mod rules;
// Shared with the fault tests; each of the two binaries uses its part.
#[allow(dead_code)]
mod support;
