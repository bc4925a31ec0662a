//! Traces to a collector, over OTLP: a share of the batches, whole.

use std::time::Duration;

use anyhow::{Context as _, Result};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

/// How long a collector may take for one delivery of spans; meanwhile others gather, and beyond a limit are dropped.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last spans may take when the hub stops.
const LAST_EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Traces are kept from now on.
pub(super) fn begin(url: &str, ratio: f64) -> Result<SdkTracerProvider> {
    let mut client = reqwest::blocking::Client::builder().timeout(EXPORT_TIMEOUT);
    if url.starts_with("http://") {
        // A collector on loopback: no proxy between, and no need of the system's certificates.
        client = client.no_proxy().tls_certs_only([]);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client.build().context("telemetry.otlp_url")?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/')))
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .context("telemetry.otlp_url")?;
    // What was traced at its commit is traced at its publish; everything else is drawn.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
    let resource = Resource::builder_empty().with_service_name("liangdi").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_sampler(sampler);
    let provider = provider.with_resource(resource).build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(provider)
}

/// Sends what is left.
pub(super) fn end(provider: &SdkTracerProvider) {
    if let Err(error) = provider.shutdown_with_timeout(LAST_EXPORT_TIMEOUT) {
        tracing::warn!(%error, "the last traces did not reach their collector");
    }
}
