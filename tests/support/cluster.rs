//! Three brokers as one cluster on loopback, to be killed and divided. Each node has a port mapper of its own, in which the
//! other two are found behind relays: whatever one node says to another goes through a relay of that pair alone, so that
//! the network between them can be lost without being root.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::private::{Private, Server};
use super::relay::{Relay, Wire};
use super::servers::Servers;
use super::{eventually, in_time};

/// What three nodes and a database take, with some to spare.
const MEMORY_KIB_MIN: u64 = 2 * 1024 * 1024;

/// The cluster; the first node is the one with the database.
pub(crate) struct Cluster {
    nodes: Vec<Private>,
    ways: Vec<Way>,
}

/// From one node to another.
struct Way {
    from: usize,
    to: usize,
    relay: Relay,
    /// The port mapper knows the other node as long as this is open.
    _registration: TcpStream,
}

impl Cluster {
    /// Three nodes that know each other; none where there is no room for them.
    pub(crate) async fn start() -> Option<Self> {
        if available_kib() < MEMORY_KIB_MIN {
            return None;
        }
        let first = Private::start().await;
        let (second, third) = tokio::join!(Private::start_node(&first), Private::start_node(&first));
        let nodes = vec![first, second, third];
        let mut ways = Vec::new();
        for (from, to) in (0..nodes.len()).flat_map(|from| (0..nodes.len()).map(move |to| (from, to))) {
            if from != to {
                ways.push(Way::between(&nodes, from, to).await);
            }
        }
        for node in &nodes[1..] {
            let join = format!(
                "ok = rabbit:stop(), ok = rabbit_mnesia:join_cluster('{}', disc), ok = rabbit:start().",
                nodes[0].node()
            );
            node.rabbitmqctl(&["eval", &join]).await;
        }
        let cluster = Cluster { nodes, ways };
        cluster.is_whole().await;
        Some(cluster)
    }

    /// Where it is, for everybody.
    pub(crate) fn servers(&self) -> Servers {
        let mut servers = self.nodes[0].servers.clone();
        servers.more_nodes = self.nodes[1..].iter().map(|node| node.servers.broker_address()).collect();
        servers
    }

    /// The node that leads a queue.
    pub(crate) async fn leader_of(&self, vhost: &str, queue: &str) -> usize {
        eventually(&format!("{queue} has a leader"), async || {
            // `list_queues` would have every node answer straight to the command, whom they cannot find.
            let ask = format!(
                "{{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"{vhost}\">>, queue, <<\"{queue}\">>)), \
                 {{_, Leader}} = amqqueue:get_pid(Queue), Leader."
            );
            let leader = self.nodes[0].rabbitmqctl(&["eval", &ask]).await.trim().trim_matches('\'').to_owned();
            self.nodes.iter().position(|node| node.node() == leader)
        })
        .await
    }

    /// SIGKILL.
    pub(crate) async fn kill(&self, node: usize) {
        self.nodes[node].kill(Server::Broker).await;
    }

    /// Starts a node that was killed; all three work together when this returns.
    pub(crate) async fn start_again(&self, node: usize) {
        self.nodes[node].start_again().await;
        self.is_whole().await;
    }

    /// The network between a node and the other two is lost: connections break, and new ones are never answered. Returns when
    /// the node has found out that it is alone, and turns its clients away.
    pub(crate) async fn divide(&self, node: usize) {
        for way in self.ways_of(node) {
            way.relay.block();
        }
        let address = self.nodes[node].servers.broker_address();
        eventually("the node that is alone pauses", async || TcpStream::connect(&address).await.err()).await;
    }

    /// The network is there again; all three work together when this returns.
    pub(crate) async fn heal(&self, node: usize) {
        for way in self.ways_of(node) {
            way.relay.speak();
        }
        self.is_whole().await;
    }

    /// What the nodes wrote into their logs.
    pub(crate) fn logs(&self) -> String {
        self.nodes.iter().map(Private::logs).collect()
    }

    fn ways_of(&self, node: usize) -> impl Iterator<Item = &Way> {
        self.ways.iter().filter(move |way| way.from == node || way.to == node)
    }

    async fn is_whole(&self) {
        const SEE_ALL: &str = "Nodes = rabbit_mnesia:cluster_nodes(all), \
            [Seen || Node <- Nodes, Seen <- rpc:call(Node, rabbit_mnesia, cluster_nodes, [running])].";
        for node in &self.nodes {
            let address = node.servers.broker_address();
            eventually(&format!("{} takes clients", node.node()), async || TcpStream::connect(&address).await.ok())
                .await;
        }
        eventually("every node sees all of them", async || {
            let seen = self.nodes[0].rabbitmqctl(&["eval", SEE_ALL]).await;
            (seen.matches("liangdi-").count() == self.nodes.len().pow(2)).then_some(())
        })
        .await;
    }
}

impl Way {
    async fn between(nodes: &[Private], from: usize, to: usize) -> Self {
        let relay = Relay::new(Wire::Opaque, &format!("127.0.0.1:{}", nodes[to].port("DISTRIBUTION"))).await;
        let mapper = format!("127.0.0.1:{}", nodes[from].port("EPMD"));
        let registration = register(&mapper, &nodes[to].node(), relay.address.port()).await;
        Way { from, to, relay, _registration: registration }
    }
}

/// Tells a port mapper where a node is, as the node itself would (ALIVE2_REQ of the distribution protocol).
async fn register(mapper: &str, node: &str, port: u16) -> TcpStream {
    const ALIVE2_REQUEST: u8 = 120;
    const VISIBLE_NODE: u8 = 77;
    const OVER_TCP: u8 = 0;
    /// Highest and lowest version of the protocol.
    const VERSIONS: [u8; 4] = [0, 6, 0, 5];
    let name = node.split('@').next().unwrap();
    let mut request = vec![ALIVE2_REQUEST];
    request.extend(port.to_be_bytes());
    request.extend([VISIBLE_NODE, OVER_TCP]);
    request.extend(VERSIONS);
    request.extend((name.len() as u16).to_be_bytes());
    request.extend(name.as_bytes());
    request.extend(0_u16.to_be_bytes());
    let mut stream = TcpStream::connect(mapper).await.unwrap();
    stream.write_all(&(request.len() as u16).to_be_bytes()).await.unwrap();
    stream.write_all(&request).await.unwrap();
    // kind of answer, result (0 is well), creation
    let mut answer = [0; 6];
    in_time("the port mapper answers", stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer[1], 0, "the port mapper did not take {node}");
    stream
}

fn available_kib() -> u64 {
    let memory = std::fs::read_to_string(Path::new("/proc/meminfo")).unwrap();
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
