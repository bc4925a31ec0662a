//! What can go wrong with the broker, as far as a caller branches on it. No text here holds an address
//! with its password or a message's body.

use lapin::{Error, ErrorKind};

/// Something the broker, or the way to it, did not do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BrokerError {
    /// The AMQP or management address cannot be read.
    #[error("{what} is malformed; expected {expected}")]
    Address {
        /// Which address.
        what: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// No connection could be made.
    #[error("no connection to the broker at {place}: {reason}")]
    Away {
        /// Host, port and vhost.
        place: String,
        /// Why.
        reason: String,
    },
    /// A connection or channel that was there is gone.
    #[error("the connection to the broker ended: {reason}")]
    Ended {
        /// Why.
        reason: String,
    },
    /// The broker knows the user or the permission not.
    #[error("the broker refused: {reason}")]
    Refused {
        /// The broker's words.
        reason: String,
    },
    /// An exchange or queue does not exist.
    #[error("the broker has no such object ({reason}); `liangdi topology plan` shows what is missing")]
    Missing {
        /// The broker's words.
        reason: String,
    },
    /// The broker holds something else under that name, or a property contradicts the connection.
    #[error("the broker found a contradiction: {reason}")]
    Contradiction {
        /// The broker's words.
        reason: String,
    },
    /// Nothing happened in time.
    #[error("{what} did not end within {limit_ms} ms")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The limit.
        limit_ms: u64,
    },
    /// The management API answered with an error or not at all.
    #[error("management API, {request}: {reason}")]
    Management {
        /// Method and path.
        request: String,
        /// HTTP status, if there was an answer.
        status: Option<u16>,
        /// What it said.
        reason: String,
    },
    /// So many queues would leave the broker no file for a connection.
    #[error(
        "the broker may open {allowed} files, and {wanted} are needed (one a quorum queue, and some for connections): \
         raise its limit (LimitNOFILE, `ulimit -n`) and start it again"
    )]
    TooFewFiles {
        /// Its limit.
        allowed: u64,
        /// What the topology takes.
        wanted: u64,
    },
    /// The topology cannot be applied as it is.
    #[error("{count} objects of the broker stand in the way; `liangdi topology plan` names them")]
    Conflict {
        /// How many.
        count: usize,
    },
}

impl BrokerError {
    /// Says what an AMQP error of a live connection means.
    pub(crate) fn from_amqp(error: &Error) -> Self {
        let ErrorKind::ProtocolError(amqp) = error.kind() else {
            return BrokerError::Ended { reason: error.to_string() };
        };
        let reason = amqp.get_message().to_string();
        match amqp.get_id() {
            403 | 530 => BrokerError::Refused { reason },
            404 => BrokerError::Missing { reason },
            405 | 406 => BrokerError::Contradiction { reason },
            _ => BrokerError::Ended { reason },
        }
    }
}
