//! A short text on the stack, handed over in one piece: a time has dozens of parts, and each would cost more on its way
//! into the page than it costs to make.

use std::fmt::{self, Write};

/// The longest piece is a time with its zone and its distance: some 180 bytes.
const ROOM: usize = 256;

/// A text in the making.
pub(super) struct Piece {
    bytes: [u8; ROOM],
    len: usize,
}

impl Piece {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            len: 0,
        }
    }

    /// Writes the text where it belongs.
    pub(super) fn hand_over(&self, out: &mut dyn Write) -> fmt::Result {
        let text = self.bytes.get(..self.len).ok_or(fmt::Error)?;
        out.write_str(str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

impl Write for Piece {
    /// An error where there is no room: nothing is cut off.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_what_was_written_and_never_a_part_of_it() {
        let mut piece = Piece::new();
        piece.write_str("in 8 ").unwrap();
        piece.write_str("Stunden, ungefähr").unwrap();
        assert!(piece.write_str(&"x".repeat(ROOM)).is_err());
        let mut text = String::new();
        piece.hand_over(&mut text).unwrap();
        assert_eq!(text, "in 8 Stunden, ungefähr");
    }
}
