//! The data plane's question: may this engineer do this to that, in this service of this tenant, now?

use super::Lockbox;
use crate::domain::id::Reference;
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::requests;

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

/// Answers the question. It always has an answer: what cannot be decided is denied.
#[must_use]
pub fn evaluate(lockbox: &Lockbox, question: &Question) -> Answer {
    let (Ok(engineer), Ok(tenant), Ok(service)) = (
        EmailAddress::parse(&question.engineer),
        Slug::parse(&question.tenant),
        Slug::parse(&question.service),
    ) else {
        return Answer::Deny(Why::NoActiveAccess);
    };
    // Why not is said once by whoever found it out, and not with every question.
    let Ok(now) = lockbox.store.sure_now() else {
        return Answer::Deny(Why::Undecidable);
    };
    let live = match lockbox
        .store
        .read(|conn| requests::live_access(conn, &engineer, &tenant, &service, now))
    {
        Ok(live) => live,
        Err(error) => {
            tracing::error!(%error, "an access question could not be answered and was denied");
            return Answer::Deny(Why::Undecidable);
        }
    };
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
