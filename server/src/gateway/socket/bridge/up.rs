//! From the client to the upstream: each message is let through by the rules, and counted before its last byte goes on.
//!
//! The messages that end within one read share a batch of the meter and go on together once it is written: a kill may leave
//! them counted and not passed on, never passed on and not counted.

use super::super::frames::{Close, Head};
use super::super::tally::{Held, Message, Tally};
use super::Ending;
use super::down::READ;
use crate::gateway::meter::Written;
use domain::rate::Cell;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_util::bytes::{Buf, BytesMut};

type Io = TokioIo<Upgraded>;

/// How long the upstream may go on once the client has ended its side.
const HALF_OPEN: Duration = Duration::from_secs(10);
/// Pings, pongs and closes that a client may send in a second.
const SIGNALS: u64 = 20;

pub struct Up<'a> {
    from: ReadHalf<Io>,
    to: WriteHalf<Io>,
    tally: &'a Tally,
    ending: Ending,
    buffer: BytesMut,
    course: Course,
    /// Messages that ended and whose last bytes wait.
    counted: Vec<Written>,
    signals: Signals,
}

/// Control frames are not counted and wait for no plan's pace, so they have one of their own.
struct Signals {
    began: Instant,
    cell: Cell,
}

impl Signals {
    /// # Errors
    /// How long the next one waits.
    fn take(&mut self) -> Result<(), Held> {
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let pace = self.cell.take(now, SIGNALS);
        if pace.allowed { Ok(()) } else { Err(Held::For(pace.retry_after.max(Duration::from_millis(1)))) }
    }
}

/// Where the client's frames stand.
#[derive(Default)]
struct Course {
    /// Bytes still to come of the frame under way.
    left: u64,
    /// Whether a message ends with that frame.
    ends: bool,
    /// Whether a message has begun and not ended.
    is_open: bool,
    /// Bytes of that message so far.
    size: u64,
    message: Option<Message>,
}

impl<'a> Up<'a> {
    pub fn new(from: ReadHalf<Io>, to: WriteHalf<Io>, tally: &'a Tally, ending: Ending) -> Self {
        Self {
            from,
            to,
            tally,
            ending,
            buffer: BytesMut::new(),
            course: Course::default(),
            counted: Vec::new(),
            signals: Signals { began: Instant::now(), cell: Cell::default() },
        }
    }

    pub async fn run(mut self) {
        let token = self.ending.token.clone();
        while let Some(true) = token.run_until_cancelled(self.read()).await {
            if let Err(why) = self.pass_what_is_there().await {
                self.ending.end(why);
            }
        }
        self.say_why().await;
        let _ = self.to.shutdown().await;
        if token.run_until_cancelled(tokio::time::sleep(HALF_OPEN)).await.is_some() {
            self.ending.end(None);
        }
        // A connection that is closed with bytes unread may take the close frame back from its reader.
        while self.read().await {
            self.buffer.clear();
        }
    }

    async fn read(&mut self) -> bool {
        self.buffer.reserve(READ);
        let came = matches!(self.from.read_buf(&mut self.buffer).await, Ok(size) if size > 0);
        self.ending.heard();
        came
    }

    /// Passes on what the rules let through, as fast as they do.
    async fn pass_what_is_there(&mut self) -> Result<(), Option<Close>> {
        loop {
            let (ready, held) = self.sift().await;
            self.pass(ready).await?;
            match held {
                None => return Ok(()),
                Some(Held::Closed(close)) => return Err(Some(close)),
                Some(Held::For(time)) if self.ending.token.run_until_cancelled(tokio::time::sleep(time)).await.is_some() => {}
                Some(Held::For(_)) => return Ok(()),
            }
        }
    }

    /// How many of the bytes at hand may go on, and what holds the rest.
    async fn sift(&mut self) -> (usize, Option<Held>) {
        let mut at = 0;
        loop {
            let left = usize::try_from(self.course.left).unwrap_or(usize::MAX);
            let step = left.min(self.buffer.len() - at);
            (at, self.course.left) = (at + step, self.course.left - step as u64);
            if self.course.left > 0 {
                return (at, None);
            }
            self.counted.extend(self.course.end_frame());
            let Some(head) = Head::read(&self.buffer[at..]) else { return (at, None) };
            if let Err(held) = self.begin(&head).await {
                return (at, Some(held));
            }
            (at, self.course.left) = (at + head.length, head.payload);
        }
    }

    async fn begin(&mut self, head: &Head) -> Result<(), Held> {
        if let Some(fault) = head.fault() {
            return Err(Held::Closed(Close::new(1002, fault)));
        }
        if head.is_control() {
            return self.signals.take();
        }
        let course = &mut self.course;
        if head.continues() != course.is_open {
            return Err(Held::Closed(Close::new(1002, "A message must begin before it continues, and end before the next one.")));
        }
        let size = course.size.saturating_add(head.payload);
        if size > self.tally.limit() {
            return Err(Held::Closed(Close::new(1009, format!("This product takes messages of up to {} bytes.", self.tally.limit()))));
        }
        if !course.is_open {
            course.message = self.tally.admit().await?;
        }
        (course.is_open, course.ends, course.size) = (true, head.is_last, size);
        Ok(())
    }

    async fn pass(&mut self, bytes: usize) -> Result<(), Option<Close>> {
        for written in self.counted.drain(..) {
            if !written.await {
                return Err(Some(Close::new(1001, "The server is stopping. Connect again.")));
            }
        }
        let sent = self.to.write_all(&self.buffer[..bytes]).await.is_ok() && self.to.flush().await.is_ok();
        self.buffer.advance(bytes);
        if sent { Ok(()) } else { Err(None) }
    }

    async fn say_why(&mut self) {
        // Between two frames only; in the midst of one, the end of the connection says it.
        if let Some(close) = self.ending.why().filter(|_| self.course.left == 0) {
            let _ = self.to.write_all(&close.masked_frame()).await;
            let _ = self.to.flush().await;
        }
    }
}

impl Course {
    /// The message that ended with the frame that just ended, handed to the meter.
    fn end_frame(&mut self) -> Option<Written> {
        if !std::mem::take(&mut self.ends) {
            return None;
        }
        self.is_open = false;
        let size = std::mem::take(&mut self.size);
        self.message.take().map(|message| message.arrived(size))
    }
}
