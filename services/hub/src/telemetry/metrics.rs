//! The crates' instruments as Prometheus reads them: names with units, histograms with limits that fit them.

use anyhow::{Context as _, Result};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, InstrumentKind, SdkMeterProvider, Stream};

/// Limits of histograms of seconds: the library's own are made for milliseconds. From a millisecond to the five minutes
/// that a notice may wait for its next try.
const SECONDS: [f64; 17] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 150.0, 300.0];

/// Limits of histograms of batches.
const SIZES: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];

/// Metrics are kept from now on.
pub(super) fn begin() -> Result<prometheus::Registry> {
    let registry = prometheus::Registry::new();
    let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(false);
    let exporter = exporter.build().context("metrics")?;
    let resource = Resource::builder_empty().with_service_name("liangdi").build();
    let provider = SdkMeterProvider::builder().with_reader(exporter).with_view(limits).with_resource(resource).build();
    opentelemetry::global::set_meter_provider(provider);
    Ok(registry)
}

fn limits(instrument: &Instrument) -> Option<Stream> {
    if instrument.kind() != InstrumentKind::Histogram {
        return None;
    }
    let boundaries = if instrument.unit() == "s" { SECONDS.to_vec() } else { SIZES.to_vec() };
    let aggregation = Aggregation::ExplicitBucketHistogram { boundaries, record_min_max: false };
    Stream::builder().with_aggregation(aggregation).build().ok()
}
