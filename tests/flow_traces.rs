//! Traces: the batch, its transaction and the publish of what it told are one; a partner's own trace is linked to it; the
//! township that reads the notice can go on with it. Off, there is none.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use liangdi_broker::inspect::drain;
use liangdi_broker::publisher::OutMessage;
use liangdi_broker::topology::names;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::leaks;
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
/// A partner's own trace, fictional.
const PARTNER_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARTNER_SPAN: &str = "b7ad6b7169203331";

/// What a collector was sent.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Span>>>);

impl Collected {
    /// A collector on loopback, and its address.
    async fn listen() -> (Self, String) {
        let collected = Collected::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", post(take)).with_state(collected.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collected, url)
    }

    fn spans(&self) -> Vec<Span> {
        self.0.lock().unwrap().clone()
    }
}

async fn take(State(collected): State<Collected>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    collected.0.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
    StatusCode::OK
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn text(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    match value {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A registration as its office publishes it, in a trace of the office's own.
fn traced(message: &Message) -> OutMessage {
    OutMessage {
        exchange: "feed.police".to_owned(),
        routing_key: message.text("/type"),
        body: message.line(),
        message_id: message.id(),
        content_type: Some("application/cloudevents+json".to_owned()),
        user_id: Some(POLICE.to_owned()),
        traceparent: Some(format!("00-{PARTNER_TRACE}-{PARTNER_SPAN}-01")),
        ..OutMessage::default()
    }
}

async fn pass_one(ground: &Ground, over: &str, message: &Message) {
    let hub = Hub::start_with(ground, &toml::from_str(over).unwrap());
    ground.publish_raw(POLICE, traced(message)).await;
    let store = ground.store().await;
    worked_off(&store, 1, 1).await;
    store.close().await;
    hub.stop().await;
}

/// The `traceparent` of every notice in the household township's inbox.
async fn traceparents(ground: &Ground) -> Vec<Option<String>> {
    let inbox = names::inbox(HOUSEHOLD.parse().unwrap());
    let mut drained = drain(&ground.admin(), &[inbox]).await.unwrap();
    drained.remove(0).1.into_iter().map(|delivery| delivery.traceparent).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_goes_out_in_the_trace_of_its_batch_and_the_partners_trace_is_linked() {
    on_own_ground("traces", setup(&[POLICE], ""), async |ground| {
        let (collected, url) = Collected::listen().await;
        let message = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        pass_one(&ground, &format!("[telemetry]\notlp_url = \"{url}\"\ntrace_ratio = 1.0"), &message).await;

        let spans = collected.spans();
        let batch = named(&spans, "process feed.police");
        assert_eq!(batch.len(), 1);
        let batch = batch[0];
        assert!(batch.parent_span_id.is_empty(), "no partner parents it");
        let linked: Vec<String> = batch.links.iter().map(|link| hex(&link.trace_id)).collect();
        assert_eq!(linked, [PARTNER_TRACE]);
        assert_eq!(hex(&batch.links[0].span_id), PARTNER_SPAN);
        assert_ne!(hex(&batch.trace_id), PARTNER_TRACE);
        assert_eq!(text(batch, "messaging.system").as_deref(), Some("rabbitmq"));
        assert_eq!(text(batch, "messaging.destination.name").as_deref(), Some("feed.police"));

        let transactions = named(&spans, "registry transaction");
        let transaction = transactions.iter().find(|span| span.trace_id == batch.trace_id).unwrap();
        assert_eq!(transaction.parent_span_id, batch.span_id);
        for stage in ["record", "resolve", "derive", "tell", "commit"] {
            let stages = named(&spans, stage);
            assert!(stages.iter().any(|span| span.parent_span_id == transaction.span_id), "no {stage}");
        }
        let published = named(&spans, "publish notice");
        let exchange = format!("jx.{HOUSEHOLD}");
        let to_household =
            published.iter().find(|span| text(span, "messaging.destination.name").as_deref() == Some(&*exchange));
        let to_household = to_household.unwrap();
        assert_eq!(to_household.trace_id, batch.trace_id);
        assert_eq!(to_household.parent_span_id, transaction.span_id);

        let wanted = format!("00-{}-{}-01", hex(&batch.trace_id), hex(&to_household.span_id));
        assert_eq!(traceparents(&ground).await, [Some(wanted)]);
        let values = ["/data/xm", "/data/gmsfhm", "/data/lxdh", "/data/jzdz"].map(|pointer| message.text(pointer));
        leaks::none_in("the spans", &format!("{spans:?}"), &values);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_nothing_traces_nothing_and_puts_nothing_on_a_notice() {
    on_own_ground("no-traces", setup(&[POLICE], ""), async |ground| {
        let (collected, url) = Collected::listen().await;
        let message = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        pass_one(&ground, &format!("[telemetry]\notlp_url = \"{url}\"\ntrace_ratio = 0.0"), &message).await;
        assert_eq!(collected.spans().len(), 0);
        assert_eq!(traceparents(&ground).await, [None]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_nothing_up() {
    on_own_ground("no-collector", setup(&[POLICE], ""), async |ground| {
        let message = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        pass_one(&ground, "[telemetry]\notlp_url = \"http://127.0.0.1:9\"\ntrace_ratio = 1.0", &message).await;
        assert_eq!(traceparents(&ground).await.len(), 1);
    })
    .await;
}
