//! From the upstream to the client: passed on as it comes, and ended between two frames.

use super::super::frames::Head;
use super::Ending;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_util::bytes::{Buf, BytesMut};

type Io = TokioIo<Upgraded>;

/// Bytes that are read at once.
pub const READ: usize = 16 << 10;
/// How long a frame that has begun may take to end, so that a close frame can follow it.
const LAST_FRAME: Duration = Duration::from_secs(1);

pub struct Down {
    from: ReadHalf<Io>,
    to: WriteHalf<Io>,
    ending: Ending,
    buffer: BytesMut,
    /// Bytes still to come of the frame under way.
    left: u64,
}

impl Down {
    pub fn new(from: ReadHalf<Io>, to: WriteHalf<Io>, ending: Ending) -> Self {
        Self { from, to, ending, buffer: BytesMut::new(), left: 0 }
    }

    pub async fn run(mut self) {
        let token = self.ending.token.clone();
        loop {
            tokio::select! {
                biased;
                () = token.cancelled() => break,
                came = self.read() => if !came { break },
            }
            let ready = self.sift(false);
            if !self.pass(ready).await {
                break;
            }
        }
        self.ending.end(None);
        // A client that does not read is not waited for: the whole has its own time limit.
        if self.ending.why().is_some() && tokio::time::timeout(LAST_FRAME, self.finish_frame()).await == Ok(true) {
            self.say_why().await;
        }
        let _ = self.to.shutdown().await;
    }

    async fn read(&mut self) -> bool {
        self.buffer.reserve(READ);
        let came = matches!(self.from.read_buf(&mut self.buffer).await, Ok(size) if size > 0);
        self.ending.heard();
        came
    }

    /// How many of the bytes at hand may go on: all but the beginning of a head; or only what is left of one frame.
    fn sift(&mut self, only_one: bool) -> usize {
        let mut at = 0;
        loop {
            let rest = &self.buffer[at..];
            let step = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
            (at, self.left) = (at + step, self.left - step as u64);
            if self.left > 0 || only_one {
                return at;
            }
            let Some(head) = Head::read(&self.buffer[at..]) else { return at };
            (at, self.left) = (at + head.length, head.payload);
        }
    }

    async fn pass(&mut self, bytes: usize) -> bool {
        let sent = self.to.write_all(&self.buffer[..bytes]).await.is_ok() && self.to.flush().await.is_ok();
        self.buffer.advance(bytes);
        sent
    }

    async fn finish_frame(&mut self) -> bool {
        while self.left > 0 {
            let ready = self.sift(true);
            if !self.pass(ready).await || (self.left > 0 && !self.read().await) {
                return false;
            }
        }
        true
    }

    async fn say_why(&mut self) {
        if let Some(close) = self.ending.why() {
            let _ = self.to.write_all(&close.bare_frame()).await;
            let _ = self.to.flush().await;
        }
    }
}
