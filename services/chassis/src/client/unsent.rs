//! Sends again what was never sent: the transparent retry of gRPC (proposal A6, "gRPC Retry Design").
//!
//! A connection that the other side closes for its age may be picked for a call in the moment before that is known. The peer
//! has seen nothing of such a call, so it goes out on the next connection, writes too, and its caller notices nothing.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};
use tower::{Service, ServiceExt as _};

/// Makes a call, and once more if it failed before anything of its message was asked for.
pub(super) async fn call<S>(
    mut service: S,
    request: http::Request<Body>,
) -> Result<http::Response<Body>, S::Error>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
{
    let (head, body) = request.into_parts();
    let kept = Kept(Arc::new(Mutex::new(Some(body))));
    let lent = Body::new(Lent { kept: kept.clone(), taken: None });
    let answer = service.ready().await?.call(http::Request::from_parts(head.clone(), lent)).await;
    let unsent = if answer.is_err() { kept.lock().take() } else { None };
    match unsent {
        Some(body) => service.ready().await?.call(http::Request::from_parts(head, body)).await,
        None => answer,
    }
}

/// A body that nobody has begun to read yet.
#[derive(Clone)]
struct Kept(Arc<Mutex<Option<Body>>>);

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Option<Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is taken from where it is kept when somebody reads of it.
struct Lent {
    kept: Kept,
    taken: Option<Body>,
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { kept, taken } = &mut *self;
        if taken.is_none() {
            *taken = kept.lock().take();
        }
        match taken {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.taken {
            Some(body) => body.is_end_stream(),
            None => self.kept.lock().as_ref().is_none_or(http_body::Body::is_end_stream),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.taken {
            Some(body) => body.size_hint(),
            None => self.kept.lock().as_ref().map(http_body::Body::size_hint).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};
    use tower::service_fn;

    use super::*;

    /// What became of a call, and the messages that the peer saw, where it fails `failures` times, after reading or before.
    async fn called(failures: usize, reads: bool) -> (bool, Vec<Bytes>, usize) {
        let (seen, tries) = (Mutex::new(Vec::new()), Mutex::new(0));
        let peer = service_fn(async |request: http::Request<Body>| {
            *tries.lock().unwrap() += 1;
            let fails = *tries.lock().unwrap() <= failures;
            if reads || !fails {
                let message = request.into_body().collect().await.unwrap().to_bytes();
                seen.lock().unwrap().push(message);
            }
            if fails { Err("the connection was closed") } else { Ok(http::Response::new(Body::empty())) }
        });
        let answer = call(peer, http::Request::new(Body::new(Full::from("message")))).await;
        let (seen, tries) = (seen.into_inner().unwrap(), tries.into_inner().unwrap());
        (answer.is_ok(), seen, tries)
    }

    #[tokio::test]
    async fn what_was_not_sent_is_sent_again_once_and_what_was_is_not() {
        let message = Bytes::from("message");
        assert_eq!(called(0, true).await, (true, vec![message.clone()], 1));
        assert_eq!(called(1, false).await, (true, vec![message.clone()], 2));
        assert_eq!(called(2, false).await, (false, vec![], 2));
        assert_eq!(called(1, true).await, (false, vec![message], 1));
    }
}
