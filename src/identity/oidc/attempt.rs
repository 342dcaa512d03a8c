//! One attempt to sign in: what is sent along with the browser, and how its way back is known again.
//!
//! It stays with the browser that began it, sealed: an answer that another browser brings fits no attempt.

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::Url;

use super::OidcError;
use super::provider::IdentityProvider;
use crate::domain::time::Moment;

/// How long somebody may take at the identity provider.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);

/// The proof of who they are that is asked for may be this old: as a session of ours.
const PROOF_MAX: TimeDelta = TimeDelta::hours(12);

/// The secrets of one attempt.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    began: Moment,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(…)")
    }
}

/// What the browser brings back.
#[derive(Default, Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// A code that came back to its own attempt.
pub struct Code(pub(super) String);

/// How anew somebody has to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// As the identity provider remembers them.
    Remembered,
    /// Now.
    Anew,
}

impl Proof {
    /// How old it may be when the attempt begins.
    const fn max_age(self) -> TimeDelta {
        match self {
            Self::Remembered => PROOF_MAX,
            Self::Anew => TimeDelta::zero(),
        }
    }
}

impl Attempt {
    /// A new attempt, of 96 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 96], began: Moment) -> Self {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Self {
            state: text(&bytes[..32]),
            nonce: text(&bytes[32..64]),
            verifier: text(&bytes[64..]),
            began,
        }
    }

    /// Where the browser is sent.
    #[must_use]
    pub fn address(
        &self,
        provider: &IdentityProvider,
        client_id: &str,
        way_back: &Url,
        proof: Proof,
    ) -> Url {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        let mut address = provider.authorization_endpoint.clone();
        let mut query = address.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", way_back.as_str())
            .append_pair("scope", "openid email profile")
            .append_pair("state", &self.state)
            .append_pair("nonce", &self.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if proof == Proof::Anew {
            query.append_pair("prompt", "login");
        }
        let max_age = proof.max_age().num_seconds().to_string();
        query.append_pair("max_age", &max_age);
        drop(query);
        address
    }

    /// The code that came back, if it came back to this attempt, in time, and from this identity provider (RFC 9207).
    ///
    /// # Errors
    /// [`OidcError::Answer`] when it did not, [`OidcError::Refused`] when it is a refusal.
    pub fn code(
        &self,
        answer: Answer,
        provider: &IdentityProvider,
        now: Moment,
    ) -> Result<Code, OidcError> {
        let state = answer.state.unwrap_or_default();
        let own = bool::from(state.as_bytes().ct_eq(self.state.as_bytes()));
        if !own {
            return Err(OidcError::Answer("the answer is to another attempt"));
        }
        if now - self.began >= LASTS {
            return Err(OidcError::Answer("the attempt began too long ago"));
        }
        match answer.iss {
            Some(iss) if iss != provider.issuer.as_str() => {
                return Err(OidcError::Answer(
                    "the answer is another identity provider's",
                ));
            }
            None if provider.names_itself => {
                return Err(OidcError::Answer("the answer does not say whose it is"));
            }
            _ => {}
        }
        match (answer.code, answer.error) {
            (_, Some(error)) => Err(OidcError::Refused(error_code(&error))),
            (Some(code), None) => Ok(Code(code)),
            (None, None) => Err(OidcError::Answer("the answer has no code")),
        }
    }

    /// By what an answer is known to have been used: the hash of its state.
    #[must_use]
    pub fn used_as(&self) -> [u8; 32] {
        Sha256::digest(self.state.as_bytes()).into()
    }

    /// The oldest proof that was asked for.
    #[must_use]
    pub fn proof_since(&self, proof: Proof) -> Moment {
        self.began - proof.max_age()
    }

    /// What the token must repeat.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(super) fn verifier(&self) -> &str {
        &self.verifier
    }
}

/// An error code as it may stand in a log: the letters that OAuth 2.0 has for them, and few.
pub(super) fn error_code(text: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().filter(plain).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Issuer;
    use chrono::DateTime;

    fn provider(names_itself: bool) -> IdentityProvider {
        let json = serde_json::json!({
            "issuer": "https://login.example",
            "authorization_endpoint": "https://login.example/auth?realm=one",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/jwks",
            "authorization_response_iss_parameter_supported": names_itself,
        });
        let issuer = Issuer::parse("https://login.example").unwrap();
        IdentityProvider::parse(&issuer, json.to_string().as_bytes()).unwrap()
    }

    fn attempt(seed: u8) -> Attempt {
        let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(seed));
        Attempt::from_random(&bytes, DateTime::UNIX_EPOCH)
    }

    fn answer(state: &Attempt, iss: Option<&str>) -> Answer {
        Answer {
            code: Some("c-1".to_owned()),
            state: Some(state.state.clone()),
            iss: iss.map(str::to_owned),
            error: None,
        }
    }

    fn at(seconds: i64) -> Moment {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_browser_is_sent_with_all_that_the_way_back_needs() {
        let back = Url::parse("https://lockbox.example/sign-in/sso/fabrikam/callback").unwrap();
        let address = attempt(1).address(&provider(true), "a b&c", &back, Proof::Anew);
        let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
        let value = |name: &str| {
            let mut found = pairs.iter().filter(|(n, _)| n == name);
            let value = found.next().unwrap().1.clone();
            assert!(found.next().is_none(), "{name} stands there twice");
            value
        };
        assert_eq!(value("realm"), "one");
        assert_eq!(value("client_id"), "a b&c");
        assert_eq!(value("redirect_uri"), back.as_str());
        assert_eq!(value("code_challenge_method"), "S256");
        assert_eq!(
            (value("prompt"), value("max_age")),
            ("login".into(), "0".into())
        );
        let verifier = attempt(1).verifier;
        let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        assert_eq!(value("code_challenge"), hash);
        assert!(!address.as_str().contains(&verifier));
    }

    #[test]
    fn an_answer_fits_its_attempt_in_time_and_from_its_provider() {
        let code =
            |answer, names_itself, now| attempt(1).code(answer, &provider(names_itself), now);
        let ours = Some("https://login.example");
        let own = |iss| answer(&attempt(1), iss);
        assert!(code(own(ours), true, at(0)).is_ok());
        assert!(code(own(None), false, at(599)).is_ok());
        assert!(code(own(None), false, at(600)).is_err(), "too late");
        assert!(code(own(None), true, at(0)).is_err(), "nameless");
        for names_itself in [true, false] {
            let evil = own(Some("https://evil.example"));
            assert!(code(evil, names_itself, at(0)).is_err(), "another's");
        }
        assert!(code(answer(&attempt(2), ours), true, at(0)).is_err());
        assert!(code(Answer::default(), true, at(0)).is_err());
        let refusal = Answer {
            error: Some("access_denied<script>".to_owned()),
            ..own(ours)
        };
        let refused = code(refusal, true, at(0)).err().unwrap().to_string();
        assert_eq!(
            refused,
            "the identity provider refused: access_deniedscript"
        );
    }
}
