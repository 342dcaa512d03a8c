//! What identity providers said of themselves, remembered for a while, so that not every sign-in asks again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use super::OidcError;
use super::fetch::{FetchError, Fetcher, Sent};
use super::keys::Keys;
use super::provider::{IdentityProvider, description_of};
use crate::domain::text::Issuer;
use crate::domain::time::Moment;

/// How long a description and its keys count.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);
/// How often keys are asked for anew because a token names one that is not among them.
const BETWEEN_LOOKS: TimeDelta = TimeDelta::minutes(1);
/// How long one that did not describe itself is not asked again: whoever sends browsers to it asks it no more often.
const LEFT_ALONE: TimeDelta = TimeDelta::seconds(10);
/// Most identity providers remembered; one more and all are forgotten.
const MOST: usize = 1_000;

/// The identity providers that are known.
#[derive(Clone)]
pub struct Directory {
    fetcher: Fetcher,
    known: Arc<Mutex<HashMap<Issuer, Known>>>,
    failed: Arc<Mutex<HashMap<Issuer, Moment>>>,
}

#[derive(Clone)]
struct Known {
    provider: Arc<IdentityProvider>,
    since: Moment,
    keys: Option<(Arc<Keys>, Moment)>,
}

impl Directory {
    /// An empty one.
    #[must_use]
    pub fn new(fetcher: Fetcher) -> Self {
        Self {
            fetcher,
            known: Arc::default(),
            failed: Arc::default(),
        }
    }

    /// The way out.
    #[must_use]
    pub const fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Whether an identity provider at this address can be asked at all, as far as its address alone says. What a name
    /// leads to is looked at whenever it is asked.
    #[must_use]
    pub fn may_ask(&self, issuer: &Issuer) -> bool {
        url::Url::parse(issuer.as_str()).is_ok_and(|url| self.fetcher.may_ask(&url))
    }

    /// Asks everything of this identity provider anew from now on.
    pub fn forget(&self, issuer: &Issuer) {
        self.known().remove(issuer);
        self.failed().remove(issuer);
    }

    /// An identity provider.
    ///
    /// # Errors
    /// [`OidcError`] when it does not answer, or not as it must.
    pub async fn provider(
        &self,
        issuer: &Issuer,
        now: Moment,
    ) -> Result<Arc<IdentityProvider>, OidcError> {
        if let Some(known) = self.remembered(issuer, now) {
            return Ok(known.provider);
        }
        if self.is_left_alone(issuer, now) {
            return Err(OidcError::Answer(
                "the identity provider did not describe itself a moment ago, and is asked again in a few seconds",
            ));
        }
        let provider = match self.described(issuer).await {
            Ok(provider) => Arc::new(provider),
            Err(error) => {
                self.leave_alone(issuer, &error, now);
                return Err(error);
            }
        };
        let known = Known {
            provider: Arc::clone(&provider),
            since: now,
            keys: None,
        };
        let mut all = self.known();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(issuer.clone(), known);
        Ok(provider)
    }

    /// Its keys.
    ///
    /// # Errors
    /// [`OidcError`] when it does not answer, or not as it must.
    pub async fn keys(
        &self,
        provider: &IdentityProvider,
        now: Moment,
    ) -> Result<Arc<Keys>, OidcError> {
        let known = self.remembered(&provider.issuer, now);
        match known.and_then(|known| known.keys) {
            Some((keys, _)) => Ok(keys),
            None => self.look(provider, now).await,
        }
    }

    /// Its keys, after a token named one that is not among those known; nothing when they were looked at a moment ago.
    ///
    /// # Errors
    /// [`OidcError`] when it does not answer, or not as it must.
    pub async fn newer_keys(
        &self,
        provider: &IdentityProvider,
        now: Moment,
    ) -> Result<Option<Arc<Keys>>, OidcError> {
        let known = self.remembered(&provider.issuer, now);
        let looked = known.and_then(|known| known.keys).map(|(_, at)| at);
        if looked.is_some_and(|at| now - at < BETWEEN_LOOKS) {
            return Ok(None);
        }
        self.look(provider, now).await.map(Some)
    }

    async fn described(&self, issuer: &Issuer) -> Result<IdentityProvider, OidcError> {
        let what = "the identity provider's description";
        let json = self.fetched(issuer, &description_of(issuer)?, what).await?;
        IdentityProvider::parse(issuer, &json)
    }

    fn is_left_alone(&self, issuer: &Issuer, now: Moment) -> bool {
        let failed = self.failed().get(issuer).copied();
        failed.is_some_and(|at| now - at < LEFT_ALONE)
    }

    /// That it was not its turn says nothing of it.
    fn leave_alone(&self, issuer: &Issuer, error: &OidcError, now: Moment) {
        if matches!(
            error,
            OidcError::Fetch {
                why: FetchError::Busy,
                ..
            }
        ) {
            return;
        }
        let mut failed = self.failed();
        if failed.len() >= MOST {
            failed.clear();
        }
        failed.insert(issuer.clone(), now);
    }

    async fn look(&self, provider: &IdentityProvider, now: Moment) -> Result<Arc<Keys>, OidcError> {
        let what = "the identity provider's keys";
        let json = self
            .fetched(&provider.issuer, &provider.jwks_uri, what)
            .await?;
        let keys = Arc::new(Keys::parse(&json)?);
        if let Some(known) = self.known().get_mut(&provider.issuer) {
            known.keys = Some((Arc::clone(&keys), now));
        }
        Ok(keys)
    }

    async fn fetched(
        &self,
        issuer: &Issuer,
        url: &url::Url,
        what: &'static str,
    ) -> Result<Vec<u8>, OidcError> {
        let answered = self.fetcher.ask(issuer, url, None, Sent::Nothing).await;
        let answered = answered.map_err(|why| OidcError::Fetch { what, why })?;
        if answered.success {
            Ok(answered.body.to_vec())
        } else {
            Err(OidcError::Answer(
                "the identity provider's description or its keys are not there",
            ))
        }
    }

    fn remembered(&self, issuer: &Issuer, now: Moment) -> Option<Known> {
        let known = self.known().get(issuer).cloned()?;
        (now - known.since < REMEMBERED).then_some(known)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Issuer, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<Issuer, Moment>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
