//! A connection below HTTP: gives up on one whose other side takes nothing, and adds the security headers to what the library
//! answers by itself to what it cannot read.

use super::SECURITY_LINES;
use std::{
    io::{Error, ErrorKind, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// Time for the other side to take what is sent. Longer than any network that still works needs.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer that the library makes by itself, in bytes: a status line, the length and the date.
const BARE_BYTES: usize = 256;

pub(super) struct Io<S> {
    stream: S,
    /// Runs while the other side takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// An answer of the library with more headers, and how much of it was sent.
    own: Vec<u8>,
    sent: usize,
}

impl<S> Io<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, stalled: None, own: Vec::new(), sent: 0 }
    }
}

/// The head of an answer that the library made: it has no body and none of our headers.
fn is_bare(text: &[u8]) -> bool {
    let marked = |name: &[u8]| text.windows(name.len()).any(|part| part == name);
    text.len() <= BARE_BYTES
        && (text.starts_with(b"HTTP/1.1 4") || text.starts_with(b"HTTP/1.0 4"))
        && text.ends_with(b"\r\n\r\n")
        && !marked(b"x-content-type-options")
}

impl<S: AsyncWrite + Unpin> Io<S> {
    /// What became of writing, or that the other side has taken nothing for too long.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<Result<usize, Error>>,
    ) -> Poll<Result<usize, Error>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(WRITE_TIMEOUT)));
        stalled.as_mut().poll(cx).map(|()| Err(ErrorKind::TimedOut.into()))
    }

    /// Sends an answer of the library with our headers before its last line.
    fn write_own(&mut self, cx: &mut Context<'_>, bare: &[u8]) -> Poll<Result<usize, Error>> {
        if self.own.is_empty() {
            let (head, end) = bare.split_at(bare.len() - 2);
            self.own = [head, SECURITY_LINES.as_bytes(), end].concat();
        }
        while self.sent < self.own.len() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &self.own[self.sent..]);
            match ready!(self.watch(cx, written))? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                sent => self.sent += sent,
            }
        }
        self.own.clear();
        self.sent = 0;
        Poll::Ready(Ok(bare.len()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Io<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Io<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize, Error>> {
        if is_bare(buffer) {
            return self.write_own(cx, buffer);
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, buffer);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        if let [only] = buffers {
            return self.poll_write(cx, only);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        time::Instant,
    };

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_other_side_takes_nothing_is_given_up() {
        let (near, _far) = tokio::io::duplex(1024);
        let began = Instant::now();
        let failed = Io::new(near).write_all(&[7; 4096]).await.expect_err("nobody reads");
        assert_eq!((failed.kind(), began.elapsed()), (ErrorKind::TimedOut, WRITE_TIMEOUT));
    }

    #[tokio::test]
    async fn what_the_library_answers_by_itself_gets_the_headers_also_in_pieces() {
        let (near, mut far) = tokio::io::duplex(16);
        let (mut text, mut io) = (String::new(), Io::new(near));
        let send = async {
            io.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.expect("sent");
            io.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("sent");
            drop(io);
        };
        let ((), read) = tokio::join!(send, far.read_to_string(&mut text));
        read.expect("text");
        let expected = format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n{}\r\n", *SECURITY_LINES);
        assert_eq!(text, expected + "HTTP/1.1 200 OK\r\n\r\n");
    }
}
