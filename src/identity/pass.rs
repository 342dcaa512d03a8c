//! Access passes: who comes, in a text that an engineer shows at a gate.
//!
//! A pass is a JSON Web Token (RFC 7519) as RFC 8725 wants one: one algorithm and no other (`EdDSA` on Ed25519), one
//! `typ`, one audience, a life of [`LASTS`] at most. There is no code here for another algorithm, so none can be asked
//! for. A pass says who comes; whether they may enter is always asked again.

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, SubsecRound as _, TimeDelta};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::domain::id::{PassId, PassKeyId, Reference};
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;

/// The `typ` of every pass: nothing else that is signed can be taken for one.
pub const TYPE: &str = "lockbox-access-pass+jwt";
/// The one algorithm.
const ALGORITHM: &str = "EdDSA";
/// How long a pass lasts at most.
pub const LASTS: TimeDelta = TimeDelta::minutes(15);
/// How long after it was made a key begins to sign: whoever keeps a copy of the keys knows it by then.
pub const AHEAD: TimeDelta = TimeDelta::hours(1);
/// How long a key is shown and believed after another has taken its place: longer than [`LASTS`] and any copy kept.
pub const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// How far the clock of whoever made a pass may be ahead: as far as an act's may be behind its log.
const AHEAD_OF_US: TimeDelta = TimeDelta::seconds(2);
/// The longest text that is read, in bytes. A pass has about 600.
const LONGEST: usize = 4096;

/// What a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Its own id, by which the audit log names it.
    pub id: PassId,
    /// Who made it: the base URL.
    pub issuer: String,
    /// Whose content.
    pub tenant: Slug,
    /// For which service, and no other.
    pub service: Slug,
    /// Who comes, by mail address.
    pub engineer: EmailAddress,
    /// Under which request.
    pub request: Reference,
    /// From when, in whole seconds.
    pub from: Moment,
    /// Until when, in whole seconds.
    pub until: Moment,
}

/// What a gate expects of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who must have made it.
    pub issuer: &'a str,
    /// Whose content is behind the gate.
    pub tenant: &'a Slug,
    /// Which service is behind the gate.
    pub service: &'a Slug,
    /// The instant.
    pub now: Moment,
}

/// Why a pass is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// Three parts, each of its form, are expected; every member once, and no other.
    #[error("this is no access pass")]
    Malformed,
    /// Another algorithm or another `typ`.
    #[error("this is a token of another kind")]
    OtherKind,
    /// No key of this id is known, or it is no longer.
    #[error("the access pass was signed by a key that is not known")]
    UnknownKey,
    /// The signature is not this key's over this text.
    #[error("the access pass was not signed here, or was changed")]
    Forged,
    /// Another deployment made it.
    #[error("the access pass was made elsewhere")]
    OtherIssuer,
    /// It is for another service, or another tenant's.
    #[error("the access pass is for another place")]
    OtherPlace,
    /// Its time has not come.
    #[error("the access pass is not valid yet")]
    NotYet,
    /// Its time is over.
    #[error("the access pass has expired")]
    Expired,
}

impl Unbelieved {
    /// The word given to machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "pass_malformed",
            Self::OtherKind => "pass_of_other_kind",
            Self::UnknownKey => "pass_key_unknown",
            Self::Forged => "pass_forged",
            Self::OtherIssuer => "pass_of_other_issuer",
            Self::OtherPlace => "pass_for_other_place",
            Self::NotYet => "pass_not_valid_yet",
            Self::Expired => "pass_expired",
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: Uuid,
    typ: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    tenant: Slug,
    request: Reference,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

/// Who makes passes at this base URL: it, without a slash at its end.
#[must_use]
pub fn issuer(base_url: &Url) -> &str {
    base_url.as_str().trim_end_matches('/')
}

/// The audience of passes for a service: `service:exchange-online`. A service's key is never reused.
#[must_use]
pub fn audience(service: &Slug) -> String {
    format!("service:{service}")
}

/// A key that signs passes.
pub struct PassKey {
    id: PassKeyId,
    key: SigningKey,
    signs_from: Moment,
}

impl PassKey {
    /// The key of this id and Ed25519 seed.
    #[must_use]
    pub fn new(id: PassKeyId, seed: &[u8; 32], signs_from: Moment) -> Self {
        Self {
            id,
            key: SigningKey::from_bytes(seed),
            signs_from,
        }
    }

    /// Its id, the `kid` of the passes it signs.
    #[must_use]
    pub const fn id(&self) -> PassKeyId {
        self.id
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The text of a pass.
    ///
    /// # Errors
    /// When what it says cannot be written as JSON.
    pub fn sign(&self, pass: &Pass) -> serde_json::Result<SecretString> {
        let header = Header {
            alg: ALGORITHM.to_owned(),
            kid: self.id.0,
            typ: TYPE.to_owned(),
        };
        let claims = Claims {
            iss: pass.issuer.clone(),
            aud: audience(&pass.service),
            sub: pass.engineer.to_string(),
            tenant: pass.tenant.clone(),
            request: pass.request.clone(),
            iat: pass.from.timestamp(),
            nbf: pass.from.timestamp(),
            exp: pass.until.timestamp(),
            jti: pass.id.0,
        };
        let part = |json: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(json);
        let (header, claims) = (serde_json::to_vec(&header)?, serde_json::to_vec(&claims)?);
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(signed.as_bytes()).to_bytes();
        let text = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
        Ok(text.into())
    }
}

impl fmt::Debug for PassKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PassKey({}, …)", self.id)
    }
}

/// Every key there is. Which of them signs and which are believed is a question of time.
#[derive(Debug, Default)]
pub struct KeyRing(Vec<PassKey>);

impl KeyRing {
    /// The ring of these keys.
    #[must_use]
    pub fn new(mut keys: Vec<PassKey>) -> Self {
        keys.sort_by_key(|key| (key.signs_from, key.id));
        Self(keys)
    }

    /// The key that signs at `now`: the latest whose time has come.
    #[must_use]
    pub fn signing_at(&self, now: Moment) -> Option<&PassKey> {
        self.0.iter().rev().find(|key| key.signs_from <= now)
    }

    /// The keys that are shown and believed at `now`: those to come, the one that signs, and those that another took
    /// the place of less than [`OVERLAP`] ago.
    pub fn believed_at(&self, now: Moment) -> impl Iterator<Item = &PassKey> {
        let after = self.0.iter().skip(1).map(|key| Some(key.signs_from));
        self.0
            .iter()
            .zip(after.chain([None]))
            .filter(move |(_, replaced)| replaced.is_none_or(|at| now < at + OVERLAP))
            .map(|(key, _)| key)
    }

    /// The keys as a JSON Web Key Set (RFC 7517, RFC 8037).
    #[must_use]
    pub fn shown_at(&self, now: Moment) -> KeySet {
        KeySet {
            keys: self.believed_at(now).map(Jwk::of).collect(),
        }
    }

    /// Reads a pass, believing nothing of it before its signature.
    ///
    /// # Errors
    /// [`Unbelieved`].
    pub fn read(&self, text: &str, expected: &Expected<'_>) -> Result<Pass, Unbelieved> {
        if text.len() > LONGEST {
            return Err(Unbelieved::Malformed);
        }
        let mut parts = text.split('.');
        let (Some(head), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Unbelieved::Malformed);
        };
        let malformed = |_| Unbelieved::Malformed;
        let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(malformed);
        let header: Kind =
            serde_json::from_slice(&decoded(head)?).map_err(|_| Unbelieved::Malformed)?;
        if header.alg != ALGORITHM || header.typ.as_deref() != Some(TYPE) {
            return Err(Unbelieved::OtherKind);
        }
        let header: Header =
            serde_json::from_slice(&decoded(head)?).map_err(|_| Unbelieved::Malformed)?;
        let mut believed = self.believed_at(expected.now);
        let key = believed
            .find(|key| key.id.0 == header.kid)
            .ok_or(Unbelieved::UnknownKey)?;
        let signature =
            Signature::from_slice(&decoded(signature)?).map_err(|_| Unbelieved::Malformed)?;
        let signed = &text[..head.len() + 1 + body.len()];
        let by: VerifyingKey = key.key.verifying_key();
        by.verify_strict(signed.as_bytes(), &signature)
            .map_err(|_| Unbelieved::Forged)?;
        let claims: Claims =
            serde_json::from_slice(&decoded(body)?).map_err(|_| Unbelieved::Malformed)?;
        claims.if_expected(expected)
    }
}

/// The members of a header that tell what a token is; a foreign one has others as well.
#[derive(Deserialize)]
struct Kind {
    alg: String,
    typ: Option<String>,
}

impl Claims {
    fn if_expected(self, expected: &Expected<'_>) -> Result<Pass, Unbelieved> {
        let must = |holds: bool, or: Unbelieved| holds.then_some(()).ok_or(or);
        must(self.iss == expected.issuer, Unbelieved::OtherIssuer)?;
        must(
            self.aud == audience(expected.service) && self.tenant == *expected.tenant,
            Unbelieved::OtherPlace,
        )?;
        let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(Unbelieved::Malformed);
        let (made, from, until) = (at(self.iat)?, at(self.nbf)?, at(self.exp)?);
        // None is ever made that lasts longer.
        must(until - from <= LASTS, Unbelieved::Malformed)?;
        must(
            from.max(made) <= expected.now + AHEAD_OF_US,
            Unbelieved::NotYet,
        )?;
        must(expected.now < until, Unbelieved::Expired)?;
        Ok(Pass {
            id: PassId(self.jti),
            issuer: self.iss,
            tenant: self.tenant,
            service: expected.service.clone(),
            engineer: EmailAddress::parse(&self.sub).map_err(|_| Unbelieved::Malformed)?,
            request: self.request,
            from,
            until,
        })
    }
}

/// The life of a pass that is made at `now` for an access until `window`: never past it, and in whole seconds. None
/// where less than a second is left.
#[must_use]
pub fn life(now: Moment, window: Moment) -> Option<(Moment, Moment)> {
    let (from, until) = (
        now.trunc_subsecs(0),
        (now + LASTS).min(window).trunc_subsecs(0),
    );
    // Whole seconds at both ends: at most LASTS between them.
    let until = until.min(from + LASTS);
    (now < until).then_some((from, until))
}

/// A JSON Web Key Set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeySet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: Uuid,
    x: String,
}

impl Jwk {
    fn of(key: &PassKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: ALGORITHM,
            r#use: "sig",
            kid: key.id.0,
            x: BASE64_URL_SAFE_NO_PAD.encode(key.public()),
        }
    }
}

#[cfg(test)]
mod tests;
