//! Challenges: what a passkey signs, so that what it said counts here, now and once.
//!
//! A challenge is made of chance, of the moment it ends, and of a code over both, over what it is for and over whose it
//! is, under a key of the server. So asking for one writes nothing, and strangers cannot fill a table with theirs; only
//! those that were answered rightly are remembered, until they would have ended anyway.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox};
use subtle::ConstantTimeEq as _;

use crate::domain::time::Moment;
use crate::identity::mac::hmac_sha256;
use crate::identity::token::hash_of_bytes;

/// How long a challenge can be answered, in seconds.
pub const LASTS: i64 = 300;

const CHANCE: usize = 16;
const ENDS: usize = 8;
const CODE: usize = 32;

/// What a challenge is for. What was signed for one purpose is worth nothing for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new passkey.
    Registration,
    /// Showing a passkey.
    Authentication,
}

/// The key of the challenges, derived from the server's secret key for this one purpose.
pub struct ChallengeKey(SecretBox<[u8; 32]>);

/// A challenge of ours that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(Vec<u8>);

impl ChallengeKey {
    /// The key with exactly these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// A new challenge. `whose` is what it is bound to, such as the session's id.
    #[must_use]
    pub fn challenge(
        &self,
        purpose: Purpose,
        whose: &str,
        chance: [u8; CHANCE],
        now: Moment,
    ) -> Challenge {
        let ends = now.timestamp().saturating_add(LASTS).to_be_bytes();
        let code = self.code(purpose, whose, &chance, ends);
        Challenge([chance.as_slice(), &ends, &code].concat())
    }

    /// Whether these bytes are such a challenge of ours and have not ended at `now`.
    #[must_use]
    pub fn recognise(
        &self,
        bytes: &[u8],
        purpose: Purpose,
        whose: &str,
        now: Moment,
    ) -> Option<Challenge> {
        let (chance, rest) = bytes.split_first_chunk::<CHANCE>()?;
        let (ends, code) = rest.split_first_chunk::<ENDS>()?;
        let ours = self.code(purpose, whose, chance, *ends).ct_eq(code);
        let left = i64::from_be_bytes(*ends).saturating_sub(now.timestamp());
        let lives = (1..=LASTS).contains(&left);
        (bool::from(ours) && lives).then(|| Challenge(bytes.to_vec()))
    }

    fn code(
        &self,
        purpose: Purpose,
        whose: &str,
        chance: &[u8; CHANCE],
        ends: [u8; ENDS],
    ) -> [u8; CODE] {
        let purpose = match purpose {
            Purpose::Registration => b"r",
            Purpose::Authentication => b"a",
        };
        let parts: [&[u8]; 4] = [purpose, chance, &ends, whose.as_bytes()];
        hmac_sha256(self.0.expose_secret(), &parts)
    }
}

impl Challenge {
    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// By what it is remembered that it was answered.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash_of_bytes(&self.0)
    }
}

impl fmt::Debug for ChallengeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    const SHOWING: Purpose = Purpose::Authentication;

    fn key() -> ChallengeKey {
        ChallengeKey::new([7; 32])
    }

    fn made() -> (Moment, Vec<u8>) {
        let now = DateTime::from_timestamp(1_795_282_200, 0).unwrap();
        (now, key().challenge(SHOWING, "me", [1; CHANCE], now).0)
    }

    #[test]
    fn it_counts_for_whom_and_what_it_was_made() {
        let (now, bytes) = made();
        assert_eq!(
            key().recognise(&bytes, SHOWING, "me", now),
            Some(Challenge(bytes.clone()))
        );
        for (key, purpose, whose) in [
            (key(), Purpose::Registration, "me"),
            (key(), SHOWING, "you"),
            (key(), SHOWING, ""),
            (ChallengeKey::new([8; 32]), SHOWING, "me"),
        ] {
            assert_eq!(key.recognise(&bytes, purpose, whose, now), None);
        }
    }

    #[test]
    fn it_ends_after_five_minutes_and_counts_no_earlier_than_it_was_made() {
        let (now, bytes) = made();
        let at = |seconds| now + TimeDelta::seconds(seconds);
        for (seconds, counts) in [(0, true), (299, true), (300, false), (-1, false)] {
            let known = key().recognise(&bytes, SHOWING, "me", at(seconds));
            assert_eq!(known.is_some(), counts, "{seconds}");
        }
    }

    #[test]
    fn nothing_near_a_challenge_is_one() {
        let (now, bytes) = made();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key().recognise(&changed, SHOWING, "me", now), None);
        }
        for length in 0..bytes.len() {
            assert_eq!(key().recognise(&bytes[..length], SHOWING, "me", now), None);
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert_eq!(key().recognise(&longer, SHOWING, "me", now), None);
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(format!("{:?}", key()), "ChallengeKey(…)");
    }
}
