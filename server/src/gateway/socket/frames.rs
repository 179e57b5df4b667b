//! WebSocket frames (RFC 6455, 5.2), as far as whoever passes them on has to know them.

use uuid::Uuid;

/// The most bytes of a control frame.
const CONTROL_MAX: usize = 125;
const CLOSE: u8 = 8;
const PONG: u8 = 10;
const BINARY: u8 = 2;
const MASKED: u8 = 0x80;

/// What stands before a frame's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Whether the message ends with this frame.
    pub is_last: bool,
    pub opcode: u8,
    /// Bytes of the head itself.
    pub length: usize,
    /// Bytes that follow it.
    pub payload: u64,
}

impl Head {
    /// The head that these bytes begin with; `None` where some of it has yet to come.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (&first, &second) = (bytes.first()?, bytes.get(1)?);
        let (extended, payload) = match second & !MASKED {
            126 => (2, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
            127 => (8, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
            short => (0, u64::from(short)),
        };
        let length = 2 + extended + if second & MASKED == 0 { 0 } else { 4 };
        (bytes.len() >= length).then_some(Self { is_last: first & 0x80 != 0, opcode: first & 0x0f, length, payload })
    }

    /// Close, ping and pong: parts of no message.
    pub fn is_control(&self) -> bool {
        self.opcode >= CLOSE
    }

    /// What no frame may be (RFC 6455, 5.2 and 5.5).
    pub fn fault(&self) -> Option<&'static str> {
        match self.opcode {
            ..=BINARY => None,
            CLOSE..=PONG if self.payload > CONTROL_MAX as u64 => Some("A control frame has at most 125 bytes."),
            CLOSE..=PONG if !self.is_last => Some("A control frame is whole, and no part of a message."),
            CLOSE..=PONG => None,
            _ => Some("This opcode is reserved."),
        }
    }

    pub fn continues(&self) -> bool {
        self.opcode == 0
    }
}

/// Why a connection ends, in a close frame's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// As RFC 6455, 7.4.1 lists them.
    pub code: u16,
    pub reason: String,
}

impl Close {
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The frame that a server sends.
    pub fn bare_frame(&self) -> Vec<u8> {
        let payload = self.payload();
        [&[0x80 | CLOSE, length_of(&payload)], payload.as_slice()].concat()
    }

    /// The frame that a client sends, masked as it must be.
    pub fn masked_frame(&self) -> Vec<u8> {
        let payload = self.payload();
        let [.., a, b, c, d] = *Uuid::new_v4().as_bytes();
        let mask = [a, b, c, d];
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        [0x80 | CLOSE, MASKED | length_of(&payload)].into_iter().chain(mask).chain(masked).collect()
    }

    fn payload(&self) -> Vec<u8> {
        let mut end = self.reason.len().min(CONTROL_MAX - 2);
        while !self.reason.is_char_boundary(end) {
            end -= 1;
        }
        [&self.code.to_be_bytes(), &self.reason.as_bytes()[..end]].concat()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a close frame has at most 125 bytes")]
fn length_of(payload: &[u8]) -> u8 {
    payload.len() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_every_length_are_read_once_they_are_whole() {
        for (bytes, length, payload) in [
            (&[0x81, 5][..], 2, 5),
            (&[0x82, 0x80 | 125, 1, 2, 3, 4], 6, 125),
            (&[0x02, 126, 1, 0], 4, 256),
            (&[0x80, 0x80 | 126, 0, 126, 1, 2, 3, 4], 8, 126),
            (&[0x81, 0x80 | 127, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4], 14, 1 << 32),
        ] {
            let head = Head::read(bytes).unwrap();
            assert_eq!((head.length, head.payload), (length, payload), "{bytes:?}");
            for part in 0..bytes.len() {
                assert_eq!(Head::read(&bytes[..part]), None, "{bytes:?} up to {part}");
            }
        }
        let head = Head::read(&[0x02, 0]).unwrap();
        assert!(!head.is_last && !head.is_control() && !head.continues());
        assert!(Head::read(&[0x89, 0]).unwrap().is_control() && Head::read(&[0x80, 0]).unwrap().continues());
    }

    #[test]
    fn control_frames_are_short_and_whole_and_no_opcode_is_made_up() {
        let fault = |bytes: &[u8]| Head::read(bytes).unwrap().fault();
        for good in [&[0x80, 0][..], &[0x01, 126, 255, 255], &[0x82, 0], &[0x88, 125], &[0x89, 0], &[0x8a, 125]] {
            assert_eq!(fault(good), None, "{good:?}");
        }
        for (bad, why) in [(&[0x89, 126, 0, 126][..], "125 bytes"), (&[0x08, 0], "whole"), (&[0x0a, 0], "whole")] {
            assert!(fault(bad).is_some_and(|fault| fault.contains(why)), "{bad:?}");
        }
        for reserved in (3..=7).chain(11..=15) {
            assert_eq!(fault(&[0x80 | reserved, 0]), Some("This opcode is reserved."), "{reserved}");
        }
    }

    #[test]
    fn a_close_frame_fits_and_is_a_whole_text() {
        let close = Close::new(1008, "é".repeat(100));
        let frame = close.bare_frame();
        let head = Head::read(&frame).unwrap();
        assert_eq!((head.opcode, head.payload, frame.len()), (8, 124, 126));
        assert_eq!(frame[2..4], 1008_u16.to_be_bytes());
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
        let masked = close.masked_frame();
        let unmasked: Vec<u8> = masked[6..].iter().zip(masked[2..6].iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        assert_eq!(unmasked, frame[2..]);
    }
}
