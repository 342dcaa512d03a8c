//! The data plane's question: may this engineer do this to that, in this service of this tenant, now?

pub mod search;

use super::Lockbox;
use crate::domain::id::{KeyId, Reference};
use crate::domain::key::Bounds;
use crate::domain::text::{EmailAddress, Line, Slug};
use crate::domain::time::Moment;
use crate::store::board::Known;
use crate::store::requests::{LiveAccess, Under, Wanted};
use crate::store::{StoreError, Stored};

/// The question, in the words it was asked in. Names nobody knows are a denial, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The engineer's mail address.
    pub engineer: String,
    /// The tenant's key.
    pub tenant: String,
    /// The service's key.
    pub service: String,
    /// The action; [`ACCESS`](crate::domain::scope::ACCESS) asks for the access itself.
    pub action: String,
    /// The object, if one is named.
    pub object: Option<String>,
    /// The one request that counts, where it is known under which somebody comes.
    pub under: Option<Reference>,
}

/// The answer. An allow says nothing about later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// They may.
    Allow {
        /// Under which request.
        request: Reference,
        /// The same, by ids.
        under: Under,
        /// Until when at most.
        until: Moment,
    },
    /// They may not.
    Deny(Why),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No request of exactly this engineer, tenant and service is active.
    NoActiveAccess,
    /// There is live access, and its scope does not contain what was asked about.
    OutOfScope,
    /// The question could not be answered.
    Undecidable,
}

impl Why {
    /// The word given to machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoActiveAccess => "no_active_access",
            Self::OutOfScope => "out_of_scope",
            Self::Undecidable => "undecidable",
        }
    }
}

/// Most questions that are answered at once.
pub const QUESTIONS_MAX: usize = 64;

/// Answers these questions, in their order, all for one instant. Each always has an answer: what cannot be decided is
/// denied, and so is every question beyond [`QUESTIONS_MAX`]. Access to what is not within the bounds of the key that
/// asks is no access.
#[must_use]
pub fn evaluate(lockbox: &Lockbox, bounds: &Bounds, questions: &[Question]) -> Vec<Answer> {
    let heard = questions.iter().take(QUESTIONS_MAX);
    let answers = lockbox.store.live_access().map(|known| {
        let now = lockbox.store.clock().now();
        Instant::at(now, lockbox, &known, bounds).answers(heard)
    });
    let mut answers = answers.unwrap_or_else(|error| {
        denied(&error);
        Vec::new()
    });
    answers.resize(questions.len(), Answer::Deny(Why::Undecidable));
    answers
}

/// Why a question was not even heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// No such key is known here.
    NoSuchKey,
    /// What is known is too old to tell.
    TooOld,
}

/// Proves the key and answers the question, from memory: this waits for nothing but another writing down what it read.
/// What cannot be decided is denied.
///
/// # Errors
/// [`Unproven`], before anything is said of the question.
pub fn ask(
    lockbox: &Lockbox,
    key_sha256: &[u8; 32],
    question: Option<&Question>,
) -> Result<Heard, Unproven> {
    let known = lockbox.store.live_access().map_err(|error| {
        denied(&error);
        Unproven::TooOld
    })?;
    // Keys are found by the hash of their text: how long that takes tells nothing about any key.
    let key = known.key(key_sha256).ok_or(Unproven::NoSuchKey)?;
    let now = lockbox.store.clock().now();
    if !key.is_valid_at(now) {
        return Err(Unproven::NoSuchKey);
    }
    let instant = Instant::at(now, lockbox, &known, &key.bounds);
    Ok(Heard {
        answer: question.map(|question| instant.answer(question)),
        at: now,
        key: key.id,
        name: key.name.clone(),
    })
}

/// What came of a question whose key was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The answer, if there was a question.
    pub answer: Option<Answer>,
    /// When.
    pub at: Moment,
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub name: Line,
}

/// What is known of live access, at one instant.
struct Instant<'a> {
    known: &'a Known,
    /// What the key that asks is bound to.
    bounds: &'a Bounds,
    /// None where this node may not trust what it knows; why is said by whoever found it out.
    now: Option<Moment>,
}

impl<'a> Instant<'a> {
    fn at(now: Moment, lockbox: &Lockbox, known: &'a Known, bounds: &'a Bounds) -> Self {
        let sure = lockbox.store.is_sure_at(now);
        let now = sure.is_ok().then_some(now);
        Self { known, bounds, now }
    }

    fn answers<'q>(&self, questions: impl Iterator<Item = &'q Question>) -> Vec<Answer> {
        questions.map(|question| self.answer(question)).collect()
    }

    /// Whether the key may hear of this access, and the question is about it.
    fn concerns(&self, access: &LiveAccess, question: &Question) -> bool {
        let asked = question.under.as_ref();
        self.bounds.covers(access.under.tenant, access.service)
            && asked.is_none_or(|under| *under == access.reference)
    }

    fn answer(&self, question: &Question) -> Answer {
        let Some(now) = self.now else {
            return Answer::Deny(Why::Undecidable);
        };
        // Most ask in the words that are kept. Only others have to be read as names first.
        let (engineer, tenant) = (&question.engineer, &question.tenant);
        let as_kept = self
            .known
            .live_access_as_kept(engineer, tenant, &question.service);
        let mut as_kept = as_kept.peekable();
        if as_kept.peek().is_some() {
            return self.among(as_kept, question, now);
        }
        wanted(question).map_or(Answer::Deny(Why::NoActiveAccess), |wanted| {
            self.among(self.known.live_access(&wanted), question, now)
        })
    }

    /// The answer, where this is all that may allow it.
    fn among<'k>(
        &self,
        windows: impl Iterator<Item = Stored<&'k LiveAccess>>,
        question: &Question,
        now: Moment,
    ) -> Answer {
        let mut why = Why::NoActiveAccess;
        for access in windows {
            match access {
                Ok(access) if access.until <= now || !self.concerns(access, question) => {}
                Ok(access) => {
                    let object = question.object.as_deref();
                    if access.reach.covers(&question.action, object) {
                        return Answer::Allow {
                            request: access.reference.clone(),
                            under: access.under,
                            until: access.until,
                        };
                    }
                    why = Why::OutOfScope;
                }
                // Whoever read it has said so.
                Err(_) => return Answer::Deny(Why::Undecidable),
            }
        }
        Answer::Deny(why)
    }
}

/// What to look for; nothing where a name is none that anybody could have.
fn wanted(question: &Question) -> Option<Wanted> {
    Some(Wanted {
        engineer: EmailAddress::parse(&question.engineer).ok()?,
        tenant: Slug::parse(&question.tenant).ok()?,
        service: Slug::parse(&question.service).ok()?,
    })
}

fn denied(error: &StoreError) {
    // Whoever could not look has said so once; each of thousands of questions would say it again.
    if matches!(error, StoreError::KnowledgeTooOld) {
        return;
    }
    tracing::error!(%error, "an access question could not be answered and was denied");
}
