//! A notice's publish goes on with the trace that the notice was committed in, however much later it comes.

use liangdi_broker::publisher::{OutMessage, Outcome};
use liangdi_broker::trace;
use liangdi_store::port::Outgoing;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue, global};

/// Begins the span of a notice that was traced, and puts it on the message.
pub(crate) fn publish(outgoing: &Outgoing, message: &mut OutMessage) -> Option<Context> {
    let parent = Context::new().with_remote_span_context(trace::read(outgoing.traceparent.as_deref()?)?);
    let attributes = [
        KeyValue::new("messaging.system", "rabbitmq"),
        KeyValue::new("messaging.operation.type", "send"),
        KeyValue::new("messaging.operation.name", "publish"),
        KeyValue::new("messaging.destination.name", message.exchange.clone()),
        KeyValue::new("messaging.rabbitmq.destination.routing_key", message.routing_key.clone()),
        KeyValue::new("messaging.message.id", message.message_id.clone()),
        KeyValue::new("messaging.message.body.size", i64::try_from(message.body.len()).unwrap_or(i64::MAX)),
    ];
    let tracer = global::tracer_provider().tracer("liangdi.courier");
    let span = tracer.span_builder("publish notice").with_kind(SpanKind::Producer).with_attributes(attributes);
    let context = parent.with_span(span.start_with_context(&tracer, &parent));
    message.traceparent = trace::write(&context);
    Some(context)
}

/// Ends it with what the broker said.
pub(crate) fn published(context: &Context, outcome: Outcome) {
    let span = context.span();
    match outcome {
        Outcome::Confirmed => {}
        Outcome::Unroutable => span.set_status(Status::error("no queue takes it")),
        Outcome::Nacked => span.set_status(Status::error("its queue is full")),
        Outcome::TimedOut => span.set_status(Status::error("nobody confirmed it")),
    }
    span.end();
}
