//! The server's secret key: what is sealed under it in the database, and the keys derived from it.
//!
//! Sealed bytes are `version (1) || nonce (24) || ciphertext and tag`, XChaCha20-Poly1305. They open only in
//! the place they were sealed for, so that nobody who can write the database can move one person's secret to
//! another's row.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::mac::hmac_sha256;

/// The version of the sealed form that is written.
const VERSION: u8 = 1;
/// The length of a nonce of this cipher, long enough to be drawn at random.
const NONCE: usize = 24;

/// The server's secret key, 32 bytes, wiped from memory when dropped.
///
/// It is never used itself: sealing and every purpose have keys of their own, derived from it.
pub struct SecretKey(SecretBox<[u8; 32]>);

/// Where a sealed value lives. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// The row's primary key, as bytes.
    pub row: &'a [u8],
}

/// Why something could not be read as a key, sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// The text is neither 64 hexadecimal digits nor the base64 of 32 bytes.
    #[error("a secret key is 64 hexadecimal digits, or the base64 of 32 bytes")]
    NotAKey,
    /// The value is longer than the cipher takes (256 GiB).
    #[error("the value is too long to be sealed")]
    TooLong,
    /// The sealed bytes are cut short, or of a version this program does not know.
    #[error("the sealed value is not in a form this version knows")]
    Form,
    /// Another key sealed it, it was sealed for another place, or it was changed.
    #[error("the sealed value does not open: another key, another place, or it was changed")]
    Closed,
}

impl SecretKey {
    /// The key with exactly these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads 64 hexadecimal digits, or the base64 (RFC 4648, section 4) of 32 bytes. Space around it is
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`SealedError::NotAKey`] for anything else.
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        let text = text.trim();
        let bytes = match text.len() {
            64 => from_hex(text).ok_or(SealedError::NotAKey)?,
            _ => Zeroizing::new(
                BASE64_STANDARD
                    .decode(text)
                    .map_err(|_| SealedError::NotAKey)?,
            ),
        };
        let key = bytes
            .as_slice()
            .try_into()
            .map_err(|_| SealedError::NotAKey)?;
        Ok(Self::from_bytes(key))
    }

    /// The key as 64 hexadecimal digits, which [`SecretKey::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> SecretString {
        // Exactly as long as needed: a text that grows leaves copies of itself behind.
        let mut text = String::with_capacity(64);
        for byte in self.0.expose_secret() {
            for nibble in [byte >> 4, byte & 0xf] {
                text.extend(char::from_digit(nibble.into(), 16));
            }
        }
        text.into()
    }

    /// Seals a value for one place. The nonce must be drawn anew each time.
    ///
    /// # Errors
    ///
    /// [`SealedError::TooLong`] beyond 256 GiB.
    pub fn seal(
        &self,
        place: &Place<'_>,
        nonce: [u8; NONCE],
        plain: &[u8],
    ) -> Result<Vec<u8>, SealedError> {
        let payload = Payload {
            msg: plain,
            aad: &place.encode(),
        };
        let closed = self
            .cipher()
            .encrypt(&nonce.into(), payload)
            .map_err(|_| SealedError::TooLong)?;
        Ok([&[VERSION], nonce.as_slice(), &closed].concat())
    }

    /// Opens what [`SecretKey::seal`] sealed for the same place.
    ///
    /// # Errors
    ///
    /// [`SealedError::Form`] where the bytes are not a sealed value, [`SealedError::Closed`] where they do
    /// not open.
    pub fn open(
        &self,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<SecretBox<Vec<u8>>, SealedError> {
        let Some((&VERSION, rest)) = sealed.split_first() else {
            return Err(SealedError::Form);
        };
        let (nonce, closed) = rest.split_first_chunk::<NONCE>().ok_or(SealedError::Form)?;
        let payload = Payload {
            msg: closed,
            aad: &place.encode(),
        };
        let plain = self
            .cipher()
            .decrypt(nonce.into(), payload)
            .map_err(|_| SealedError::Closed)?;
        Ok(SecretBox::new(Box::new(plain)))
    }

    /// A key for one purpose, the same each time, which tells nothing about this key or another purpose's.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        hmac_sha256(
            self.0.expose_secret(),
            &[b"lockbox/derive/v1/", purpose.as_bytes()],
        )
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = Zeroizing::new(hmac_sha256(self.0.expose_secret(), &[b"lockbox/seal/v1"]));
        XChaCha20Poly1305::new((&*key).into())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl Place<'_> {
    /// The version, then each part after its length: no two places read the same.
    fn encode(&self) -> Vec<u8> {
        let mut text = vec![VERSION];
        for part in [self.table.as_bytes(), self.column.as_bytes(), self.row] {
            // A usize has at most 64 bits wherever Rust runs; wider would still be refused on opening.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            text.extend(length.to_be_bytes());
            text.extend(part);
        }
        text
    }
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.as_bytes().chunks_exact(2) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place {
        table: "people",
        column: "totp_secret",
        row: b"0123456789abcdef",
    };

    fn key() -> SecretKey {
        SecretKey::from_bytes([7; 32])
    }

    #[test]
    fn reads_hex_and_base64_and_nothing_else() {
        let hex = "07".repeat(32);
        let base64 = BASE64_STANDARD.encode([7; 32]);
        for text in [&hex, &hex.to_uppercase(), &base64, &format!("  {hex}\n")] {
            let read = SecretKey::parse(text).unwrap();
            assert_eq!(read.encode().expose_secret(), hex);
        }
        for text in [
            "",
            "password",
            &hex[2..],
            &"0+".repeat(32),
            &"é".repeat(32),
            &BASE64_STANDARD.encode([7; 31]),
            &BASE64_STANDARD.encode([7; 33]),
            base64.trim_end_matches('='),
        ] {
            assert_eq!(SecretKey::parse(text).unwrap_err(), SealedError::NotAKey);
        }
    }

    #[test]
    fn opens_what_it_sealed() {
        let sealed = key().seal(&PLACE, [1; NONCE], b"secret").unwrap();
        assert_eq!(sealed[0], VERSION);
        assert_eq!(sealed.len(), 1 + NONCE + 6 + 16);
        let open = key().open(&PLACE, &sealed).unwrap();
        assert_eq!(open.expose_secret(), b"secret");
        let empty = key().seal(&PLACE, [1; NONCE], b"").unwrap();
        assert!(
            key()
                .open(&PLACE, &empty)
                .unwrap()
                .expose_secret()
                .is_empty()
        );
    }

    #[test]
    fn opens_in_no_other_place_and_under_no_other_key() {
        let sealed = key().seal(&PLACE, [1; NONCE], b"secret").unwrap();
        let elsewhere = [
            Place {
                table: "tenants",
                ..PLACE
            },
            Place {
                column: "password",
                ..PLACE
            },
            Place {
                row: b"fedcba9876543210",
                ..PLACE
            },
            // The same letters, cut differently.
            Place {
                table: "peoplet",
                column: "otp_secret",
                ..PLACE
            },
        ];
        for place in elsewhere {
            assert_eq!(
                key().open(&place, &sealed).unwrap_err(),
                SealedError::Closed
            );
        }
        let other = SecretKey::from_bytes([8; 32]);
        assert_eq!(
            other.open(&PLACE, &sealed).unwrap_err(),
            SealedError::Closed
        );
    }

    #[test]
    fn notices_every_changed_bit_and_every_cut() {
        let sealed = key().seal(&PLACE, [1; NONCE], b"secret").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key().open(&PLACE, &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key().open(&PLACE, &sealed[..length]).is_err());
        }
        assert_eq!(key().open(&PLACE, &[]).unwrap_err(), SealedError::Form);
    }

    #[test]
    fn derives_a_key_for_each_purpose() {
        assert_eq!(key().derive("csrf"), key().derive("csrf"));
        assert_ne!(key().derive("csrf"), key().derive("cursor"));
        assert_ne!(key().derive("csrf"), [7; 32]);
        assert_ne!(
            key().derive("csrf"),
            SecretKey::from_bytes([8; 32]).derive("csrf")
        );
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(format!("{:?}", key()), "SecretKey(…)");
        let sealed = key().seal(&PLACE, [1; NONCE], b"hush").unwrap();
        let open = format!("{:?}", key().open(&PLACE, &sealed).unwrap());
        assert!(!open.contains("104"), "{open}");
    }
}
