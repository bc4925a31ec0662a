//! A way to a server that reads what it carries: it knows the frames of AMQP and the messages of PostgreSQL, and can
//! hold, cut, halve or swallow exactly one of them. What a server or a network does at the worst moment, for one test
//! alone.

mod frames;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::frames::Reader;
pub(crate) use self::frames::{Frame, Towards, Wire};

/// Bytes read in one go.
const READ_BYTES: usize = 64 * 1024;

/// What becomes of the frame that a trap waits for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    /// It and what follows it in its direction stay here until [`Relay::release`].
    Hold,
    /// It passes half; then both ends of its connection are closed.
    Halve,
    /// It passes whole; then both ends of its connection are closed.
    CutAfter,
    /// It does not pass; both ends of its connection are closed.
    CutBefore,
    /// It does not pass, and nothing passes after it, on any connection, until [`Relay::speak`]: half-open.
    Silence,
    /// AMQP, towards the hub: it passes, and behind it the broker closes its channel, as far as the hub can see.
    CloseChannel,
}

type Matches = Box<dyn Fn(&Frame) -> bool + Send>;

/// A frame to wait for.
struct Trap {
    matches: Matches,
    /// How many such frames pass before.
    pass: usize,
    fate: Fate,
}

/// A relay on loopback.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    server: Mutex<String>,
    trap: Mutex<Option<Trap>>,
    /// How many traps have sprung.
    sprung: watch::Sender<usize>,
    /// While true, what a trap holds stays held.
    holding: watch::Sender<bool>,
    /// While true, nothing passes, and nobody is told: half-open.
    silent: watch::Sender<bool>,
    /// Changes when every connection is to be dropped.
    dropped: watch::Sender<usize>,
}

impl Shared {
    fn trap(&self) -> MutexGuard<'_, Option<Trap>> {
        self.trap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to become of a frame, if a trap waits for it. A trap springs once.
    fn fate_of(&self, frame: &Frame) -> Option<Fate> {
        let mut trap = self.trap();
        let waiting = trap.as_mut()?;
        if !(waiting.matches)(frame) {
            return None;
        }
        if waiting.pass > 0 {
            waiting.pass -= 1;
            return None;
        }
        let fate = waiting.fate;
        *trap = None;
        match fate {
            Fate::Hold => drop(self.holding.send_replace(true)),
            Fate::Silence => drop(self.silent.send_replace(true)),
            _ => {}
        }
        self.sprung.send_modify(|sprung| *sprung += 1);
        Some(fate)
    }
}

impl Relay {
    /// A relay to `server` (host:port).
    pub(crate) async fn new(wire: Wire, server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            server: Mutex::new(server.to_owned()),
            trap: Mutex::default(),
            sprung: watch::Sender::new(0),
            holding: watch::Sender::new(false),
            silent: watch::Sender::new(false),
            dropped: watch::Sender::new(0),
        });
        let serving = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((inside, _)) = listener.accept().await {
                    tokio::spawn(carry(wire, inside, Arc::clone(&shared)));
                }
            }
        });
        Relay { address, shared, serving }
    }

    /// Waits for a frame, and does something with it, once; `pass` such frames go by before.
    pub(crate) fn trap(&self, pass: usize, fate: Fate, matches: impl Fn(&Frame) -> bool + Send + 'static) {
        *self.shared.trap() = Some(Trap { matches: Box::new(matches), pass, fate });
    }

    /// Waits until the trap that was set has sprung.
    pub(crate) async fn sprung(&self) {
        let mut sprung = self.shared.sprung.subscribe();
        super::in_time("the frame comes", async {
            while self.shared.trap().is_some() {
                sprung.changed().await.unwrap();
            }
        })
        .await;
    }

    /// Whether a trap still waits.
    pub(crate) fn waits(&self) -> bool {
        self.shared.trap().is_some()
    }

    /// Lets go of what is held; what its sender has closed meanwhile is lost.
    pub(crate) fn release(&self) {
        self.shared.holding.send_replace(false);
    }

    /// Drops every connection, and takes new ones without ever answering.
    pub(crate) fn block(&self) {
        self.shared.silent.send_replace(true);
        self.cut();
    }

    /// After silence: carries new connections; those that were swallowed meanwhile stay as they are, as after a lost route.
    pub(crate) fn speak(&self) {
        self.shared.silent.send_replace(false);
    }

    /// Drops every connection.
    pub(crate) fn cut(&self) {
        self.shared.dropped.send_modify(|dropped| *dropped += 1);
    }

    /// Leads to another server from now on, and drops every connection to the last.
    pub(crate) fn lead_to(&self, server: &str) {
        server.clone_into(&mut self.shared.server.lock().unwrap_or_else(PoisonError::into_inner));
        self.cut();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
        self.cut();
    }
}

async fn carry(wire: Wire, inside: TcpStream, shared: Arc<Shared>) {
    let mut dropped = shared.dropped.subscribe();
    dropped.mark_unchanged();
    if *shared.silent.borrow() {
        // Taken, and never answered, until somebody gives up.
        tokio::select! {
            _ = dropped.changed() => {}
            () = swallow(inside) => {}
        }
        return;
    }
    let server = shared.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Ok(outside) = TcpStream::connect(server).await else { return };
    // Small frames must not wait for each other: the hub's own sockets do not.
    let _ = (inside.set_nodelay(true), outside.set_nodelay(true));
    let (from_hub, to_hub) = inside.into_split();
    let (from_server, to_server) = outside.into_split();
    let talk = frames::Talk::default();
    let there = pump(from_hub, to_server, Reader::new(wire, Towards::Server, talk.clone()), &shared);
    let back = pump(from_server, to_hub, Reader::new(wire, Towards::Hub, talk), &shared);
    tokio::select! {
        _ = dropped.changed() => {}
        () = there => {}
        () = back => {}
    }
}

async fn swallow(mut stream: TcpStream) {
    let mut bytes = vec![0; READ_BYTES];
    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

/// Carries one direction until an end is closed or a trap closes it.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut reader: Reader, shared: &Shared) {
    let mut bytes = vec![0; READ_BYTES];
    let mut silent = shared.silent.subscribe();
    // Once swallowed, always swallowed: bytes are missing.
    let mut swallowing = false;
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        swallowing = swallowing || *silent.borrow_and_update();
        if swallowing {
            continue;
        }
        let mut frames: VecDeque<Frame> = reader.read(&bytes[..read]).into();
        while let Some(frame) = frames.pop_front() {
            let fate = shared.fate_of(&frame);
            if fate == Some(Fate::Hold) {
                let Some(behind) = held(&mut from, shared).await else { return };
                frames.extend(reader.read(&behind));
            }
            let mut passing = frame.bytes.clone();
            match fate {
                None | Some(Fate::Hold | Fate::CutAfter) => {}
                Some(Fate::Halve) => passing.truncate(passing.len() / 2),
                Some(Fate::CutBefore | Fate::Silence) => passing.clear(),
                Some(Fate::CloseChannel) => passing.extend(frame.close_channel()),
            }
            if to.write_all(&passing).await.is_err() {
                return;
            }
            match fate {
                Some(Fate::Halve | Fate::CutAfter | Fate::CutBefore) => return,
                Some(Fate::Silence) => {
                    swallowing = true;
                    break;
                }
                None | Some(Fate::Hold | Fate::CloseChannel) => {}
            }
        }
    }
}

/// Waits until what is held may go; returns what came behind it. None when its sender is gone before, and it with it.
async fn held(from: &mut OwnedReadHalf, shared: &Shared) -> Option<Vec<u8>> {
    let mut holding = shared.holding.subscribe();
    let (mut behind, mut bytes) = (Vec::new(), vec![0; READ_BYTES]);
    loop {
        tokio::select! {
            biased;
            read = from.read(&mut bytes) => match read {
                Ok(read @ 1..) => behind.extend_from_slice(&bytes[..read]),
                _ => return None,
            },
            released = holding.wait_for(|holding| !*holding) => return released.is_ok().then_some(behind),
        }
    }
}
