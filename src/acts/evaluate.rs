//! The data plane's question: may this engineer do this to that, in this service of this tenant, now?

pub mod search;
mod together;

pub use together::{Questions, Unproven};

use super::Lockbox;
use crate::domain::id::Reference;
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::requests::{self, LiveAccess, Wanted};
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
}

/// The answer. An allow says nothing about later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// They may.
    Allow {
        /// Under which request.
        request: Reference,
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
/// denied, and so is every question beyond [`QUESTIONS_MAX`].
#[must_use]
pub fn evaluate(lockbox: &Lockbox, questions: &[Question]) -> Vec<Answer> {
    let heard: Vec<&Question> = questions.iter().take(QUESTIONS_MAX).collect();
    let answers = lockbox
        .store
        .read(|conn| answer_all(conn, &heard, lockbox.store.sure_now().ok()));
    let mut answers = answers.unwrap_or_else(|error| {
        denied(&error);
        Vec::new()
    });
    answers.resize(questions.len(), Answer::Deny(Why::Undecidable));
    answers
}

/// An answer to each question, in their order. The caller bounds their number.
fn answer_all(
    conn: &mut Conn,
    questions: &[&Question],
    now: Option<Moment>,
) -> Stored<Vec<Answer>> {
    // Why not is said once by whoever found it out, and not with every question.
    let Some(now) = now else {
        return Ok(vec![Answer::Deny(Why::Undecidable); questions.len()]);
    };
    let wanted: Vec<Option<Wanted>> = questions.iter().map(|question| wanted(question)).collect();
    let known: Vec<Wanted> = wanted.iter().flatten().cloned().collect();
    let mut live = requests::live_access(conn, &known, now)?.into_iter();
    Ok(questions
        .iter()
        .zip(&wanted)
        .map(|(question, wanted)| match wanted {
            None => Answer::Deny(Why::NoActiveAccess),
            Some(_) => match live.next() {
                Some(Ok(live)) => answer(question, live),
                Some(Err(error)) => {
                    denied(&error);
                    Answer::Deny(Why::Undecidable)
                }
                None => Answer::Deny(Why::Undecidable),
            },
        })
        .collect())
}

/// What to look for; nothing where a name is none that anybody could have.
fn wanted(question: &Question) -> Option<Wanted> {
    Some(Wanted {
        engineer: EmailAddress::parse(&question.engineer).ok()?,
        tenant: Slug::parse(&question.tenant).ok()?,
        service: Slug::parse(&question.service).ok()?,
    })
}

fn answer(question: &Question, live: Vec<LiveAccess>) -> Answer {
    let nothing_live = live.is_empty();
    let covering = live.into_iter().find(|access| {
        access
            .scope
            .covers(&question.action, question.object.as_deref())
    });
    match covering {
        Some(access) => Answer::Allow {
            request: access.reference,
            until: access.until,
        },
        None if nothing_live => Answer::Deny(Why::NoActiveAccess),
        None => Answer::Deny(Why::OutOfScope),
    }
}

fn denied(error: &StoreError) {
    tracing::error!(%error, "an access question could not be answered and was denied");
}
