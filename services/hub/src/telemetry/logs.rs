//! Logs: one line per event on standard error, ids and codes only. `RUST_LOG` changes what is shown.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. A service tells what it does; a command only what went wrong.
pub(super) fn begin(json: bool, service: bool) {
    let default = if service { "info" } else { "warn" };
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| default.to_owned());
    // Last, so that nothing before it can switch it on: returned messages would be logged with their bodies.
    let filter = EnvFilter::new(format!("{wanted},{}", liangdi_broker::LOG_FILTER));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).with_target(false).init();
    }
}
