//! Spans of the way in. A batch has one of its own, *linked* to what its publishers traced: a partner neither parents our
//! spans nor decides what we keep. Ids, codes and counts only.

use std::time::SystemTime;

use liangdi_broker::trace;
use opentelemetry::trace::{Link, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue, global};

/// Links of one span; the messages of a batch may name more.
const LINKS_MAX: usize = 100;

fn tracer() -> global::BoxedTracer {
    global::tracer_provider().tracer("liangdi.registry")
}

/// The span of a batch off a queue.
pub(crate) fn batch<'a>(queue: &str, messages: usize, traceparents: impl Iterator<Item = &'a str>) -> Context {
    let links = traceparents.filter_map(trace::read).take(LINKS_MAX).map(Link::with_context).collect();
    let count = i64::try_from(messages).unwrap_or(i64::MAX);
    let attributes = [
        KeyValue::new("messaging.system", "rabbitmq"),
        KeyValue::new("messaging.operation.type", "process"),
        KeyValue::new("messaging.operation.name", "process"),
        KeyValue::new("messaging.destination.name", queue.to_owned()),
        KeyValue::new("messaging.batch.message_count", count),
    ];
    let tracer = tracer();
    let span = tracer.span_builder(format!("process {queue}")).with_kind(SpanKind::Consumer).with_links(links);
    Context::new().with_span(span.with_attributes(attributes).start_with_context(&tracer, &Context::new()))
}

/// The span of a registry transaction, for batches that share it: the child of one that is traced, linked to the others.
pub(crate) fn transaction(batches: &[Context]) -> Context {
    let traced = |context: &&Context| context.span().span_context().is_sampled();
    let Some(parent) = batches.iter().find(traced).or(batches.first()) else { return Context::new() };
    let own = parent.span().span_context().span_id();
    let others = batches.iter().map(|context| context.span().span_context().clone());
    let links = others.filter(|span| span.is_sampled() && span.span_id() != own).take(LINKS_MAX);
    let tracer = tracer();
    let span = tracer.span_builder("registry transaction").with_links(links.map(Link::with_context).collect());
    parent.with_span(span.start_with_context(&tracer, parent))
}

/// The span of a look of the clock.
pub(crate) fn clock() -> Context {
    let tracer = tracer();
    Context::new().with_span(tracer.span_builder("clock").start_with_context(&tracer, &Context::new()))
}

/// A stage that has just ended, under whatever is current.
pub(crate) fn stage(name: &'static str, began: SystemTime) {
    let context = Context::current();
    if context.span().is_recording() {
        let tracer = tracer();
        // Ends when it is dropped.
        drop(tracer.span_builder(name).with_start_time(began).start_with_context(&tracer, &context));
    }
}

/// Ends a context's span, with how it went.
pub(crate) fn end(context: &Context, well: bool) {
    let span = context.span();
    if !well {
        span.set_status(Status::error("nothing was committed"));
    }
    span.end();
}
