//! A caller that keeps to no limit of its own, as tonic's would.

use std::sync::Arc;

use http::{Request, Response, Version, header::AUTHORIZATION};
use hyper::{body::Incoming, client::conn::http2::SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use patron_chassis::testing::{TestMesh, TestProcess};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::{Status, body::Body};

use crate::fixture::token;

/// A connection to a process.
pub(crate) async fn connect(mesh: &TestMesh, callee: &TestProcess) -> SendRequest<Body> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(mesh.authority().certificate()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(callee.process.peer().name()).unwrap();
    let tcp = TcpStream::connect(callee.address).await.unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls));
    let (sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    sender
}

/// An empty message to `ListGroups`, with a token and one more header.
pub(crate) fn list_groups(mesh: &TestMesh, header: &'static str, value: &str) -> Request<Body> {
    let message = http_body_util::Full::new(bytes::Bytes::from_static(&[0; 5]));
    Request::post("https://group/patron.group.v1.GroupService/ListGroups")
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header(AUTHORIZATION, format!("Bearer {}", token(mesh)))
        .header(header, value)
        .body(Body::new(message))
        .unwrap()
}

/// What an answer refuses.
pub(crate) fn status(answer: &Response<Incoming>) -> Option<Status> {
    Status::from_header_map(answer.headers())
}
