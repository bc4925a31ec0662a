//! The HTTP API as a township's program asks it.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ground::Ground;
use super::hub::Hub;
use super::in_time;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Header lines, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Asserts the status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

/// Gives a token.
pub(crate) async fn token(ground: &Ground, name: &str, role: &str, jurisdictions: &[&str]) -> String {
    let mut arguments = vec!["tokens", "add", name, "--role", role];
    arguments.extend(jurisdictions.iter().flat_map(|code| ["--jurisdiction", code]));
    ground.liangdi(&arguments).await.exits(0).out.trim().to_owned()
}

/// Asks for something.
pub(crate) async fn get(hub: &Hub, token: Option<&str>, path: &str) -> Answer {
    ask(hub, token, "GET", path, &[], "").await
}

/// Sends JSON.
pub(crate) async fn post(hub: &Hub, token: Option<&str>, path: &str, body: &Value) -> Answer {
    ask(hub, token, "POST", path, &[("Content-Type", "application/json")], &body.to_string()).await
}

/// One request on a connection of its own.
pub(crate) async fn ask(
    hub: &Hub,
    token: Option<&str>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(token) = token {
        request.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    let mut stream = TcpStream::connect(hub.address()).await.unwrap();
    // An answer may come before everything was sent, where it is too much.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    read(&answer)
}

/// An answer that goes on.
pub(crate) struct Stream {
    connection: TcpStream,
    said: String,
}

impl Stream {
    /// Asks for it.
    pub(crate) async fn open(hub: &Hub, token: &str, path: &str) -> Self {
        let mut connection = TcpStream::connect(hub.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        Stream { connection, said: String::new() }
    }

    /// Reads on until it said something.
    pub(crate) async fn until(&mut self, words: &str) {
        let reading = async {
            let mut piece = [0; 4096];
            while !self.said.contains(words) {
                let length = self.connection.read(&mut piece).await.unwrap();
                assert!(length > 0, "the stream ended after {}", self.said);
                self.said.push_str(&String::from_utf8_lossy(&piece[..length]));
            }
        };
        in_time("a stream says what is awaited", reading).await;
    }
}

fn read(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    Answer { status, headers, body: if chunked { joined(body) } else { body.to_owned() } }
}

/// The chunks of a body, joined.
fn joined(mut chunks: &str) -> String {
    let mut body = String::new();
    while let Some((length, rest)) = chunks.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        body.push_str(&rest[..length]);
        chunks = rest[length..].trim_start_matches("\r\n");
    }
    body
}
