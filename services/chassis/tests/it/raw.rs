//! A caller that keeps to no limit of its own, as tonic's would.

use std::sync::Arc;

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _, stream};
use http::{Request, Response, Version, header::AUTHORIZATION};
use http_body::Frame;
use http_body_util::StreamBody;
use hyper::{body::Incoming, client::conn::http2::SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use patron_chassis::testing::{TestMesh, TestProcess};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{net::TcpStream, sync::oneshot};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{Status, body::Body};

use crate::fixture::token;

/// A connection to a process.
pub(crate) async fn connect(mesh: &TestMesh, callee: &TestProcess) -> SendRequest<Body> {
    let handshake = hyper::client::conn::http2::handshake(
        TokioExecutor::new(),
        TokioIo::new(connect_tls(mesh, callee).await),
    );
    let (sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A connection to a process on which nobody speaks HTTP/2.
pub(crate) async fn connect_tls(mesh: &TestMesh, callee: &TestProcess) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(mesh.authority().certificate()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(callee.process.peer().name()).unwrap();
    let tcp = TcpStream::connect(callee.address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
}

/// An empty message to `ListGroups`, with a token and one more header.
pub(crate) fn list_groups(mesh: &TestMesh, header: &'static str, value: &str) -> Request<Body> {
    let message = http_body_util::Full::new(Bytes::from_static(&[0; 5]));
    let mut request = request("patron.group.v1.GroupService/ListGroups", Body::new(message));
    request.headers_mut().insert(AUTHORIZATION, format!("Bearer {}", token(mesh)).parse().unwrap());
    request.headers_mut().insert(header, value.parse().unwrap());
    request
}

/// A request without a token.
pub(crate) fn request(rpc: &str, body: Body) -> Request<Body> {
    Request::post(format!("https://group/{rpc}"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .body(body)
        .unwrap()
}

/// A body of these bytes, which then comes to no end.
pub(crate) fn unfinished(bytes: Bytes) -> Body {
    let begun = stream::iter((!bytes.is_empty()).then(|| Ok::<_, Status>(Frame::data(bytes))));
    Body::new(StreamBody::new(begun.chain(stream::pending())))
}

/// A body whose bytes come when the test sends them.
pub(crate) fn later() -> (oneshot::Sender<Bytes>, Body) {
    let (sender, bytes) = oneshot::channel::<Bytes>();
    let bytes = bytes.map(|bytes| Ok::<_, Status>(Frame::data(bytes.unwrap_or_default())));
    (sender, Body::new(StreamBody::new(bytes.into_stream())))
}

/// What an answer refuses.
pub(crate) fn status(answer: &Response<Incoming>) -> Option<Status> {
    Status::from_header_map(answer.headers())
}
