//! The RPCs in gRPC's own words: gRPC over HTTP/2, and gRPC-Web, which browsers speak over any HTTP, since their scripts see no
//! trailers (grpc/grpc, "PROTOCOL-HTTP2.md" and "PROTOCOL-WEB.md").
//!
//! Sessions, tokens, permits and limits are those of requests in JSON; only what stands around a message differs. Every RPC that has a
//! path in HTTP is reached so, by its own path: `/patron.profile.v1.CustomerService/GetCustomer`. No RPC takes a stream.

mod framing;
mod response;

pub(crate) use self::{
    framing::Framing,
    response::{finish, http_status, refuse, stream, unary},
};
