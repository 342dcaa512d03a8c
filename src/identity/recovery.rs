//! Recovery codes: for whoever lost the device their second factor was on. Shown once, each used once.
//!
//! A code is 80 random bits in Crockford's base 32, in four groups: `7Q2M-9XKD-0ABC-DEFG`. With that much chance in it
//! a plain SHA-256, bound to the person, is a safe way to keep it. It takes no key of the server, so that turning the
//! server key ends nobody's codes.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::domain::id::PersonId;

/// How many codes are made at a time.
pub const CODES: usize = 10;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS: usize = 16;
const GROUP: usize = 4;

/// The text of a recovery code.
#[derive(Clone)]
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    /// The code made of 10 fresh random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 10]) -> Self {
        let bits = bytes
            .iter()
            .fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let mut text = String::with_capacity(LETTERS + LETTERS / GROUP - 1);
        for place in 0..LETTERS {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            let index = usize::try_from((bits >> ((LETTERS - 1 - place) * 5)) & 31);
            text.push(char::from(CROCKFORD[index.unwrap_or_default()]));
        }
        Self(text.into())
    }

    /// Reads a code as people type it: in small letters, without or with other separators, with the letters that
    /// Crockford's base 32 leaves out for those they look like.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut bits = 0_u128;
        let mut letters = 0;
        for letter in typed.bytes().filter(|byte| !b" -\t".contains(byte)) {
            let letter = match letter.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let value = CROCKFORD.iter().position(|known| *known == letter)?;
            bits = (bits << 5) | u128::try_from(value).ok()?;
            letters += 1;
            if letters > LETTERS {
                return None;
            }
        }
        let bytes = bits.to_be_bytes();
        let last: [u8; 10] = bytes.last_chunk().copied()?;
        (letters == LETTERS).then(|| Self::from_random(last))
    }

    /// The text itself, for the one time it is shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self, person: PersonId) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"lockbox/recovery/v1/")
            .chain_update(person.0.as_bytes())
            .chain_update(self.expose())
            .finalize()
            .into()
    }

    /// Whether this is what was kept. Takes the same time wherever the two differ.
    #[must_use]
    pub fn is(&self, person: PersonId, kept: &[u8]) -> bool {
        self.hash(person).ct_eq(kept).into()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const KIM: PersonId = PersonId(Uuid::from_u128(1));

    #[test]
    fn has_its_form_and_is_read_as_people_type_it() {
        let code = RecoveryCode::from_random([0xff; 10]);
        assert_eq!(code.expose(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let code = RecoveryCode::from_random([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
        assert_eq!(code.expose(), "0123-4567-89AB-CDEF");
        for typed in [
            "0123-4567-89AB-CDEF",
            "0123456789abcdef",
            " o123-4567\t89ab cdef ",
            "O L 2 3 4 5 6 7 8 9 a b c d e f",
        ] {
            let read = RecoveryCode::parse(typed).unwrap();
            assert_eq!(read.expose(), code.expose(), "{typed}");
        }
    }

    #[test]
    fn reads_nothing_else() {
        for typed in [
            "",
            "123456",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDEFF",
            "0123-4567-89AB-CDEU",
            "é123-4567-89AB-CDEF",
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn one_code_is_kept_differently_for_different_people() {
        let code = RecoveryCode::from_random([1; 10]);
        let kept = code.hash(KIM);
        assert!(code.is(KIM, &kept));
        assert!(!code.is(PersonId(Uuid::from_u128(2)), &kept));
        assert!(!RecoveryCode::from_random([2; 10]).is(KIM, &kept));
        assert!(!code.is(KIM, &kept[..31]));
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(
            format!("{:?}", RecoveryCode::from_random([1; 10])),
            "RecoveryCode(…)"
        );
    }
}
