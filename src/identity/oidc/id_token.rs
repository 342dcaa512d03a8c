//! What an identity provider says of a person, in a token that it signed: OpenID Connect Core 1.0, section 3.1.3.7.
//!
//! Whatever is doubtful is refused: one audience and no other, a signature always, a nonce always, and the time.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::OidcError;
use super::keys::{Algorithm, Keys};
use crate::domain::text::{EmailAddress, Issuer, SubjectId};
use crate::domain::time::Moment;

/// How far the two clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// How old a token may be: it was made a moment ago.
const OLDEST: TimeDelta = TimeDelta::minutes(10);
/// The longest token that is read.
const TOKEN_MAX: usize = 64 * 1024;
/// Most groups of one person.
const GROUPS_MAX: usize = 2_000;

/// Words in `amr` (RFC 8176) that say of themselves that more than one factor was shown.
const SEVERAL_FACTORS: [&str; 2] = ["mfa", "mca"];
/// Words for what somebody has. Alone it is one factor, as what they know or are is alone.
const HAD: [&str; 4] = ["otp", "hwk", "sc", "swk"];
/// Words for what somebody knows or is.
const KNOWN_OR_BEING: [&str; 6] = ["pwd", "pin", "fpt", "face", "iris", "user"];

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who made it.
    pub issuer: &'a Issuer,
    /// For whom.
    pub client_id: &'a str,
    /// For which attempt.
    pub nonce: &'a str,
    /// The oldest proof of who they are that was asked for.
    pub proof_since: Moment,
    /// When it is read.
    pub now: Moment,
}

/// What is said of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who they are to the identity provider.
    pub subject: SubjectId,
    /// When they proved it there.
    pub auth_time: Moment,
    amr: Vec<String>,
    acr: Option<String>,
    more: Map<String, Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Said {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    auth_time: Option<i64>,
    #[serde(default)]
    amr: Vec<String>,
    acr: Option<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Reads a token, believing nothing of it before its signature.
///
/// # Errors
/// [`OidcError::UnknownKey`] when the key is not among these, [`OidcError::Token`] for every other reason.
pub fn read(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, OidcError> {
    let form = || OidcError::Token("it is not a signed token");
    if token.len() > TOKEN_MAX {
        return Err(form());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(form)?;
    let (head, body) = signed.split_once('.').ok_or_else(form)?;
    let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| form());
    let header: Header = serde_json::from_slice(&decoded(head)?).map_err(|_| form())?;
    let algorithm = Algorithm::parse(&header.alg).ok_or(OidcError::Token(
        "it is signed in a way that is not accepted",
    ))?;
    let is_plain = header.crit.is_none();
    let is_jwt = header
        .typ
        .is_none_or(|kind| kind.eq_ignore_ascii_case("jwt"));
    if !is_plain || !is_jwt {
        return Err(OidcError::Token("it is a token of another kind"));
    }
    keys.verify(
        algorithm,
        header.kid.as_deref(),
        signed.as_bytes(),
        &decoded(signature)?,
    )?;
    let said: Said = serde_json::from_slice(&decoded(body)?)
        .map_err(|_| OidcError::Token("a claim is missing or not readable"))?;
    said.if_expected(expected)
}

impl Said {
    fn if_expected(self, expected: &Expected<'_>) -> Result<Claims, OidcError> {
        let must = |holds: bool, or: &'static str| holds.then_some(()).ok_or(OidcError::Token(or));
        must(
            self.iss == expected.issuer.as_str(),
            "another issuer made it",
        )?;
        let audience = match &self.aud {
            Audience::One(one) => one,
            Audience::Several(several) => match several.as_slice() {
                [one] => one,
                _ => return Err(OidcError::Token("it is for several audiences")),
            },
        };
        must(audience == expected.client_id, "it is for another client")?;
        must(
            self.azp.is_none_or(|azp| azp == expected.client_id),
            "it was given to another client",
        )?;
        let nonce = self.nonce.unwrap_or_default();
        must(
            nonce.as_bytes().ct_eq(expected.nonce.as_bytes()).into(),
            "it is for another attempt to sign in",
        )?;
        let (now, at) = (expected.now, |seconds| moment(seconds));
        must(at(self.exp)? > now - LEEWAY, "it has expired")?;
        let made = at(self.iat)?;
        must(made <= now + LEEWAY, "it was made in the future")?;
        must(made > now - OLDEST, "it is too old")?;
        let not_before = self.nbf.map(at).transpose()?;
        must(
            not_before.is_none_or(|from| from <= now + LEEWAY),
            "it is not valid yet",
        )?;
        // The proof's age is always bounded by what is asked for, so its time has to be said.
        let auth_time = self.auth_time.ok_or(OidcError::Token(
            "it does not say when they proved who they are: have the identity provider send auth_time",
        ))?;
        let auth_time = at(auth_time)?;
        must(
            auth_time <= now + LEEWAY,
            "somebody proved who they are in the future",
        )?;
        if auth_time < expected.proof_since - LEEWAY {
            return Err(OidcError::ProofTooOld);
        }
        Ok(Claims {
            subject: SubjectId::parse(&self.sub)
                .map_err(|_| OidcError::Token("its subject is not readable"))?,
            auth_time: auth_time.min(now),
            amr: self.amr,
            acr: self.acr,
            more: self.more,
        })
    }
}

impl Claims {
    /// Learns what the identity provider's other answer says besides. What the token says stays, and whether an address is
    /// verified is said by who names it.
    ///
    /// # Errors
    /// [`OidcError::Answer`] when it is about somebody else.
    pub fn learn(&mut self, mut answer: Map<String, Value>) -> Result<(), OidcError> {
        let about = answer.remove("sub");
        if about.as_ref().and_then(Value::as_str) != Some(self.subject.as_str()) {
            return Err(OidcError::Answer(
                "the identity provider answered about somebody else",
            ));
        }
        if self.says("email") {
            answer.remove("email_verified");
        } else {
            self.more.remove("email_verified");
        }
        for (claim, value) in answer {
            self.more.entry(claim).or_insert(value);
        }
        Ok(())
    }

    /// Whether it says anything under this name.
    #[must_use]
    pub fn says(&self, claim: &str) -> bool {
        self.more.contains_key(claim)
    }

    /// Their mail address, if the identity provider says that it is verified. Only a plain `true` says so.
    #[must_use]
    pub fn verified_email(&self) -> Option<EmailAddress> {
        let verified = self.more.get("email_verified") == Some(&Value::Bool(true));
        let email = self.more.get("email").and_then(Value::as_str)?;
        EmailAddress::parse(email).ok().filter(|_| verified)
    }

    /// The groups they are in. What is not said is none.
    ///
    /// # Errors
    /// [`OidcError::Token`] when the claim is no list of names.
    pub fn groups(&self, claim: &str) -> Result<Vec<&str>, OidcError> {
        let unreadable = || OidcError::Token("its groups are not readable");
        match self.more.get(claim) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(several)) if several.len() <= GROUPS_MAX => several
                .iter()
                .map(|one| one.as_str().ok_or_else(unreadable))
                .collect(),
            Some(_) => Err(unreadable()),
        }
    }

    /// Whether it says that two factors were shown: by `amr`, or by an `acr` that is known to mean it.
    #[must_use]
    pub fn has_second_factor(&self, strong: &[impl AsRef<str>]) -> bool {
        let says_one_of = |ways: &[&str]| self.amr.iter().any(|way| ways.contains(&way.as_str()));
        let by_method =
            says_one_of(&SEVERAL_FACTORS) || says_one_of(&HAD) && says_one_of(&KNOWN_OR_BEING);
        let by_class = self
            .acr
            .as_ref()
            .is_some_and(|acr| strong.iter().any(|known| known.as_ref() == acr));
        by_method || by_class
    }
}

fn moment(seconds: i64) -> Result<Moment, OidcError> {
    DateTime::from_timestamp(seconds, 0).ok_or(OidcError::Token("a time in it is out of range"))
}

#[cfg(test)]
mod tests;
