//! What stands around messages: a prefix of five bytes before each, and what ends a response.

use crate::problem::Rejection;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Version, header, request::Parts as Head};
use patron_chassis::status::Problem;

/// How messages are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// gRPC: the status comes in trailers, which HTTP/2 has.
    Grpc,
    /// gRPC-Web: the status comes at the end of the body.
    Web,
    /// The same in base64, for scripts that read a body as text only.
    WebText,
}

/// Media types, without the name of the encoding, which is that of protobuf.
const GRPC: &str = "application/grpc";
const WEB: &str = "application/grpc-web";
const WEB_TEXT: &str = "application/grpc-web-text";

/// Bytes before each message: flags, and its length.
const PREFIX: usize = 5;
/// Flag of a message that is compressed.
const COMPRESSED: u8 = 0x01;
/// Flag of what ends a response of gRPC-Web.
const TRAILERS: u8 = 0x80;
/// Characters that hold three bytes. A text may be several texts one after the other, each with its padding.
const GROUP: usize = 4;

impl Framing {
    /// How a request is framed, by its content type. Fails with 415 where that is none of gRPC's, and for gRPC itself without HTTP/2.
    pub(crate) fn of(head: &Head) -> Result<Self, Rejection> {
        let value = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = value.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        let kind = kind.strip_suffix("+proto").unwrap_or(kind);
        match kind {
            GRPC if head.version == Version::HTTP_2 => Ok(Self::Grpc),
            WEB => Ok(Self::Web),
            WEB_TEXT => Ok(Self::WebText),
            GRPC => Err(Rejection::MediaType(WEB)),
            _ => Err(Rejection::MediaType(GRPC)),
        }
    }

    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Grpc => "application/grpc+proto",
            Self::Web => "application/grpc-web+proto",
            Self::WebText => "application/grpc-web-text+proto",
        })
    }

    /// The one message in the body of a request.
    pub(crate) fn message(self, body: &Bytes) -> Result<Bytes, Problem> {
        let malformed = || Problem::invalid("", "the body is not one message of gRPC");
        let body = match self {
            Self::Grpc | Self::Web => body.clone(),
            Self::WebText => decoded(body).ok_or_else(malformed)?,
        };
        let (&[flags, ref length @ ..], message) =
            body.split_first_chunk::<PREFIX>().ok_or_else(malformed)?;
        match flags {
            0 => {}
            COMPRESSED => return Err(Problem::Compressed),
            _ => return Err(malformed()),
        }
        if usize::try_from(u32::from_be_bytes(*length)).ok() != Some(message.len()) {
            return Err(malformed());
        }
        Ok(body.slice(PREFIX..))
    }

    /// A message of a response.
    pub(super) fn data(self, message: &[u8]) -> Bytes {
        self.frame(0, message)
    }

    /// What ends a response; nothing where trailers do.
    pub(super) fn end(self, trailers: &HeaderMap) -> Option<Bytes> {
        if self == Self::Grpc {
            return None;
        }
        let mut lines = BytesMut::new();
        for (name, value) in trailers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                lines.extend_from_slice(part);
            }
        }
        Some(self.frame(TRAILERS, &lines))
    }

    fn frame(self, flags: u8, content: &[u8]) -> Bytes {
        let mut frame = BytesMut::with_capacity(PREFIX + content.len());
        frame.put_u8(flags);
        // a reply is bounded far below what four bytes can say
        frame.put_u32(u32::try_from(content.len()).unwrap_or(u32::MAX));
        frame.extend_from_slice(content);
        if self == Self::WebText { STANDARD.encode(frame).into() } else { frame.freeze() }
    }
}

fn decoded(text: &[u8]) -> Option<Bytes> {
    let mut bytes = Vec::with_capacity(text.len() / GROUP * 3);
    for group in text.chunks(GROUP) {
        STANDARD.decode_vec(group, &mut bytes).ok()?;
    }
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn of(version: Version, kind: &str) -> Option<Framing> {
        let request = Request::builder().version(version).header("content-type", kind).body(());
        Framing::of(&request.expect("a request").into_parts().0).ok()
    }

    #[test]
    fn the_content_type_says_how_messages_are_framed() {
        let (old, new) = (Version::HTTP_11, Version::HTTP_2);
        assert_eq!(of(new, "application/grpc"), Some(Framing::Grpc));
        assert_eq!(of(new, "application/grpc+proto"), Some(Framing::Grpc));
        assert_eq!(of(old, "application/grpc"), None, "there are no trailers");
        assert_eq!(of(old, "application/grpc-web+proto; charset=utf-8"), Some(Framing::Web));
        assert_eq!(of(old, "application/grpc-web-text"), Some(Framing::WebText));
        for other in ["", "application/json", "application/grpc+json", "application/grpc-webs"] {
            assert_eq!(of(new, other), None, "{other}");
        }
    }

    #[test]
    fn a_message_comes_back_as_it_was_sent() {
        for framing in [Framing::Grpc, Framing::Web, Framing::WebText] {
            for message in [&b""[..], b"a", b"ab", b"abc"] {
                let sent = framing.data(message);
                assert_eq!(framing.message(&sent).ok().as_deref(), Some(message), "{framing:?}");
            }
        }
    }

    #[test]
    fn text_may_be_padded_in_the_middle() {
        let sent = Bytes::from([STANDARD.encode([0, 0, 0, 0]), STANDARD.encode([1, 7])].concat());
        assert_eq!(Framing::WebText.message(&sent).ok().as_deref(), Some(&[7][..]));
    }

    #[test]
    fn what_is_not_one_whole_message_is_refused() {
        let two = [Framing::Web.data(b"a"), Framing::Web.data(b"b")].concat();
        for body in [&b""[..], b"\0\0\0\0", b"\0\0\0\0\x02a", b"\0\0\0\0\0a", b"\x02\0\0\0\x01a", &two] {
            let refused = Framing::Web.message(&Bytes::copy_from_slice(body));
            assert!(matches!(refused, Err(Problem::Invalid(_))), "{body:?}");
        }
        let compressed = Bytes::from_static(b"\x01\0\0\0\x01a");
        assert!(matches!(Framing::Grpc.message(&compressed), Err(Problem::Compressed)));
        assert!(Framing::WebText.message(&Bytes::from_static(b"!!!!")).is_err());
    }
}
