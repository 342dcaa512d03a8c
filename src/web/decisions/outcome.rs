//! What an act led to, told from the request as it stands: loading the page again tells the same.

use actix_web::web::Path;

use crate::domain::person::Side;
use crate::domain::request::{Basis, State};
use crate::domain::rights::{Act, Subject, may};
use crate::web::guard::Member;
use crate::web::page::{Answer, page, see_other};
use crate::web::request::shown::{Shown, find, place};
use crate::web::view::{Outcome, OutcomePage, Person, Times};
use crate::web::words;

/// `GET /requests/{reference}/outcome`. Where nothing was decided, and for who decides
/// nothing, the way leads back to the request.
///
/// # Errors
/// 404 for whoever may not see the request.
pub async fn show(member: Member, reference: Path<String>) -> Answer {
    let shown = find(&member, &reference, Act::SeeRequest).await?;
    let who = member.person();
    let decides = may(who, Act::Revoke, Subject::Request(&shown.request)).is_ok();
    let outcome = outcome(&shown, who.side, member.times()).filter(|_| decides);
    let Some(outcome) = outcome else {
        return Ok(see_other(&shown.path("")));
    };
    page(&OutcomePage {
        shell: member.shell(place(who)),
        reference: shown.request.reference.to_string(),
        service: shown.service.name.to_string(),
        engineer: shown.engineer(),
        told: told(&shown, &outcome),
        outcome,
    })
}

fn outcome(shown: &Shown, side: Side, times: Times) -> Option<Outcome> {
    match (&shown.request.state, side) {
        (State::AwaitingCustomer { expires_at, .. }, Side::Provider) => Some(Outcome::Endorsed {
            tenant: shown.tenant.name.to_string(),
            expires: times.at(*expires_at),
        }),
        (State::AwaitingCustomer { expires_at, .. }, Side::Tenant(_)) => (shown.approvals() > 0)
            .then(|| Outcome::ApprovalCounted {
                approvals: shown.approvals(),
                needed: shown.needed(),
                expires: times.at(*expires_at),
            }),
        (State::Approved { grant, start_by }, _) => Some(match grant.basis {
            Basis::CustomerDecision => Outcome::Approved {
                duration: grant.duration.to_string(),
                start_by: times.at(*start_by),
            },
            other => Outcome::EndorsedAndApproved {
                basis: format!("{}.", words::basis(other)),
                start_by: times.at(*start_by),
            },
        }),
        (State::Rejected { .. }, _) => Some(Outcome::Rejected),
        (State::Revoked { at, since, .. }, _) => Some(Outcome::Revoked {
            at: times.at(*at),
            was_active: since.is_some(),
        }),
        _ => None,
    }
}

/// The groups that [`notice::of_request`](crate::domain::notice::of_request) names. The provider learns of no
/// customer's people, so theirs are a group for everybody.
fn told(shown: &Shown, outcome: &Outcome) -> Vec<Person> {
    let approvers = || {
        let words = format!("{}'s administrators and approvers", shown.tenant.name);
        Person::new(words, "")
    };
    let endorsement = shown.request.endorsement.as_ref();
    match outcome {
        Outcome::ApprovalCounted { .. } => Vec::new(),
        Outcome::Endorsed { .. } => vec![approvers()],
        _ => endorsement
            .map(|_| approvers())
            .into_iter()
            .chain([shown.engineer()])
            .chain(endorsement.map(|endorsement| words::actor(&endorsement.by)))
            .collect(),
    }
}
