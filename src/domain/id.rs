//! What things are called: ids for machines, references for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A tenant.
    TenantId,
    /// A service.
    ServiceId,
    /// A person of either side.
    PersonId,
    /// A data access request.
    RequestId,
    /// A support case.
    CaseId,
    /// A comment of a support case.
    CommentId,
    /// An API key.
    KeyId,
    /// A passkey.
    PasskeyId,
    /// One record of activity.
    DeedId,
    /// One setting of single sign-on.
    SignOnId,
    /// A key that signs access passes.
    PassKeyId,
    /// An access pass.
    PassId,
    /// A webhook.
    WebhookId,
}

/// A request's name among people: `LBX-` and two groups of four characters of Crockford's base 32,
/// 40 random bits. Random, since a counter would tell one tenant how busy the others are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

/// The text is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no reference such as LBX-7Q2M-9XKD")]
pub struct NoReference;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Whether [`CROCKFORD`] has it, without looking through it.
const fn is_crockford(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z') && !matches!(byte, b'I' | b'L' | b'O' | b'U')
}

impl Reference {
    /// Makes a reference of 40 random bits.
    #[must_use]
    pub fn from_random(bytes: [u8; 5]) -> Self {
        let bits = bytes
            .iter()
            .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let mut text = String::from("LBX-");
        for place in (0..8).rev() {
            let index = usize::try_from((bits >> (place * 5)) & 31).unwrap_or_default();
            text.push(char::from(CROCKFORD[index]));
            if place == 4 {
                text.push('-');
            }
        }
        Self(text)
    }

    /// Reads a reference exactly as it is written in addresses.
    ///
    /// # Errors
    /// [`NoReference`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NoReference> {
        Self::try_from(text.to_owned())
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_one(text: &str) -> bool {
        let Some(groups) = text.as_bytes().strip_prefix(b"LBX-") else {
            return false;
        };
        let fits = |(place, byte): (usize, &u8)| match place {
            4 => *byte == b'-',
            _ => is_crockford(*byte),
        };
        groups.len() == 9 && groups.iter().enumerate().all(fits)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Reference {
    type Error = NoReference;
    fn try_from(text: String) -> Result<Self, NoReference> {
        if Self::is_one(&text) {
            Ok(Self(text))
        } else {
            Err(NoReference)
        }
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_back_as_written() {
        assert_eq!(Reference::from_random([0; 5]).as_str(), "LBX-0000-0000");
        assert_eq!(Reference::from_random([255; 5]).as_str(), "LBX-ZZZZ-ZZZZ");
        let one = Reference::from_random([1, 2, 3, 4, 5]);
        assert_eq!(Reference::parse(one.as_str()), Ok(one));
    }

    #[test]
    fn a_reference_has_the_characters_it_is_made_of() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_crockford(byte), CROCKFORD.contains(&byte), "{byte}");
        }
    }

    #[test]
    fn other_texts_are_no_references() {
        for text in [
            "",
            "LBX-",
            "LBX-7Q2M9XKD",
            "lbx-7q2m-9xkd",
            "LBX-7Q2M-9XKI",
            "LBX-7Q2M-9XKDD",
            "LBX-7Q2-M9XKD",
            "LBX-7Q2M--XKD",
            "LBX-7Q2M-9XK",
            "LBX-7Q2M-9XKÄ",
        ] {
            assert_eq!(Reference::parse(text), Err(NoReference), "{text}");
        }
    }
}
