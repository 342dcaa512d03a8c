//! Bytes as hexadecimal text.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The bytes in lower-case hex digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// SHA-256 in hex: how facts stand for secrets.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
