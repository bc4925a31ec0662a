//! What goes over AMQP: exchanges and routing keys, and every message type and notice with its fields and examples.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use serde_json::Value;

use super::fields::{Field, fields};
use super::files::{asyncapi, examples, json};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/docs", get(overview)).route("/docs/messages/{name}", get(message))
}

/// An exchange.
struct Channel {
    address: String,
    description: String,
    /// Whether the hub takes from it; else it sends there.
    is_taken: bool,
    messages: Vec<Named>,
}

/// A message type or notice.
struct Named {
    name: String,
    description: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "docs/overview.html")]
struct Overview {
    page: Page,
    about: String,
    channels: Vec<Channel>,
}

async fn overview(page: Page) -> Overview {
    let document = asyncapi();
    let channels = document["channels"].as_object().into_iter().flatten().map(|(id, channel)| channel_of(id, channel));
    Overview { page, about: text(&document["info"]["description"]), channels: channels.collect() }
}

fn channel_of(id: &str, channel: &Value) -> Channel {
    let reference = format!("#/channels/{id}");
    let operations = asyncapi()["operations"].as_object().into_iter().flatten().map(|(_, operation)| operation);
    let is_taken = operations
        .filter(|operation| operation["channel"]["$ref"] == reference.as_str())
        .any(|operation| operation["action"] == "receive");
    let messages = channel["messages"].as_object().into_iter().flatten();
    let named = messages.filter_map(|(id, _)| asyncapi()["components"]["messages"].get(id)).map(|message| {
        let name = text(&message["name"]);
        let schema = schema_of(message).and_then(|path| json(&path)).unwrap_or_default();
        Named { description: text(&schema["description"]), name }
    });
    Channel {
        address: text(&channel["address"]),
        description: text(&channel["description"]),
        is_taken,
        messages: named.collect(),
    }
}

/// Where a message's schema lies.
fn schema_of(message: &Value) -> Option<String> {
    Some(message["payload"]["schema"]["$ref"].as_str()?.trim_start_matches("./").to_owned())
}

#[derive(Template, WebTemplate)]
#[template(path = "docs/message.html")]
struct Message {
    page: Page,
    name: String,
    description: String,
    schema: String,
    /// The envelope's own fields, then those of its content.
    envelope: Vec<Field>,
    data: Vec<Field>,
    examples: Vec<(String, String)>,
    /// Whether partners send it: then it can be tried.
    is_sent: bool,
}

async fn message(page: Page, Path(name): Path<String>) -> Result<Message, Problem> {
    let messages = asyncapi()["components"]["messages"].as_object().into_iter().flatten();
    let found = messages.map(|(_, message)| message).find(|message| message["name"] == name.as_str());
    let schema_path = found.and_then(schema_of).ok_or_else(Problem::not_found)?;
    let schema = json(&schema_path).ok_or_else(Problem::not_found)?;
    let (data, envelope): (Vec<Field>, Vec<Field>) =
        fields(&schema).into_iter().partition(|field| field.path.starts_with("data."));
    Ok(Message {
        description: text(&schema["description"]),
        examples: examples(&name),
        is_sent: schema_path.starts_with("feeds/"),
        schema: schema_path,
        envelope,
        data,
        name,
        page,
    })
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_says_which_way_it_goes_and_what_it_carries() {
        let channels: Vec<Channel> =
            asyncapi()["channels"].as_object().unwrap().iter().map(|(id, channel)| channel_of(id, channel)).collect();
        let of = |address: &str| channels.iter().find(|channel| channel.address == address).unwrap();
        assert!(of("feed.police").is_taken && !of("jx.{code}").is_taken);
        assert_eq!((of("feed.police").messages.len(), of("jx.{code}").messages.len()), (7, 24));
        let described = channels.iter().flat_map(|channel| &channel.messages);
        assert!(described.clone().count() > 50 && described.clone().all(|message| !message.description.is_empty()));
    }
}
