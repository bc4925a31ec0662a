//! The trace that a message belongs to, as one line of text: what travels in the AMQP header `traceparent` and lies in an
//! outbox row. Without a program that traces, nothing is read and nothing is written.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::global::get_text_map_propagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};

/// The AMQP header, and the W3C's name for it.
pub const TRACEPARENT_HEADER: &str = "traceparent";

/// What a `traceparent` names; none where it is malformed.
pub fn read(traceparent: &str) -> Option<SpanContext> {
    let carrier = HashMap::from([(TRACEPARENT_HEADER.to_owned(), traceparent.to_owned())]);
    // From an empty context: what is malformed must not become whatever happens to be current.
    let context = get_text_map_propagator(|propagator| propagator.extract_with_context(&Context::new(), &carrier));
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// The `traceparent` of the context's span; none where it is not sampled.
pub fn write(context: &Context) -> Option<String> {
    if !context.span().span_context().is_sampled() {
        return None;
    }
    let mut carrier = HashMap::new();
    get_text_map_propagator(|propagator| propagator.inject_context(context, &mut carrier));
    carrier.remove(TRACEPARENT_HEADER)
}
