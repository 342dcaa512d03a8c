//! Bytes as hexadecimal text.

use sha2::{Digest, Sha256};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The bytes in lower-case hex digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| DIGITS[usize::from(half)];
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    String::from_utf8(digits.collect()).unwrap_or_default()
}

/// SHA-256 in hex: how facts stand for secrets.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
