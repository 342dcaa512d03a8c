//! Sessions: what one holds, and how the store keeps it.
//!
//! [`Visit`] is the only holder of the session's one key. The store keeps the hash of the cookie's key, never the
//! key, and never brings back a session that ended.

use std::collections::HashMap;
use std::net::IpAddr;

use actix_session::Session;
use actix_session::storage::{
    LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key,
};
use actix_web::cookie::time::Duration;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::WebError;
use crate::acts::Lockbox;
use crate::domain::id::PersonId;
use crate::domain::second_factor::SecondFactor;
use crate::domain::time::Moment;
use crate::store::StoreError;
use crate::store::sessions::{self, Kept};

/// How long a session lasts without use.
pub const IDLE: Duration = Duration::minutes(30);
/// How long a session lasts at most.
pub const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How often the use of a session is noted.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Wrong codes after which the password is asked again.
pub const WRONG_CODES_MAX: u8 = 5;

/// How much is kept of what a browser says of itself, in characters.
pub const AGENT_MAX: usize = 300;

const VISIT: &str = "visit";

/// What a session holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// A random id, to which the tokens in forms are bound and by which the audit log names the session.
    pub id: String,
    /// Who showed their password.
    pub person: PersonId,
    /// When they did.
    pub since: Moment,
    /// When they last showed the second factor; until then they are half in.
    pub second_factor_at: Option<Moment>,
    /// Which one that was. Who does not know it any more shows one again.
    #[serde(default)]
    pub second_factor: Option<SecondFactor>,
    /// Whether they can show a passkey instead of a code.
    #[serde(default)]
    pub has_passkey: bool,
    /// Whether an identity provider vouched for them, and no password was shown.
    #[serde(default)]
    pub single_sign_on: bool,
    /// Wrong codes in a row.
    pub wrong_codes: u8,
    /// What the browser says of itself, at most [`AGENT_MAX`] characters; nothing it says is relied on.
    #[serde(default)]
    pub agent: String,
    /// The address it began at.
    #[serde(default)]
    pub address: Option<IpAddr>,
}

impl Visit {
    /// The visit of a session that has one and has not grown too old.
    #[must_use]
    pub fn of(session: &Session, now: Moment) -> Option<Self> {
        let visit: Self = session.get(VISIT).ok().flatten()?;
        (now - visit.since < LONGEST).then_some(visit)
    }

    /// The visit that a stored session holds, if it holds one.
    #[must_use]
    pub fn parse(state: &str) -> Option<Self> {
        serde_json::from_str(state).ok()
    }

    /// When the session ends however much it is used.
    #[must_use]
    pub fn longest(&self) -> Moment {
        self.since + LONGEST
    }

    /// The second factor shown, and when; nothing while they are half in.
    #[must_use]
    pub fn showed(&self) -> Option<(SecondFactor, Moment)> {
        self.second_factor.zip(self.second_factor_at)
    }

    /// The visit, after this second factor was shown.
    #[must_use]
    pub fn showing(self, factor: SecondFactor, at: Moment) -> Self {
        Self {
            second_factor: Some(factor),
            second_factor_at: Some(at),
            wrong_codes: 0,
            ..self
        }
    }

    /// The visit of somebody for whom an identity provider vouched.
    #[must_use]
    pub fn by_single_sign_on(self) -> Self {
        Self {
            single_sign_on: true,
            ..self
        }
    }

    /// Keeps the visit in its session.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn keep(&self, session: &Session) -> Result<(), WebError> {
        session
            .insert(VISIT, self)
            .map_err(|e| WebError::Session(e.to_string()))
    }

    /// Keeps the visit under a new session key: whatever key the browser came with is worth nothing from now on.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn begin(&self, session: &Session) -> Result<(), WebError> {
        session.renew();
        self.keep(session)
    }
}

/// The session store on the database.
#[derive(Clone)]
pub struct Sessions {
    /// The running product.
    pub lockbox: Lockbox,
    /// Whether what comes this way keeps a session alive.
    pub noted: Use,
}

/// Whether a request shows somebody at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It does: the session is used.
    Noted,
    /// An open page asks by itself.
    Unnoted,
}

type State = HashMap<String, String>;

fn hash(key: &SessionKey) -> Vec<u8> {
    Sha256::digest(key.as_ref().as_bytes()).to_vec()
}

/// The one value a session has, and whose it is.
fn kept(state: &State) -> Kept {
    let state = state.get(VISIT).cloned().unwrap_or_default();
    match Visit::parse(&state) {
        Some(visit) => Kept {
            person: Some(visit.person),
            visit: visit.id,
            single_sign_on: visit.single_sign_on,
            state,
        },
        None => Kept {
            state,
            ..Kept::default()
        },
    }
}

impl Sessions {
    async fn keeping(
        &self,
        books: impl FnOnce(&mut crate::store::Keep<'_>, Moment) -> Result<(), StoreError>
        + Send
        + 'static,
    ) -> Result<(), anyhow::Error> {
        let keep = move |lockbox: &Lockbox| {
            let now = lockbox.store.clock().now();
            lockbox.store.keep(|keep| books(keep, now))
        };
        Ok(self.lockbox.acting(keep).await?)
    }
}

/// When a session that is used now ends for want of use.
#[must_use]
pub fn ends(now: Moment, ttl: &Duration) -> Moment {
    now + TimeDelta::seconds(ttl.whole_seconds())
}

impl SessionStore for Sessions {
    /// Notes the use of the session, at most once a minute, so that reading pages stays reading.
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let (hash, now) = (hash(key), self.lockbox.store.clock().now());
        let wanted = hash.clone();
        let found: Result<Option<(String, Moment)>, StoreError> = self
            .lockbox
            .reading(move |conn| sessions::load(conn, &wanted, now))
            .await;
        let Some((text, seen_at)) = found.map_err(|e| LoadError::Other(e.into()))? else {
            return Ok(None);
        };
        let stale = now - NOTED_EVERY;
        if self.noted == Use::Noted && seen_at < stale {
            self.keeping(move |keep, now| keep.touch_session(&hash, now, stale, ends(now, &IDLE)))
                .await
                .map_err(LoadError::Other)?;
        }
        Ok(Some(if text.is_empty() {
            State::new()
        } else {
            State::from([(VISIT.to_owned(), text)])
        }))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let (hash, ttl, kept) = (hash(&key), *ttl, kept(&state));
        self.keeping(move |keep, now| keep.begin_session(hash, kept, now, ends(now, &ttl)))
            .await
            .map_err(SaveError::Other)?;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: State,
        ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let (hash, ttl, kept) = (hash(&key), *ttl, kept(&state));
        self.keeping(move |keep, now| keep.save_session(&hash, kept, now, ends(now, &ttl)))
            .await
            .map_err(UpdateError::Other)?;
        Ok(key)
    }

    /// [`Sessions::load`] has noted the use.
    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = hash(key);
        self.keeping(move |keep, _| keep.end_session(&hash)).await
    }
}
