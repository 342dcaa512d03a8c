//! API keys: shown once, kept as hashes.
//!
//! A key is `lbx_` and 43 characters of base64url (RFC 4648, section 5, without padding): 32 random bytes.
//! With that much chance in it a plain SHA-256 is a safe way to keep it.

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// What every key begins with, so that people and secret scanners know one when they see it.
pub const PREFIX: &str = "lbx_";

/// The text of an API key: shown to its owner once, and sent back with every request.
#[derive(Clone)]
pub struct ApiKeyText(SecretString);

/// The text is not an API key of this product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct NotAnApiKey;

impl ApiKeyText {
    /// The key made of 32 fresh random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        let mut text = String::with_capacity(PREFIX.len() + 43);
        text.push_str(PREFIX);
        BASE64_URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        Self(text.into())
    }

    /// Reads a key that somebody sent. Whether it was ever issued is another question.
    ///
    /// # Errors
    ///
    /// [`NotAnApiKey`] for a text that [`ApiKeyText::from_random`] never makes.
    pub fn parse(text: &str) -> Result<Self, NotAnApiKey> {
        let bytes = text
            .strip_prefix(PREFIX)
            .filter(|body| body.len() == 43)
            .and_then(|body| BASE64_URL_SAFE_NO_PAD.decode(body).ok());
        match bytes {
            Some(_) => Ok(Self(text.into())),
            None => Err(NotAnApiKey),
        }
    }

    /// The text itself, for the one time it is shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of the key, and how it is found again: the SHA-256 of its text.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash_of(self.expose())
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyText(…)")
    }
}

/// The SHA-256 of a random token's text, such as a session's key. Never for what people choose.
#[must_use]
pub fn hash_of(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The SHA-256 of random bytes, such as a challenge.
#[must_use]
pub fn hash_of_bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_its_form_and_is_read_back() {
        let key = ApiKeyText::from_random([0xff; 32]);
        assert_eq!(key.expose(), format!("lbx_{}8", "_".repeat(42)));
        let read = ApiKeyText::parse(key.expose()).unwrap();
        assert_eq!(read.hash(), key.hash());
        assert_ne!(ApiKeyText::from_random([0; 32]).hash(), key.hash());
    }

    #[test]
    fn reads_nothing_else() {
        let zeros = "A".repeat(43);
        assert!(ApiKeyText::parse(&format!("lbx_{zeros}")).is_ok());
        for text in [
            String::new(),
            "lbx_".to_owned(),
            zeros.clone(),
            format!("LBX_{zeros}"),
            format!("lbx_{zeros}A"),
            format!("lbx_{zeros}="),
            format!("lbx_{zeros} "),
            format!("lbx_{}B", "A".repeat(42)), // bits beyond the 32 bytes
            format!("lbx_{}+", "A".repeat(42)),
            format!("lbx_{}é", "A".repeat(41)),
        ] {
            assert_eq!(ApiKeyText::parse(&text).unwrap_err(), NotAnApiKey, "{text}");
        }
    }

    #[test]
    fn hashes_with_sha_256() {
        let start = [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea];
        assert_eq!(hash_of("abc")[..8], start);
    }

    #[test]
    fn prints_nothing() {
        let key = ApiKeyText::from_random([1; 32]);
        assert_eq!(format!("{key:?}"), "ApiKeyText(…)");
    }
}
