//! Secrets of webhooks: how a receiver knows that a delivery comes from this house and was not changed on the way.
//!
//! A secret is `whsec_` and the base64 (RFC 4648, section 4) of 32 random bytes, and a signature `v1,` and the base64 of
//! an HMAC-SHA-256 over the delivery's id, its time and its body, as the specification Standard Webhooks 1.0.0 says.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::mac::hmac_sha256;

/// What every secret begins with, so that people and secret scanners know one when they see it.
pub const PREFIX: &str = "whsec_";

/// A webhook's secret. Unlike a key it is kept, sealed, since it signs.
pub struct WebhookSecret(SecretBox<[u8; 32]>);

/// The bytes are not a webhook's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook's secret")]
pub struct NotAWebhookSecret;

impl WebhookSecret {
    /// The secret of 32 fresh random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The secret of bytes that were kept.
    ///
    /// # Errors
    /// [`NotAWebhookSecret`] where they are not 32.
    pub fn from_kept(bytes: &[u8]) -> Result<Self, NotAWebhookSecret> {
        bytes
            .try_into()
            .map(Self::from_random)
            .map_err(|_| NotAWebhookSecret)
    }

    /// The bytes, to be sealed.
    #[must_use]
    pub fn to_be_kept(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Its text, for the one time it is shown.
    #[must_use]
    pub fn text(&self) -> SecretString {
        // Exactly as long as needed: a text that grows leaves copies of itself behind.
        let mut text = String::with_capacity(PREFIX.len() + 44);
        text.push_str(PREFIX);
        BASE64_STANDARD.encode_string(self.0.expose_secret(), &mut text);
        text.into()
    }

    /// Signs a delivery at a time in Unix seconds.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let seconds = seconds.to_string();
        let parts: [&[u8]; 5] = [id.as_bytes(), b".", seconds.as_bytes(), b".", body];
        let code = hmac_sha256(self.0.expose_secret(), &parts);
        format!("v1,{}", BASE64_STANDARD.encode(code))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_its_form_is_kept_as_its_bytes_and_prints_nothing() {
        let secret = WebhookSecret::from_random([0xff; 32]);
        assert_eq!(
            secret.text().expose_secret(),
            format!("whsec_{}8=", "/".repeat(42))
        );
        let kept = WebhookSecret::from_kept(secret.to_be_kept()).unwrap();
        assert_eq!(kept.text().expose_secret(), secret.text().expose_secret());
        assert!(WebhookSecret::from_kept(b"short").is_err());
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
    }

    /// What `openssl dgst -sha256 -mac HMAC` makes of the same.
    #[test]
    fn a_signature_covers_the_id_the_time_and_the_body() {
        let secret = WebhookSecret::from_random(*b"0123456789abcdef0123456789abcdef");
        let signed = secret.sign("fabrikam-42", 1_795_282_200, b"{\"a\":1}");
        assert_eq!(signed, "v1,ZixR3cyx1Go05rjXs64xkTdhrBKtzO5Q3xUKa8nIlug=");
        for (id, seconds, body) in [
            ("fabrikam-43", 1_795_282_200, "{\"a\":1}"),
            ("fabrikam-42", 1_795_282_201, "{\"a\":1}"),
            ("fabrikam-42", 1_795_282_200, "{\"a\":2}"),
        ] {
            assert_ne!(secret.sign(id, seconds, body.as_bytes()), signed);
        }
    }
}
