//! A data access request: its state, what can be asked of it, and what follows.
//!
//! [`decide`](decide::decide) answers a command with a fact or a refusal; [`Request::apply`] makes the next request
//! from a fact. The stored row, the audit log and `audit verify` all go through the same two.

pub mod apply;
pub mod decide;
pub mod remind;
pub mod stage;
pub mod state;

use serde::{Deserialize, Serialize};

use super::id::{CaseId, KeyId, PersonId, Reference, RequestId, ServiceId, TenantId};
use super::scope::Scope;
use super::text::Prose;
use super::time::{Minutes, Moment};
pub use stage::Stage;
pub use state::{Approval, Basis, Grant, HowEnded, State, StateKind};

use super::audit::entry::Actor;

/// An engineer's request to see named content of one tenant in one service.
///
/// It cannot be changed after filing; only its endorsement and its state move on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Its name among people.
    pub reference: Reference,
    /// Whose content.
    pub tenant: TenantId,
    /// In which service.
    pub service: ServiceId,
    /// Who would have the access.
    pub engineer: PersonId,
    /// Who filed it.
    pub filed_by: FiledBy,
    /// The support case it belongs to; none means "provider initiated".
    pub case: Option<CaseId>,
    /// Why.
    pub reason: Prose,
    /// What may be touched.
    pub scope: Scope,
    /// How long the access was asked for.
    pub asked: Minutes,
    /// The earlier request that it asks for more time after: the same engineer's, for the same tenant.
    pub follows: Option<Reference>,
    /// When it was filed.
    pub filed_at: Moment,
    /// Approvals needed when it was filed.
    pub quorum: u8,
    /// Who endorsed it, once somebody has.
    pub endorsement: Option<Endorsement>,
    /// Where it stands.
    pub state: State,
    /// How many facts made it what it is. A decision names the version it saw. A reminder changes nothing that
    /// anybody decides on and does not count.
    pub version: u32,
    /// When people are still to be reminded of it, in order.
    pub reminders: Vec<Moment>,
}

/// Who filed a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum FiledBy {
    /// The engineer in the portal.
    Engineer,
    /// An API key, for the engineer.
    Key {
        /// Which key.
        key: KeyId,
        /// The person who owned it then, if it was one person's.
        owner: Option<PersonId>,
        /// The person who made it in the portal, if somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_by: Option<PersonId>,
    },
}

/// A manager's endorsement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsement {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Moment,
}

impl Request {
    /// Whose it is: its engineer, and whoever owns or made the key that filed it.
    pub fn whose(&self) -> impl Iterator<Item = PersonId> + use<> {
        let of_key = match self.filed_by {
            FiledBy::Key { owner, made_by, .. } => [owner, made_by],
            FiledBy::Engineer => [None, None],
        };
        [Some(self.engineer)].into_iter().chain(of_key).flatten()
    }

    /// Whether it is the person's own.
    #[must_use]
    pub fn is_own_of(&self, person: PersonId) -> bool {
        self.whose().any(|whose| whose == person)
    }

    /// The same request as it stands at `now`, whatever has been recorded.
    #[must_use]
    pub fn at(&self, now: Moment) -> Self {
        Self {
            state: self.state.at(now),
            ..self.clone()
        }
    }
}
