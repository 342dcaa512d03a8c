//! Everything somebody can do, one function each. Both doors, the command line and the night shift call these
//! and nothing else changes the domain.
//!
//! An act's order is always the same: rights, load, decide, save, fact. It runs inside [`Store::write`], so that
//! its fact, its rows and its letters are kept together or not at all.

pub mod accept_terms;
pub mod access_pass;
pub mod activity;
pub mod api_keys;
pub mod authenticator;
pub mod coverage;
pub mod decide;
mod due;
pub mod enrol;
pub mod entitle;
pub mod evaluate;
pub mod evidence;
pub mod file_request;
pub mod forgotten_password;
mod hash_anew;
pub mod join;
pub mod lapse;
pub mod limits;
pub mod links;
pub mod notifications;
pub mod passkeys;
pub mod password;
pub mod people;
pub mod provider;
pub mod recover;
pub mod recovery_codes;
pub mod remind;
pub mod restore;
pub mod rotate_key;
pub mod sessions;
pub mod set_up;
mod setting;
pub mod show_passkey;
pub mod sign_in;
pub mod single_sign_on;
pub mod support_cases;
pub mod suspend;
pub mod switch_lockbox;
pub mod tries;
pub mod verify_log;
pub mod weaken;
pub mod webhooks;

use std::sync::Arc;

use access_pass::PassKeys;
use activity::Recorder;

use crate::clock::Entropy;
use crate::domain::entitlement::Trials;
use crate::domain::request::Request;
use crate::domain::request::decide::Refusal;
use crate::domain::rights::Denied;
use crate::domain::support_case::{CaseRefusal, SupportCase};
use crate::domain::terms::Terms;
use crate::domain::time::Minutes;
use crate::identity::oidc::directory::Directory;
use crate::identity::password::{NewPassword, PasswordError, Passwords};
use crate::identity::sealed::SecretKey;
use crate::outside::WayOut;
use crate::store::{Store, StoreError};

/// The running product: what every act needs.
#[derive(Clone)]
pub struct Lockbox {
    /// Memory.
    pub store: Store,
    /// Randomness.
    pub entropy: Entropy,
    /// Password hashing, bounded in number.
    pub passwords: Passwords,
    /// The server key: seals second factors, derives others.
    pub secret_key: Arc<SecretKey>,
    /// The activation terms in force.
    pub terms: Arc<Terms>,
    /// Time for a manager to answer: 1 h to 96 h, the provider's choice.
    pub manager_time_to_answer: Minutes,
    /// How who asks for a trial is answered, the provider's choice.
    pub trials: Trials,
    /// The identity providers of single sign-on.
    pub identity_providers: Directory,
    /// What was done and waits to be recorded.
    pub recorder: Recorder,
    /// When keys were used last.
    pub key_uses: api_keys::Uses,
    /// The way on which webhooks are delivered.
    pub way_to_webhooks: WayOut,
    /// The keys of access passes, as this process knows them.
    pub pass_keys: PassKeys,
}

/// Why an act did not happen. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The person may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What was typed does not fit.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unfit(Vec<Flaw>),
    /// The request is not in a state for it; it comes along as it stands now.
    #[error("{0}")]
    Refused(Refusal, Box<Request>),
    /// The request has moved on since the page was shown; it comes along as it stands now.
    #[error("the request has changed since you saw it")]
    Stale(Box<Request>),
    /// This session's second factor was shown before the access began, and not for it.
    #[error("show your second factor for this access once more")]
    FactorOfBefore,
    /// As many passes as are needed at once were taken a moment ago.
    #[error("at most {0} access passes are given in 10 minutes; use the last one, or wait")]
    TooManyPasses(i64),
    /// The same form filed this request before.
    #[error("this form filed {} before", .0.reference)]
    FiledAlready(Box<Request>),
    /// The support case is not such that this could follow; it comes along as it stands now.
    #[error("{0}")]
    CaseRefused(CaseRefusal, Box<SupportCase>),
    /// The same was done before, and nothing is left to do.
    #[error("this was done before")]
    DoneBefore,
    /// The engineer has as many open requests for this tenant as are allowed.
    #[error("an engineer may have at most {0} open requests for one tenant")]
    TooManyOpen(i64),
    /// A one-time link that was used, is too old, was followed by a newer one, or never was.
    #[error("this link does not work any more")]
    LinkGone,
    /// Somebody else who is here has the mail address, on another side. Said to nobody but whoever reads its mail.
    #[error("this mail address belongs to an account in another organisation")]
    JoinedElsewhere,
    /// Something else has that key, name or address.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// Too many passwords are being checked at this moment.
    #[error("too many people are signing in at this moment")]
    Busy,
    /// A secret could not be sealed or opened.
    #[error("a secret could not be sealed or opened: {0}")]
    Secret(String),
}

impl ActError {
    /// Which of a few kinds it is, for figures.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Refused(..) | Self::CaseRefused(..) => "refused",
            Self::Stale(_) => "stale",
            Self::Unfit(_) => "unfit",
            _ => "failed",
        }
    }
}

/// One thing wrong with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The field, by the name it has in forms and JSON.
    pub field: &'static str,
    /// What is wrong and what to do, as a sentence.
    pub words: String,
}

impl Flaw {
    /// A flaw of a field.
    #[must_use]
    pub fn of(field: &'static str, words: impl Into<String>) -> Self {
        Self {
            field,
            words: words.into(),
        }
    }

    /// All that is wrong, sentence after sentence.
    #[must_use]
    pub fn sentences(flaws: &[Self]) -> String {
        let words: Vec<&str> = flaws.iter().map(|flaw| flaw.words.as_str()).collect();
        words.join(" ")
    }

    /// What is wrong with a field, if anything is.
    #[must_use]
    pub fn words_of(flaws: &[Self], field: &str) -> Option<String> {
        let of_field = flaws.iter().find(|flaw| flaw.field == field);
        of_field.map(|flaw| flaw.words.clone())
    }
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.words)
    }
}

impl From<diesel::result::Error> for ActError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Names what is taken when a unique column said so.
fn taken(what: &'static str) -> impl FnOnce(StoreError) -> ActError {
    move |error| {
        if error.is_unique_violation() {
            ActError::Taken(what)
        } else {
            error.into()
        }
    }
}

/// Says that somebody joined elsewhere when the unique index of who is here said so: of several who join with one address
/// at once, one is here.
fn joined_elsewhere(error: ActError) -> ActError {
    match error {
        ActError::Store(error) if error.is_unique_violation() => ActError::JoinedElsewhere,
        other => other,
    }
}

impl Lockbox {
    /// The hash to keep of a password that somebody chose.
    ///
    /// # Errors
    /// [`ActError::Busy`] when too many are being hashed.
    pub async fn hash(&self, password: &NewPassword) -> Result<String, ActError> {
        let hash = self.passwords.hash(password, self.entropy.bytes()).await;
        hash.map_err(|error| match error {
            PasswordError::Busy => ActError::Busy,
            other => ActError::Secret(other.to_string()),
        })
    }

    /// Reads off the workers.
    ///
    /// # Errors
    /// Whatever the reading says.
    pub async fn reading<T, E>(
        &self,
        reading: impl FnOnce(&mut crate::store::conn::Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = self.store.clone();
        off_the_workers(move || store.read(reading)).await
    }

    /// Reads a few rows by their keys, or a page along an index. Where the database is a file, here and now: a change of
    /// threads takes longer.
    ///
    /// # Errors
    /// Whatever the reading says.
    pub async fn glancing<T, E>(
        &self,
        reading: impl FnOnce(&mut crate::store::conn::Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if let Some(mut file) = self.store.file_at_hand() {
            return reading(&mut file);
        }
        self.reading(reading).await
    }

    /// Acts off the workers.
    ///
    /// # Errors
    /// Whatever the act says.
    pub async fn acting<T, E>(
        &self,
        act: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let lockbox = self.clone();
        off_the_workers(move || act(&lockbox)).await
    }
}

async fn off_the_workers<T: Send + 'static, E: From<StoreError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    // What is logged there belongs to the same call.
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(result) => result,
        Err(stopped) => {
            Err(StoreError::NoConnection(format!("the work was broken off: {stopped}")).into())
        }
    }
}
