//! The broker: whether the hub's user gets in, what the management API says of its nodes, and whether it holds what it
//! should.

use chrono::{DateTime, Utc};
use liangdi_broker::BrokerError;
use liangdi_broker::inspect::queue_depths;
use liangdi_broker::management::{Management, Node};
use liangdi_broker::topology::{self, Plan, Wanted, files_needed, names};

use super::{Finding, skew};
use crate::context::Context;

/// Oldest version with everything the hub uses.
const VERSION_MIN: (u32, u32) = (3, 10);

/// Free bytes below which an outage of a few days would fill the disk.
const DISK_FREE_BYTES_MIN: u64 = 5 << 30;

/// Looks at the broker from the outside in.
pub(super) async fn look(context: &Context) -> Vec<Finding> {
    let mut findings = vec![login(context).await];
    let asked = Utc::now();
    let management = match management(context) {
        Ok(management) => management,
        Err(error) => {
            findings.push(Finding::wrong("management", format!("{error:#}"), "mend amqp.management_url"));
            return findings;
        }
    };
    match management.overview().await {
        Ok(overview) => {
            findings.push(version(&overview.version));
            if let Some(clock) = overview.clock.as_deref().and_then(|text| DateTime::parse_from_rfc2822(text).ok()) {
                findings.push(skew("broker clock", asked, clock.to_utc(), Utc::now()));
            }
        }
        Err(error) => {
            findings.push(Finding::wrong("management", error.to_string(), to_do(&error)));
            return findings;
        }
    }
    let wanted = match context.scope() {
        Ok(scope) => Wanted::new(&scope),
        // Said among the files already.
        Err(_) => return findings,
    };
    match management.nodes().await {
        Ok(nodes) => findings.extend(nodes.iter().map(|node| of_node(node, files_needed(&wanted)))),
        Err(error) => findings.push(Finding::wrong("broker nodes", error.to_string(), to_do(&error))),
    }
    findings.push(holds(context, &wanted).await);
    findings
}

/// The administrator's way where there is one; the hub's own user may read figures, too.
fn management(context: &Context) -> anyhow::Result<Management> {
    if !context.config.amqp.admin_user.is_empty() {
        return Ok(context.admin()?.management);
    }
    let endpoint = context.endpoint()?;
    Ok(Management::new(&context.config.amqp.management_url, &endpoint.user()?, endpoint.password()?)?)
}

/// Logs in as the hub does, and looks for the queues that it reads.
async fn login(context: &Context) -> Finding {
    const CHECK: &str = "broker login";
    let endpoint = match context.endpoint() {
        Ok(endpoint) => endpoint,
        Err(error) => return Finding::wrong(CHECK, format!("{error:#}"), "mend amqp.url"),
    };
    let read: Vec<String> = context.read_queues().into_iter().chain([names::DEAD_FEEDS.to_owned()]).collect();
    match queue_depths(&endpoint, &read).await {
        Ok(depths) => {
            let missing: Vec<&str> =
                depths.iter().filter(|depth| depth.ready.is_none()).map(|depth| depth.name.as_str()).collect();
            if missing.is_empty() {
                return Finding::ok(CHECK, format!("the hub's user gets in, at {}", place(&endpoint)));
            }
            let found = format!("the hub's user gets in, and finds no queue {}", missing.join(", "));
            Finding::wrong(CHECK, found, "liangdi topology apply")
        }
        Err(error) => Finding::wrong(CHECK, error.to_string(), to_do(&error)),
    }
}

fn place(endpoint: &liangdi_broker::connect::Endpoint) -> String {
    endpoint.place().unwrap_or_default()
}

/// What to do about an error of the broker.
fn to_do(error: &BrokerError) -> &'static str {
    match error {
        BrokerError::Away { .. } | BrokerError::TimedOut { .. } | BrokerError::Ended { .. } => {
            "start the broker, or mend amqp.url and what lies between (firewall, name, port)"
        }
        BrokerError::Refused { .. } => {
            "check user, password and amqp.vhost; `liangdi topology apply` makes the virtual host and gives the hub's \
             user its permissions"
        }
        BrokerError::Management { status: Some(401), .. } => {
            "check amqp.admin_user and amqp.admin_password; without them the hub's own user needs the tag `monitoring`"
        }
        BrokerError::Management { status: None, .. } => {
            "enable the plug-in (rabbitmq-plugins enable rabbitmq_management), or mend amqp.management_url"
        }
        _ => "liangdi topology plan",
    }
}

fn version(version: &str) -> Finding {
    const CHECK: &str = "broker version";
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let known = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let (major, minor) = VERSION_MIN;
    if known < VERSION_MIN {
        return Finding::wrong(CHECK, format!("RabbitMQ {version}"), format!("upgrade to {major}.{minor} or later"));
    }
    Finding::ok(CHECK, format!("RabbitMQ {version}"))
}

fn of_node(node: &Node, files_needed: u64) -> Finding {
    const CHECK: &str = "broker node";
    let Node { name, files_max, disk_free_bytes, .. } = node;
    if !node.running {
        return Finding::wrong(CHECK, format!("{name} does not run"), "start it");
    }
    if node.memory_alarm || node.disk_alarm {
        let what = if node.disk_alarm { "disk space" } else { "memory" };
        let found = format!("{name} is short of {what} and blocks every publisher");
        return Finding::wrong(CHECK, found, format!("give it more {what}; whoever should read its queues does not"));
    }
    if node.partitions > 0 {
        let found = format!("{name} lost sight of {} other nodes", node.partitions);
        return Finding::wrong(CHECK, found, "mend the network between the nodes and restart the smaller side");
    }
    if let Some(files) = files_max.filter(|files| *files < files_needed) {
        let found = format!("{name} may open {files} files, and {files_needed} are needed");
        return Finding::wrong(CHECK, found, "raise its limit (LimitNOFILE, `ulimit -n`) and start it again");
    }
    if let Some(free) = disk_free_bytes.filter(|free| *free < DISK_FREE_BYTES_MIN) {
        let found = format!("{name} has {} MiB of disk space left", free >> 20);
        return Finding::warning(CHECK, found, "give it more before it blocks every publisher");
    }
    let free = disk_free_bytes.map(|free| format!(", {} GiB of disk space left", free >> 30)).unwrap_or_default();
    Finding::ok(CHECK, format!("{name} runs without an alarm, with files enough{free}"))
}

/// Exchanges, queues, limits, users and permissions, the hub's own included.
async fn holds(context: &Context, wanted: &Wanted) -> Finding {
    const CHECK: &str = "topology";
    let Ok(admin) = context.admin() else {
        return Finding::warning(
            CHECK,
            "cannot be compared: amqp.admin_user is not set",
            "run the doctor once with a configuration that has amqp.admin_user and amqp.admin_password",
        );
    };
    let found = match topology::read(&admin.management, &wanted.vhost).await {
        Ok(found) => found,
        Err(error) => return Finding::wrong(CHECK, error.to_string(), to_do(&error)),
    };
    let plan = topology::plan(wanted, &found);
    if plan.is_done() {
        let Plan { surplus, .. } = &plan;
        return Finding::ok(CHECK, format!("nothing to do ({} surplus objects, left alone)", surplus.len()));
    }
    let differs = plan.summary().replace('\n', "; ");
    Finding::wrong(CHECK, differs, "`liangdi topology plan` names them, `liangdi topology apply` makes it so")
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn node() -> Node {
        Node {
            name: "rabbit@test".to_owned(),
            running: true,
            files_max: Some(65_536),
            memory_alarm: false,
            disk_alarm: false,
            disk_free_bytes: Some(100 << 30),
            partitions: 0,
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(["3.10.8", "3.13.0", "4.0.0"].map(|text| version(text).state), [State::Ok; 3]);
        assert_eq!(["3.9.29", "unknown"].map(|text| version(text).state), [State::Wrong; 2]);
    }

    #[test]
    fn a_node_is_well_only_without_alarm_with_files_and_disk_space() {
        let state = |node: Node| of_node(&node, 3_000).state;
        assert_eq!(state(node()), State::Ok);
        assert_eq!(state(Node { files_max: None, disk_free_bytes: None, ..node() }), State::Ok);
        assert_eq!(state(Node { disk_free_bytes: Some(1 << 30), ..node() }), State::Warning);
        for bad in [
            Node { running: false, ..node() },
            Node { memory_alarm: true, ..node() },
            Node { disk_alarm: true, ..node() },
            Node { partitions: 1, ..node() },
            Node { files_max: Some(1_024), ..node() },
        ] {
            assert_eq!(state(bad), State::Wrong);
        }
    }
}
