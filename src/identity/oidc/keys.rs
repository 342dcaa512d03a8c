//! An identity provider's public keys (RFC 7517), and the signatures that are believed (RFC 7518, RFC 8037).
//!
//! There is no symmetric algorithm and no "none" to be confused with: what is not in [`Algorithm`] cannot be asked for.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::Value;

use super::OidcError;

/// Most keys looked at.
const KEYS_MAX: usize = 100;

/// A signature algorithm that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, 384, 512.
    Rs(Hash),
    /// RSASSA-PSS with SHA-256, 384, 512.
    Ps(Hash),
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// The hash of an RSA signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The algorithm of this name, if it is one of those that are accepted.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs(Hash::Sha256),
            "RS384" => Self::Rs(Hash::Sha384),
            "RS512" => Self::Rs(Hash::Sha512),
            "PS256" => Self::Ps(Hash::Sha256),
            "PS384" => Self::Ps(Hash::Sha384),
            "PS512" => Self::Ps(Hash::Sha512),
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }
}

/// The keys that an identity provider shows.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    public: PublicKey,
}

#[derive(Debug, Clone)]
enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Shown {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set of keys. Those for other uses, and those of other kinds, are left out.
    ///
    /// # Errors
    /// [`OidcError::Answer`] when it is no set of keys.
    pub fn parse(json: &[u8]) -> Result<Self, OidcError> {
        let shown: Shown = serde_json::from_slice(json)
            .map_err(|_| OidcError::Answer("the identity provider's keys cannot be read"))?;
        let jwks = shown.keys.into_iter().take(KEYS_MAX);
        Ok(Self(jwks.filter_map(Key::parse).collect()))
    }

    /// Whether one of the keys made the signature.
    ///
    /// # Errors
    /// [`OidcError::UnknownKey`] when the key is not there, [`OidcError::Token`] when it did not.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        key: Option<&str>,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), OidcError> {
        let named = |one: &&Key| key.is_none() || one.id.as_deref() == key;
        let mut named = self.0.iter().filter(named).peekable();
        if named.peek().is_none() {
            return Err(OidcError::UnknownKey);
        }
        if named.any(|one| one.made(algorithm, signed, signature)) {
            Ok(())
        } else if key.is_none() {
            // It may be one that is not shown yet.
            Err(OidcError::UnknownKey)
        } else {
            Err(OidcError::Token("its signature is wrong"))
        }
    }
}

impl Key {
    fn parse(jwk: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        let signs = jwk.r#use.is_none_or(|r#use| r#use == "sig");
        let verifies = jwk
            .key_ops
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !signs || !verifies {
            return None;
        }
        let bytes = |text: Option<String>| BASE64_URL_SAFE_NO_PAD.decode(text?).ok();
        let point = |x, y, length: usize| {
            let (x, y) = (bytes(x)?, bytes(y)?);
            let whole = x.len() == length && y.len() == length;
            whole.then(|| [vec![4], x, y].concat())
        };
        let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => PublicKey::Rsa {
                n: bytes(jwk.n)?,
                e: bytes(jwk.e)?,
            },
            ("EC", Some("P-256")) => PublicKey::P256(point(jwk.x, jwk.y, 32)?),
            ("EC", Some("P-384")) => PublicKey::P384(point(jwk.x, jwk.y, 48)?),
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519(bytes(jwk.x)?),
            _ => return None,
        };
        Some(Self {
            id: jwk.kid,
            algorithm: jwk.alg,
            public,
        })
    }

    fn made(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let meant = self.algorithm.as_deref().map(Algorithm::parse);
        if meant.is_some_and(|meant| meant != Some(algorithm)) {
            return false;
        }
        let verify = |by: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(by, key)
                .verify(signed, signature)
                .is_ok()
        };
        match (&self.public, algorithm) {
            (PublicKey::Rsa { n, e }, Algorithm::Rs(hash)) => {
                rsa(n, e, pkcs1(hash), signed, signature)
            }
            (PublicKey::Rsa { n, e }, Algorithm::Ps(hash)) => {
                rsa(n, e, pss(hash), signed, signature)
            }
            (PublicKey::P256(key), Algorithm::Es256) => verify(&ECDSA_P256_SHA256_FIXED, key),
            (PublicKey::P384(key), Algorithm::Es384) => verify(&ECDSA_P384_SHA384_FIXED, key),
            (PublicKey::Ed25519(key), Algorithm::EdDsa) => verify(&ED25519, key),
            _ => false,
        }
    }
}

fn rsa(n: &[u8], e: &[u8], by: &RsaParameters, signed: &[u8], signature: &[u8]) -> bool {
    RsaPublicKeyComponents { n, e }
        .verify(by, signed, signature)
        .is_ok()
}

const fn pkcs1(hash: Hash) -> &'static RsaParameters {
    match hash {
        Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
    }
}

const fn pss(hash: Hash) -> &'static RsaParameters {
    match hash {
        Hash::Sha256 => &RSA_PSS_2048_8192_SHA256,
        Hash::Sha384 => &RSA_PSS_2048_8192_SHA384,
        Hash::Sha512 => &RSA_PSS_2048_8192_SHA512,
    }
}
