//! Frames of AMQP 0-9-1 and messages of PostgreSQL's protocol 3, as far as a relay must tell them apart. Their bytes
//! are passed on as they came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which protocol is spoken.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wire {
    Amqp,
    Postgres,
    /// Whatever it is: passed on as it comes.
    Opaque,
}

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Towards {
    Server,
    Hub,
}

/// One frame or message.
pub(crate) struct Frame {
    pub(crate) towards: Towards,
    pub(crate) bytes: Vec<u8>,
    /// AMQP: class and method of a method frame.
    method: Option<(u16, u16)>,
    /// PostgreSQL: the kind of message.
    kind: u8,
    /// PostgreSQL: the statement that is run, answered or committed.
    pub(crate) statement: String,
}

impl Frame {
    /// A message on its way to a consumer.
    pub(crate) fn delivers(&self) -> bool {
        self.method == Some((60, 60)) && self.towards == Towards::Hub
    }

    /// A consumer settles what it committed.
    pub(crate) fn acknowledges(&self) -> bool {
        self.method == Some((60, 80)) && self.towards == Towards::Server
    }

    /// The broker confirms what was published.
    pub(crate) fn confirms(&self) -> bool {
        self.method == Some((60, 80)) && self.towards == Towards::Hub
    }

    /// `channel.close` on this frame's channel, as the broker would send it over an internal error.
    pub(super) fn close_channel(&self) -> Vec<u8> {
        // class and method, code 541, an empty reason, no class or method to blame
        const CLOSE: [u8; 11] = [0, 20, 0, 40, 2, 29, 0, 0, 0, 0, 0];
        let mut close = vec![1, self.bytes[1], self.bytes[2], 0, 0, 0, CLOSE.len() as u8];
        close.extend(CLOSE);
        close.push(0xce);
        close
    }

    /// Somebody publishes.
    pub(crate) fn publishes(&self) -> bool {
        self.method == Some((60, 40)) && self.towards == Towards::Server
    }

    /// A plain query on its way that holds these words.
    pub(crate) fn asks(&self, what: &str) -> bool {
        self.kind == b'Q' && self.about(what)
    }

    /// A COMMIT on its way, of the transaction that ran `what` last.
    pub(crate) fn commits(&self, what: &str) -> bool {
        self.kind == b'Q' && self.text().ends_with("COMMIT") && self.about(what)
    }

    /// The answer to such a COMMIT.
    pub(crate) fn answers_commit(&self, what: &str) -> bool {
        self.kind == b'C' && self.towards == Towards::Hub && self.text() == "COMMIT" && self.about(what)
    }

    fn about(&self, what: &str) -> bool {
        self.statement.contains(what)
    }

    /// The text of a simple query or of a command's tag.
    fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes.get(5..).unwrap_or_default()).trim_end_matches('\0').to_owned()
    }
}

/// What both directions of a PostgreSQL connection are about: prepared statements by name, and the one that runs.
#[derive(Clone, Default)]
pub(super) struct Talk(Arc<Mutex<Statements>>);

#[derive(Default)]
struct Statements {
    by_name: HashMap<Vec<u8>, String>,
    last: String,
}

/// Takes a direction's bytes apart.
pub(super) struct Reader {
    wire: Wire,
    towards: Towards,
    talk: Talk,
    rest: Vec<u8>,
    /// What comes before the first ordinary frame is over.
    greeted: bool,
}

impl Reader {
    pub(super) fn new(wire: Wire, towards: Towards, talk: Talk) -> Self {
        Reader { wire, towards, talk, rest: Vec::new(), greeted: false }
    }

    /// The frames that are whole with these bytes.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.rest.extend_from_slice(bytes);
        let mut frames = Vec::new();
        while let Some(length) = self.next_length().filter(|length| *length <= self.rest.len()) {
            let after = self.rest.split_off(length);
            let bytes = std::mem::replace(&mut self.rest, after);
            frames.push(self.frame(bytes));
        }
        frames
    }

    /// How long the next frame is, as soon as that shows.
    fn next_length(&mut self) -> Option<usize> {
        let number = |at: usize| Some(u32::from_be_bytes(self.rest.get(at..at + 4)?.try_into().ok()?) as usize);
        match (self.wire, self.greeted) {
            (Wire::Opaque, _) => Some(self.rest.len()).filter(|length| *length > 0),
            (Wire::Amqp, false) if self.rest.starts_with(b"AMQP") => Some(8),
            // type, channel, size, payload, end
            (Wire::Amqp, _) => Some(number(3)? + 8),
            (Wire::Postgres, false) if self.towards == Towards::Server => number(0),
            // The answer to the question for TLS is a single letter.
            (Wire::Postgres, false) if matches!(self.rest.first(), Some(b'N' | b'S')) => Some(1),
            (Wire::Postgres, _) => Some(number(1)? + 1),
        }
    }

    fn frame(&mut self, bytes: Vec<u8>) -> Frame {
        let frame = Frame { towards: self.towards, bytes, method: None, kind: 0, statement: String::new() };
        match self.wire {
            Wire::Amqp => self.amqp(frame),
            Wire::Postgres => self.postgres(frame),
            Wire::Opaque => frame,
        }
    }

    fn amqp(&mut self, mut frame: Frame) -> Frame {
        self.greeted = true;
        if let [1, _, _, _, _, _, _, class, class_low, method, method_low, ..] = frame.bytes[..] {
            frame.method = Some((u16::from_be_bytes([class, class_low]), u16::from_be_bytes([method, method_low])));
        }
        frame
    }

    fn postgres(&mut self, mut frame: Frame) -> Frame {
        /// The code with which a client asks for TLS.
        const ASKS_FOR_TLS: [u8; 4] = 80_877_103_u32.to_be_bytes();
        if !self.greeted {
            self.greeted = match self.towards {
                Towards::Server => frame.bytes.get(4..8) != Some(ASKS_FOR_TLS.as_slice()),
                Towards::Hub => true,
            };
            return frame;
        }
        frame.kind = frame.bytes[0];
        let mut statements = self.talk.0.lock().unwrap_or_else(PoisonError::into_inner);
        let parts: Vec<&[u8]> = frame.bytes[5..].splitn(3, |byte| *byte == 0).collect();
        match (self.towards, frame.kind, parts.as_slice()) {
            (Towards::Server, b'P', [name, sql, ..]) => {
                let sql = String::from_utf8_lossy(sql).into_owned();
                statements.by_name.insert(name.to_vec(), sql);
            }
            (Towards::Server, b'B', [_portal, name, ..]) => {
                if let Some(sql) = statements.by_name.get(*name) {
                    statements.last = sql.clone();
                }
            }
            (Towards::Server, b'Q', [sql, ..]) if *sql != b"COMMIT" => {
                statements.last = String::from_utf8_lossy(sql).into_owned();
            }
            _ => {}
        }
        frame.statement.clone_from(&statements.last);
        drop(statements);
        frame
    }
}
