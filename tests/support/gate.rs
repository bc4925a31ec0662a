//! A way to a server that can be shut and opened again: an outage of the real thing, for one test alone.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A proxy on loopback. Shut, it drops every connection and turns new ones away.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    open: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Gate {
    /// A gate in front of `server` (host:port).
    pub(crate) async fn new(server: &str, open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, server) = (listener.local_addr().unwrap(), server.to_owned());
        let (sender, receiver) = watch::channel(open);
        let serving = tokio::spawn(async move {
            while let Ok((inside, _)) = listener.accept().await {
                tokio::spawn(carry(inside, server.clone(), receiver.clone()));
            }
        });
        Gate { address, open: sender, serving }
    }

    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.serving.abort();
        self.shut();
    }
}

async fn carry(mut inside: TcpStream, server: String, mut open: watch::Receiver<bool>) {
    if !*open.borrow() {
        return;
    }
    let Ok(mut outside) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = open.wait_for(|open| !*open) => {}
        _ = tokio::io::copy_bidirectional(&mut inside, &mut outside) => {}
    }
}
