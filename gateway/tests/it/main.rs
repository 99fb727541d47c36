//! The gateway over fakes of the services: what HTTP callers see and what services are asked.

mod admission;
mod described;
mod edge;
mod fake;
mod file;
mod grpc;
mod listener;
mod openapi;
mod overview;
mod path;
mod rejection;
mod reply;
mod request;
mod session;
mod status;
mod stream;
mod world;
