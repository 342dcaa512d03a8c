//! Tokens of one-time links: 32 random bytes as 43 characters of base64url, kept as their SHA-256.

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use secrecy::{ExposeSecret, SecretString};

use super::token::hash_of;

/// A token as it stands in a link.
#[derive(Clone)]
pub struct LinkToken(SecretString);

/// The text is no token of a one-time link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token of a one-time link")]
pub struct NotALinkToken;

impl LinkToken {
    /// The token made of 32 fresh random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// Reads a token that somebody came with. Whether it was ever made is another question.
    ///
    /// # Errors
    ///
    /// [`NotALinkToken`] for a text that [`LinkToken::from_random`] never makes.
    pub fn parse(text: &str) -> Result<Self, NotALinkToken> {
        let bytes = (text.len() == 43).then(|| BASE64_URL_SAFE_NO_PAD.decode(text));
        match bytes {
            Some(Ok(_)) => Ok(Self(text.into())),
            _ => Err(NotALinkToken),
        }
    }

    /// The text itself, for the link.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it, and how it is found again.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash_of(self.expose())
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_its_form_is_read_back_and_prints_nothing() {
        let token = LinkToken::from_random([0xff; 32]);
        assert_eq!(token.expose(), format!("{}8", "_".repeat(42)));
        assert_eq!(
            LinkToken::parse(token.expose()).unwrap().hash(),
            token.hash()
        );
        assert_eq!(format!("{token:?}"), "LinkToken(…)");
        for text in [
            "",
            "lbx_",
            &"A".repeat(42),
            &"A".repeat(44),
            &"=".repeat(43),
        ] {
            assert_eq!(LinkToken::parse(text).unwrap_err(), NotALinkToken, "{text}");
        }
    }
}
