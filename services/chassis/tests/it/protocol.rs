//! What the protocol of gRPC says of requests that it does not allow, or that a server need not take.

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use patron_chassis::testing::TestMesh;
use tonic::{Code, body::Body};

use crate::{
    fixture::{Groups, refusal},
    raw,
};

/// What `ListGroups` answers to a header and these bytes.
async fn answer(header: (&'static str, &str), bytes: &'static [u8]) -> Response<Incoming> {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let mut connection = raw::connect(&mesh, &groups).await;
    let request: Request<Body> = raw::list_groups(&mesh, header.0, header.1);
    let body = Body::new(http_body_util::Full::new(Bytes::from_static(bytes)));
    connection.send_request(request.map(|_| body)).await.unwrap()
}

fn refused(answer: &Response<Incoming>) -> (Code, String) {
    refusal(Err::<(), _>(raw::status(answer).expect("a status in the headers")))
}

#[tokio::test]
async fn a_malformed_timeout_is_refused() {
    for wrong in ["", "soon", "5", "-1S", "100000000m", "1 S"] {
        let answer = answer(("grpc-timeout", wrong), &[0; 5]).await;
        assert_eq!(refused(&answer), (Code::InvalidArgument, "INVALID_FIELD".into()), "{wrong}");
    }
}

#[tokio::test]
async fn a_unary_call_takes_exactly_one_message() {
    assert!(raw::status(&answer(("x-messages", "1"), &[0; 5]).await).is_none());
    for (messages, bytes) in [("0", &[][..]), ("2", &[0; 10]), ("1 and a byte", &[0; 6])] {
        let answer = answer(("x-messages", messages), bytes).await;
        assert_eq!(refused(&answer), (Code::Unimplemented, "UNIMPLEMENTED".into()), "{messages}");
        assert_eq!(raw::status(&answer).unwrap().message(), "the method takes exactly one message");
    }
}

#[tokio::test]
async fn who_compresses_learns_what_is_taken_instead() {
    let answer = answer(("grpc-encoding", "gzip"), &[1, 0, 0, 0, 0]).await;
    assert_eq!(refused(&answer), (Code::Unimplemented, "UNIMPLEMENTED".into()));
    assert_eq!(raw::status(&answer).unwrap().message(), "messages must not be compressed");
    assert_eq!(answer.headers()["grpc-accept-encoding"], "identity");
}

#[tokio::test]
async fn a_message_in_the_coding_identity_is_taken() {
    assert!(raw::status(&answer(("grpc-encoding", "identity"), &[0; 5]).await).is_none());
}
