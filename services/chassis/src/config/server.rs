use std::net::SocketAddr;

use super::Millis;

crate::section! {
    /// Where a process listens, how much it takes at once, and how it stops.
    pub struct Server = "SERVER" {
        /// Address and port of the listener: gRPC over TLS, at the gateway HTTP.
        listen: SocketAddr,
        /// Address and port of the plain listener for health and `/metrics`; not to be reachable from outside
        /// the cluster.
        probe_listen: SocketAddr,
        /// Whether reflection is offered to callers with a valid token or a peer's certificate.
        reflection: bool = "false",
        /// Calls of users answered at once; more are refused at once, since those that wait only make every other
        /// late. Peers have a quarter of that besides for what they alone may call, and callers without certificate and
        /// token a tenth. At the gateway those for each service, by class and caller.
        concurrency: usize = "256",
        /// Time for a call whose caller names none, in milliseconds. Source: SRE book, "Deadline
        /// propagation"; the edge uses the same.
        deadline_ms: Millis = "5000",
        /// Time for the TLS handshake, in milliseconds.
        handshake_ms: Millis = "5000",
        /// Time for the first request of a connection without certificate, in milliseconds.
        first_request_ms: Millis = "10000",
        /// Time for the whole message of a request to arrive, in milliseconds.
        message_ms: Millis = "30000",
        /// Age at which a connection is asked to close, in milliseconds, so that callers spread over new
        /// replicas.
        connection_age_ms: Millis = "300000",
        /// Time from `not serving` to closing the listener, in milliseconds: what load balancers take to
        /// notice.
        drain_ms: Millis = "5000",
        /// Time for calls under way to end after that, in milliseconds.
        grace_ms: Millis = "20000",
    }
}
