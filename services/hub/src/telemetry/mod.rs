//! Where the crates' logs, metrics and traces go: the one place that composes them. The crates speak to the API of
//! OpenTelemetry alone; what is not begun here is never kept.
//!
//! - `logs`: lines on standard error
//! - `metrics`: what `/metrics` shows, and the limits of its histograms; `endpoint`: serves it
//! - `observe`: counts now and then what waits, in the database and on the broker
//! - `traces`: to a collector

mod endpoint;
mod logs;
mod metrics;
mod observe;
mod traces;

use anyhow::Result;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::config::{LogFormat, Telemetry as Config};

pub use endpoint::serve;
pub use observe::{Observed, observe};

/// What was begun.
pub struct Telemetry {
    metrics: Option<prometheus::Registry>,
    traces: Option<SdkTracerProvider>,
}

/// Begins logs alone, for a command that may have no configuration.
pub fn log(json: bool) {
    logs::begin(json, false);
}

impl Telemetry {
    /// Begins all of it; metrics and traces of a service alone.
    pub fn begin(config: &Config, log_json: bool, service: bool) -> Result<Self> {
        logs::begin(log_json || config.log_format == LogFormat::Json, service);
        let metrics = config.metrics_listen.filter(|_| service).map(|_| metrics::begin()).transpose()?;
        let traced = service && !config.otlp_url.is_empty();
        let traces = traced.then(|| traces::begin(&config.otlp_url, config.trace_ratio)).transpose()?;
        Ok(Telemetry { metrics, traces })
    }

    /// What `/metrics` shows, if anything.
    pub fn metrics(&self) -> Option<prometheus::Registry> {
        self.metrics.clone()
    }

    /// Sends what is left of traces, once nothing runs any more.
    pub fn end(&self) {
        if let Some(traces) = &self.traces {
            traces::end(traces);
        }
    }
}
