//! The token in every form, which only a page of ours, shown in the same session, can know.
//!
//! It is HMAC-SHA-256 over what it is bound to, so nothing need be kept. A new session has new tokens.

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use secrecy::{ExposeSecret, SecretBox};
use subtle::ConstantTimeEq as _;

use super::mac::hmac_sha256;

/// The key that makes form tokens, derived from the server's secret key for this one purpose.
pub struct CsrfKey(SecretBox<[u8; 32]>);

impl CsrfKey {
    /// The key with exactly these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The token of a binding, such as the session's id: 43 characters of base64url.
    #[must_use]
    pub fn token(&self, binding: &str) -> String {
        let code = hmac_sha256(self.0.expose_secret(), &[binding.as_bytes()]);
        BASE64_URL_SAFE_NO_PAD.encode(code)
    }

    /// Whether this is the token of that binding. Takes the same time wherever the two differ.
    #[must_use]
    pub fn verify(&self, binding: &str, token: &str) -> bool {
        let right = self.token(binding);
        right.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

impl fmt::Debug for CsrfKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_its_binding_and_key() {
        let key = CsrfKey::new([1; 32]);
        let token = key.token("session one");
        assert_eq!(token.len(), 43);
        assert!(key.verify("session one", &token));
        assert!(!key.verify("session two", &token));
        assert!(!CsrfKey::new([2; 32]).verify("session one", &token));
    }

    #[test]
    fn nothing_near_a_token_is_one() {
        let key = CsrfKey::new([1; 32]);
        let token = key.token("s");
        for wrong in ["", &token[1..], &format!("{token}="), &token.to_lowercase()] {
            assert!(!key.verify("s", wrong), "{wrong}");
        }
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(format!("{:?}", CsrfKey::new([1; 32])), "CsrfKey(…)");
    }
}
