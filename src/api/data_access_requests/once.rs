//! `Idempotency-Key`: the same request sent twice is done once, and its answer given twice.
//!
//! A key is claimed before the act, its answer is kept in the act's transaction, and it is given free when the act
//! did not happen. Keys belong to the API key they came with and are kept for 24 hours.

use actix_web::http::header::HeaderMap;
use chrono::TimeDelta;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::acts::{ActError, Lockbox};
use crate::api::problem::{Kind, Problem};
use crate::domain::id::{KeyId, Reference};
use crate::store::StoreError;
use crate::store::idempotency::Claim;

/// How long a claim holds while its act is at work. An act that was cut off leaves its key free after that.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// What the caller names one request by: 1 to 255 visible ASCII characters.
#[derive(Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key of a request; none when it names none.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut all = headers.get_all("Idempotency-Key");
        let Some(first) = all.next() else {
            return Ok(None);
        };
        let fits = all.next().is_none()
            && (1..=255).contains(&first.len())
            && first.as_bytes().iter().all(u8::is_ascii_graphic);
        match first.to_str() {
            Ok(text) if fits => Ok(Some(Self(text.to_owned()))),
            _ => Err(Problem::new(
                Kind::Malformed,
                "Send one Idempotency-Key of 1 to 255 visible ASCII characters.",
            )),
        }
    }

    /// The key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a filed request is answered with.
#[derive(Debug)]
pub(super) struct Answer {
    /// Which request.
    pub reference: Reference,
    /// The body.
    pub json: String,
    /// Whether it was given before.
    pub is_replayed: bool,
}

impl Answer {
    /// The answer to what was done just now.
    pub fn fresh((reference, json): (Reference, String)) -> Self {
        Self {
            reference,
            json,
            is_replayed: false,
        }
    }

    /// The answer that was given before.
    pub fn replayed(json: String) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Kept {
            reference: Reference,
        }
        let Kept { reference } = serde_json::from_str(&json)?;
        Ok(Self {
            reference,
            json,
            is_replayed: true,
        })
    }
}

/// Acts unless it was done before under this idempotency key; then its answer is read again. The act keeps the answer
/// in its transaction.
pub(in crate::api) fn once<T>(
    lockbox: &Lockbox,
    caller: KeyId,
    key: &IdempotencyKey,
    body: &[u8],
    act: impl FnOnce() -> Result<T, ActError>,
    replayed: impl FnOnce(String) -> Result<T, StoreError>,
) -> Result<T, Problem> {
    let now = lockbox.store.clock().now();
    let digest = Sha256::digest(body);
    let claim = lockbox
        .store
        .keep(|books| books.claim_idempotency(caller, key.as_str(), &digest, now, now + LEASE))?;
    match claim {
        Claim::Fresh => act().map_err(|error| {
            let freed = lockbox
                .store
                .keep(|books| books.release_idempotency(caller, key.as_str(), now + LEASE));
            if let Err(error) = freed {
                tracing::warn!(%error, "an idempotency key stays claimed until its lease is over");
            }
            error.into()
        }),
        Claim::Answered(json) => Ok(replayed(json)?),
        Claim::InProgress => Err(Problem::new(
            Kind::InProgress,
            "A request with this Idempotency-Key is being answered. Send it again in a moment.",
        )),
        Claim::OtherBody => Err(Problem::new(
            Kind::KeyReused,
            "This Idempotency-Key came with another body before. Send a new key with a new body.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, Kind> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                HeaderName::from_static("idempotency-key"),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        IdempotencyKey::of(&headers)
            .map(|key| key.map(|key| key.0))
            .map_err(|problem| problem.kind())
    }

    #[test]
    fn a_key_is_one_of_visible_ascii() {
        assert_eq!(read(&[]), Ok(None));
        let longest = "k".repeat(255);
        for key in ["1", "\"8e03978e\"", &longest] {
            assert_eq!(read(&[key]), Ok(Some(key.to_owned())));
        }
        let beyond = "k".repeat(256);
        for keys in [&[""][..], &["a b"], &["\u{e9}"], &[&beyond], &["a", "a"]] {
            assert_eq!(read(keys), Err(Kind::Malformed), "{keys:?}");
        }
    }

    #[test]
    fn a_kept_answer_names_its_request_or_is_an_error() {
        let json = r#"{"id":"x","reference":"LBX-7Q2M-9XKD","state":"awaiting_manager"}"#;
        let answer = Answer::replayed(json.to_owned()).unwrap();
        assert_eq!(answer.reference.as_str(), "LBX-7Q2M-9XKD");
        assert!(answer.is_replayed && answer.json == json);
        assert!(Answer::replayed(String::new()).is_err());
    }
}
