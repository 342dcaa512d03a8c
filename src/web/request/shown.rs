//! A request with everything its pages name, found for one person and one act.

use std::collections::BTreeSet;

use crate::acts::ActError;
use crate::acts::decide::Seen;
use crate::acts::sign_in::SignedIn;
use crate::domain::audit::entry::Actor;
use crate::domain::fact::Fact;
use crate::domain::id::{PersonId, Reference};
use crate::domain::person::{Person, Side};
use crate::domain::request::decide::{Circumstances, Command, Refusal, decide};
use crate::domain::request::{Request, State, StateKind};
use crate::domain::rights::{Act, Asker, Denied, Subject, may};
use crate::domain::service::Service;
use crate::domain::tenant::Tenant;
use crate::domain::time::{Minutes, Moment};
use crate::store::conn::Conn;
use crate::store::requests::Sight;
use crate::store::{StoreError, people, requests, services, tenants};
use crate::web::error::WebError;
use crate::web::guard::Member;
use crate::web::standing::Decision;
use crate::web::view::{self, Place};
use crate::web::words;

/// A request as it stands at the instant of the page.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The request, its state true now.
    pub request: Request,
    /// Whether time has moved it on and nobody has written that down yet.
    pub lapsed: bool,
    /// Whose content.
    pub tenant: Tenant,
    /// In which service.
    pub service: Service,
    /// Who would have the access.
    pub engineer: Person,
    /// Who may approve it now.
    pub approvers: Vec<Person>,
    /// Those of them who have a second factor of their own. The others may once single sign-on shows one.
    pub sure: Vec<PersonId>,
}

/// The request of this reference, if this person may do this to it.
///
/// # Errors
/// [`WebError::NotFound`] when for this person there is none, and whatever the rights say.
pub async fn find(member: &Member, reference: &str, act: Act) -> Result<Shown, WebError> {
    let reference = Reference::parse(reference).map_err(|_| WebError::NotFound)?;
    let (who, now) = (member.who.clone(), member.now());
    let found = member
        .lockbox()
        .reading(move |conn| load(conn, &who, &reference, act, now))
        .await;
    Ok(found?)
}

fn load(
    conn: &mut Conn,
    who: &SignedIn,
    reference: &Reference,
    act: Act,
    now: Moment,
) -> Result<Shown, ActError> {
    let recorded =
        requests::by_reference(conn, Sight::of(&who.person), reference)?.ok_or(Denied::NotThere)?;
    may(who, act, Subject::Request(&recorded))?;
    let gone = |what: &str| StoreError::Senseless(format!("a request whose {what} is gone"));
    let approvers: Vec<Person> = people::approvers(conn, recorded.tenant)?
        .into_iter()
        .filter(|person| may(person, Act::Approve, Subject::Request(&recorded)).is_ok())
        .collect();
    let sure = people::with_own_factor(conn, &approvers)?;
    let request = recorded.at(now);
    Ok(Shown {
        lapsed: request.state != recorded.state,
        tenant: tenants::by_id(conn, request.tenant)?.ok_or_else(|| gone("tenant"))?,
        service: services::by_id(conn, request.service)?.ok_or_else(|| gone("service"))?,
        engineer: people::by_id(conn, request.engineer)?.ok_or_else(|| gone("engineer"))?,
        approvers,
        sure,
        request,
    })
}

impl Shown {
    /// Refuses, as the act itself would, when the request is in none of these states.
    ///
    /// # Errors
    /// The refusal that names the present state.
    pub fn only_in(&self, states: &[StateKind]) -> Result<(), WebError> {
        let state = &self.request.state;
        if states.contains(&state.kind()) {
            Ok(())
        } else {
            Err(self.refused(Refusal::NotNow(Box::new(state.clone()))))
        }
    }

    /// What this command would lead to now; nothing changes.
    ///
    /// # Errors
    /// The refusal of the domain.
    pub fn if_done(&self, command: Command, by: &Person, now: Moment) -> Result<Fact, WebError> {
        let approvers: BTreeSet<PersonId> = self.approvers.iter().map(|p| p.id).collect();
        let around = Circumstances {
            lockbox: &self.tenant.lockbox,
            limits: &self.tenant.limits,
            zone: self.tenant.zone,
            approvers: &approvers,
        };
        decide(&self.request, command, &Actor::of(by), &around, now)
            .map_err(|refusal| self.refused(refusal))
    }

    fn refused(&self, refusal: Refusal) -> WebError {
        ActError::Refused(refusal, Box::new(self.request.clone())).into()
    }

    /// The request as the page that was sent in showed it. What is stale is refused here already, so that no code
    /// is used up for it; the act looks once more.
    ///
    /// # Errors
    /// [`ActError::Stale`] for another version.
    pub fn seen(&self, version: &str) -> Result<Seen, WebError> {
        if version == self.request.version.to_string() {
            Ok(Seen {
                reference: self.request.reference.clone(),
                version: self.request.version,
            })
        } else {
            Err(ActError::Stale(Box::new(self.request.clone())).into())
        }
    }

    /// The longest access that can be given: asked, or what the tenant allows now.
    #[must_use]
    pub fn longest(&self) -> Minutes {
        self.request.asked.min(self.tenant.limits.longest_access)
    }

    /// How the decision of the customer stands for this person.
    #[must_use]
    pub fn decision(&self, who: Asker<'_>) -> Decision {
        Decision {
            may_decide: may(who, Act::Approve, Subject::Request(&self.request)).is_ok()
                && !self.approved_by(who.id),
            approvals: self.approvals(),
            needed: self.needed(),
        }
    }

    /// Whether this person's approval is among those that count.
    #[must_use]
    pub fn approved_by(&self, person: PersonId) -> bool {
        self.counted().any(|approver| approver == person)
    }

    /// How many approvals count: those of people who still may approve.
    #[must_use]
    pub fn approvals(&self) -> u32 {
        u32::try_from(self.counted().count()).unwrap_or(u32::MAX)
    }

    /// How many approvals are needed: those of filing or of now, whichever is more.
    #[must_use]
    pub fn needed(&self) -> u32 {
        let limit = self.tenant.limits.approvals_needed;
        u32::from(self.request.quorum.max(limit))
    }

    fn counted(&self) -> impl Iterator<Item = PersonId> {
        let approvals = match &self.request.state {
            State::AwaitingCustomer { approvals, .. } => approvals.as_slice(),
            _ => &[],
        };
        approvals
            .iter()
            .map(|approval| approval.person)
            .filter(|person| self.approvers.iter().any(|approver| approver.id == *person))
    }

    /// What may be touched, in the engineer's words.
    #[must_use]
    pub fn scope(&self) -> String {
        self.request.scope.description.to_string()
    }

    /// The objects the request is limited to.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        let objects = &self.request.scope.objects;
        objects.iter().map(|o| o.as_str().to_owned()).collect()
    }

    /// The actions the request is limited to.
    #[must_use]
    pub fn actions(&self) -> Vec<String> {
        let actions = &self.request.scope.actions;
        actions.iter().map(|a| a.as_str().to_owned()).collect()
    }

    /// The engineer, as others see them.
    #[must_use]
    pub fn engineer(&self) -> view::Person {
        words::person(&self.engineer)
    }

    /// The address of the request's page, or of one below it: `""`, `"/outcome"`.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        format!("/requests/{}{below}", self.request.reference)
    }
}

/// Where in the navigation a request's pages are, for this person.
#[must_use]
pub const fn place(who: &Person) -> Place {
    match who.side {
        Side::Provider => Place::Queue,
        Side::Tenant(_) => Place::Requests,
    }
}
