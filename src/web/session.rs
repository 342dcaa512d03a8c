//! Sessions: what one holds, and how the store keeps it.
//!
//! [`Visit`] is the only holder of the session's one key. The store keeps the hash of the cookie's key, never the
//! key, and never brings back a session that ended: a visit begins its row, and only then the browser gets a key to it.

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
use super::who_came;
use crate::acts::Lockbox;
use crate::acts::tries::{self, Origin};
use crate::domain::id::PersonId;
use crate::domain::second_factor::SecondFactor;
use crate::domain::time::Moment;
use crate::store::people::{OfSession, of_session};
use crate::store::sessions::{Ground, Kept};
use crate::store::{Keep, StoreError};

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

    /// Begins its session, to which no browser has the key yet.
    ///
    /// # Errors
    /// [`WebError::SignedOut`] when what it stands on was taken away meanwhile.
    pub async fn begin(
        &self,
        lockbox: &Lockbox,
        ground: Ground,
        from: Origin,
    ) -> Result<(), WebError> {
        let (person, key) = (self.person, nobodys_key(lockbox));
        let mut kept = self.kept()?;
        if kept.half_in {
            let known = move |lockbox: &Lockbox| tries::is_known(lockbox, person, &from);
            kept.at_known_device = lockbox.acting(known).await?;
        }
        let there = keeping(lockbox, move |books, now| {
            books.begin_session(&key, kept, &ground, now, ends(now, &IDLE))
        });
        begun(there.await?)
    }

    /// Goes on with the session of who was half in, to which no browser has the key any more.
    ///
    /// # Errors
    /// [`WebError::SignedOut`] when that one ended meanwhile.
    pub async fn follow(&self, lockbox: &Lockbox, half_in: &Self) -> Result<(), WebError> {
        let (key, kept, before) = (nobodys_key(lockbox), self.kept()?, half_in.id.clone());
        let there = keeping(lockbox, move |books, now| {
            books.enter_session(&before, &key, kept, now, ends(now, &IDLE))
        });
        begun(there.await?)
    }

    /// Gives the browser a key to the session that has begun; whatever key it came with is worth nothing from now on.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn give(&self, session: &Session) -> Result<(), WebError> {
        session.renew();
        self.keep(session)
    }

    fn kept(&self) -> Result<Kept, WebError> {
        let state = serde_json::to_string(self).map_err(|e| WebError::Session(e.to_string()))?;
        Ok(kept(state))
    }
}

/// The hash of a key that nobody has.
fn nobodys_key(lockbox: &Lockbox) -> [u8; 32] {
    lockbox.entropy.bytes()
}

fn begun(there: bool) -> Result<(), WebError> {
    if there {
        Ok(())
    } else {
        tracing::warn!("somebody was signed out while they signed in");
        Err(WebError::SignedOut)
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

/// The one value a session has.
fn value(state: &State) -> String {
    state.get(VISIT).cloned().unwrap_or_default()
}

/// The same, and whose it is.
fn kept(state: String) -> Kept {
    match Visit::parse(&state) {
        Some(visit) => Kept {
            person: Some(visit.person),
            half_in: visit.showed().is_none(),
            visit: visit.id,
            single_sign_on: visit.single_sign_on,
            state,
            ..Kept::default()
        },
        None => Kept {
            state,
            ..Kept::default()
        },
    }
}

/// Keeps books off the workers, at the time it is now.
async fn keeping<T: Send + 'static>(
    lockbox: &Lockbox,
    books: impl FnOnce(&mut Keep<'_>, Moment) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let keep = move |lockbox: &Lockbox| {
        let now = lockbox.store.clock().now();
        lockbox.store.keep(|keep| books(keep, now))
    };
    lockbox.acting(keep).await
}

impl Sessions {
    /// Keeps books. Where that fails the call goes on, and its answer says so in place of any other.
    async fn keeping(
        &self,
        books: impl FnOnce(&mut Keep<'_>, Moment) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), anyhow::Error> {
        let kept = keeping(&self.lockbox, books).await;
        Ok(kept.or_else(who_came::note_failure)?)
    }

    async fn found(&self, hash: &[u8], now: Moment) -> Result<Option<OfSession>, LoadError> {
        let hash = hash.to_vec();
        let found: Result<_, StoreError> = self
            .lockbox
            .glancing(move |conn| of_session(conn, &hash, now))
            .await;
        let found = found.or_else(|why| who_came::note_failure(why).map(|()| None));
        found.map_err(|e| LoadError::Other(e.into()))
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
        let mut found = self.found(&hash, now).await?;
        let stale = now - NOTED_EVERY;
        if self.noted == Use::Noted && found.as_ref().is_some_and(|found| found.seen_at < stale) {
            let used = hash.clone();
            self.keeping(move |keep, now| keep.touch_session(&used, now, stale, ends(now, &IDLE)))
                .await
                .map_err(LoadError::Other)?;
            // That may have waited for others, who may have ended it or changed whose it is.
            found = self.found(&hash, now).await?;
        }
        let Some(OfSession {
            state: text, who, ..
        }) = found
        else {
            return Ok(None);
        };
        who_came::note(who);
        Ok(Some(if text.is_empty() {
            State::new()
        } else {
            State::from([(VISIT.to_owned(), text)])
        }))
    }

    /// Begins nothing: a session that has begun gets the key that is handed out, and one that ended since stays ended.
    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        if let Some(visit) = Visit::parse(&value(&state)) {
            let hash = hash(&key);
            self.keeping(move |keep, _| keep.hand_out_session(visit.person, &visit.id, &hash))
                .await
                .map_err(SaveError::Other)?;
        }
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: State,
        ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let (hash, ttl, kept) = (hash(&key), *ttl, kept(value(&state)));
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
