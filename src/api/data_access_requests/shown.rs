//! A request as the API shows it.
//!
//! Besides what was asked, every state has exactly one member that says how it stands: `expires_at`, `approved`,
//! `active` (with `approved` beside it) or `outcome`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::PortalUrl;
use crate::api::openapi::words;
use crate::domain::id::{PersonId, Reference, RequestId, ServiceId, TenantId};
use crate::domain::request::state::WaitingFor;
use crate::domain::request::{Basis, Grant, HowEnded, Request, State, StateKind};
use crate::domain::scope::Scope;
use crate::domain::text::{EmailAddress, Line, Prose, Slug};
use crate::domain::time::rfc3339;
use crate::store::conn::Conn;
use crate::store::{StoreError, Stored, people, services, support_cases, tenants};

/// What the things a request points to are called.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// The tenant's key.
    pub tenant: Slug,
    /// The service's key.
    pub service: Slug,
    /// The engineer's mail address.
    pub engineer: EmailAddress,
    /// The support case; none means "provider initiated".
    pub case: Option<Case>,
}

/// The support case a request is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Case {
    /// Its number.
    pub number: Line,
    /// Its title.
    pub title: Line,
}

impl Names {
    /// What the things this request points to are called.
    pub fn of(conn: &mut Conn, request: &Request) -> Stored<Self> {
        Known::default().names(conn, request)
    }

    /// The same of several requests, in their order. The caller bounds their number.
    pub fn of_all(conn: &mut Conn, requests: &[Request]) -> Stored<Vec<Self>> {
        let mut known = Known::default();
        requests
            .iter()
            .map(|request| known.names(conn, request))
            .collect()
    }
}

/// What was looked up for other requests of the same page: they share tenants, services and engineers.
#[derive(Default)]
struct Known {
    tenants: HashMap<TenantId, Slug>,
    services: HashMap<ServiceId, Slug>,
    engineers: HashMap<PersonId, EmailAddress>,
}

impl Known {
    fn names(&mut self, conn: &mut Conn, request: &Request) -> Stored<Names> {
        let gone = |what: &str| StoreError::Senseless(format!("a request whose {what} is gone"));
        let tenant = match self.tenants.entry(request.tenant) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let found = tenants::by_id(conn, request.tenant)?;
                free.insert(found.ok_or_else(|| gone("tenant"))?.key)
                    .clone()
            }
        };
        let service = match self.services.entry(request.service) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let found = services::by_id(conn, request.service)?;
                free.insert(found.ok_or_else(|| gone("service"))?.key)
                    .clone()
            }
        };
        let engineer = match self.engineers.entry(request.engineer) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let found = people::by_id(conn, request.engineer)?;
                free.insert(found.ok_or_else(|| gone("engineer"))?.email)
                    .clone()
            }
        };
        let case = match request.case {
            Some(case) => {
                let case = support_cases::by_id(conn, request.tenant, case)?;
                let case = case.ok_or_else(|| gone("support case"))?;
                Some(Case {
                    number: case.number,
                    title: case.title,
                })
            }
            None => None,
        };
        Ok(Names {
            tenant,
            service,
            engineer,
            case,
        })
    }
}

/// A data access request. Besides what was asked, every state has one member that says how it stands: `expires_at`,
/// `approved`, `active` with `approved` beside it, or `outcome`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DataAccessRequest")]
pub(super) struct Shown<'a> {
    /// Its id.
    id: RequestId,
    /// Its name among people.
    reference: &'a Reference,
    /// The state it is in.
    #[schemars(with = "StateKind")]
    state: &'static str,
    /// Grows with every change.
    version: u32,
    /// The tenant's key.
    tenant: &'a Slug,
    /// The service's key.
    service: &'a Slug,
    /// The engineer's mail address.
    engineer: &'a EmailAddress,
    /// The support case it is about; none where the provider began by itself.
    support_case: Option<&'a Case>,
    /// Why.
    reason: &'a Prose,
    /// What may be touched.
    scope: &'a Scope,
    /// For how long it was asked.
    #[schemars(with = "words::Length")]
    duration: String,
    /// The earlier request that it asks for more time after.
    follows: Option<&'a Reference>,
    /// When it was filed.
    #[schemars(with = "words::Instant")]
    filed_at: String,
    #[serde(flatten)]
    standing: Standing<'a>,
    /// Where people see it.
    #[schemars(with = "words::Address")]
    url: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Standing<'a> {
    Waiting {
        /// When it expires unless somebody answers.
        #[schemars(with = "words::Instant")]
        expires_at: String,
    },
    Approved {
        /// What was approved.
        approved: Approved,
    },
    Active {
        /// What was approved.
        approved: Approved,
        /// Since when and until when there is access.
        active: Active,
    },
    Over {
        /// How it ended.
        outcome: Outcome<'a>,
    },
}

/// What was approved.
#[derive(Serialize, JsonSchema)]
struct Approved {
    /// For how long.
    #[schemars(with = "words::Length")]
    duration: String,
    /// On what ground.
    basis: Basis,
    /// Until when the engineer may start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "words::Instant")]
    start_by: Option<String>,
}

/// The access.
#[derive(Serialize, JsonSchema)]
struct Active {
    /// Since when.
    #[schemars(with = "words::Instant")]
    since: String,
    /// Until when.
    #[schemars(with = "words::Instant")]
    until: String,
}

/// When, by whom and why, as far as the state has it.
#[derive(Default, Serialize, JsonSchema)]
struct Outcome<'a> {
    /// When.
    #[schemars(with = "words::Instant")]
    at: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Prose")]
    why: Option<&'a Prose>,
    /// What an expired request was waiting for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "WaitingFor")]
    waiting_for: Option<WaitingFor>,
    /// How it ended: its time was over, the engineer was done, the support case was closed, or the customer changed its
    /// access hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("enum" = ["time", "done", "case_closed", "hours_changed"]))]
    how: Option<&'static str>,
    /// Since when the engineer had access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "words::Instant")]
    since: Option<String>,
}

impl<'a> Shown<'a> {
    /// A request in the state it carries.
    pub fn of(request: &'a Request, names: &'a Names, portal: &PortalUrl) -> Self {
        Self {
            id: request.id,
            reference: &request.reference,
            state: request.state.kind().as_str(),
            version: request.version,
            tenant: &names.tenant,
            service: &names.service,
            engineer: &names.engineer,
            support_case: names.case.as_ref(),
            reason: &request.reason,
            scope: &request.scope,
            duration: request.asked.iso8601(),
            follows: request.follows.as_ref(),
            filed_at: rfc3339(request.filed_at),
            standing: Standing::of(&request.state),
            url: portal.of_request(&request.reference),
        }
    }

    /// The body of the answer.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl<'a> Standing<'a> {
    fn of(state: &'a State) -> Self {
        let outcome = match state {
            State::AwaitingManager { expires_at } | State::AwaitingCustomer { expires_at, .. } => {
                return Self::Waiting {
                    expires_at: rfc3339(*expires_at),
                };
            }
            State::Approved { grant, start_by } => {
                return Self::Approved {
                    approved: Approved {
                        start_by: Some(rfc3339(*start_by)),
                        ..Approved::of(grant)
                    },
                };
            }
            State::Active {
                grant,
                since,
                until,
            } => {
                return Self::Active {
                    approved: Approved::of(grant),
                    active: Active {
                        since: rfc3339(*since),
                        until: rfc3339(*until),
                    },
                };
            }
            State::Rejected { at, by, why } => Outcome {
                at: rfc3339(*at),
                by: Some(by.name()),
                why: Some(why),
                ..Outcome::default()
            },
            State::Expired { at, waiting_for } => Outcome {
                at: rfc3339(*at),
                waiting_for: Some(*waiting_for),
                ..Outcome::default()
            },
            State::Withdrawn { at, by, with_case } => Outcome {
                at: rfc3339(*at),
                how: with_case.then_some("case_closed"),
                by: Some(by.name()),
                ..Outcome::default()
            },
            State::Revoked { at, by, why, since } => Outcome {
                at: rfc3339(*at),
                by: Some(by.name()),
                why: Some(why),
                since: since.map(rfc3339),
                ..Outcome::default()
            },
            State::Ended { at, how, since } => {
                let (how, by) = match how {
                    HowEnded::Time => ("time", None),
                    HowEnded::Done { by } => ("done", Some(by.name())),
                    HowEnded::CaseClosed { by } => ("case_closed", Some(by.name())),
                    HowEnded::HoursChanged { by } => ("hours_changed", Some(by.name())),
                };
                Outcome {
                    at: rfc3339(*at),
                    by,
                    how: Some(how),
                    since: Some(rfc3339(*since)),
                    ..Outcome::default()
                }
            }
        };
        Self::Over { outcome }
    }
}

impl Approved {
    fn of(grant: &Grant) -> Self {
        Self {
            duration: grant.duration.iso8601(),
            basis: grant.basis,
            start_by: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    use super::*;
    use crate::domain::audit::entry::Actor;
    use crate::domain::id::KeyId;
    use crate::domain::request::FiledBy;
    use crate::domain::time::{Minutes, Moment};

    const FILED_AT: Moment = DateTime::UNIX_EPOCH;

    fn request(state: State) -> Request {
        Request {
            id: RequestId(Uuid::nil()),
            reference: Reference::from_random([0; 5]),
            tenant: TenantId(Uuid::nil()),
            service: ServiceId(Uuid::nil()),
            engineer: PersonId(Uuid::nil()),
            filed_by: FiledBy::Key {
                key: KeyId(Uuid::nil()),
                owner: None,
                made_by: None,
            },
            case: None,
            reason: Prose::parse("Say \"why\"").unwrap(),
            scope: Scope::parse(Prose::parse("Kim's calendar").unwrap(), [], ["read"]).unwrap(),
            asked: Minutes::hours(4),
            follows: None,
            filed_at: FILED_AT,
            quorum: 1,
            endorsement: None,
            state,
            version: 1,
            reminders: Vec::new(),
        }
    }

    fn json(state: State) -> String {
        let names = Names {
            tenant: Slug::parse("fabrikam").unwrap(),
            service: Slug::parse("teams").unwrap(),
            engineer: EmailAddress::parse("sam@provider.example").unwrap(),
            case: None,
        };
        let portal = PortalUrl("https://lockbox.example/".parse().unwrap());
        Shown::of(&request(state), &names, &portal).json().unwrap()
    }

    #[test]
    fn a_filed_request_is_shown_whole() {
        let state = State::AwaitingManager {
            expires_at: FILED_AT + TimeDelta::hours(12),
        };
        assert_eq!(
            json(state),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000000000","reference":"LBX-0000-0000","#,
                r#""state":"awaiting_manager","version":1,"tenant":"fabrikam","service":"teams","#,
                r#""engineer":"sam@provider.example","support_case":null,"reason":"Say \"why\"","#,
                r#""scope":{"description":"Kim's calendar","actions":["read"]},"duration":"PT4H","#,
                r#""follows":null,"#,
                r#""filed_at":"1970-01-01T00:00:00.000000Z","#,
                r#""expires_at":"1970-01-01T12:00:00.000000Z","#,
                r#""url":"https://lockbox.example/requests/LBX-0000-0000"}"#,
            )
        );
    }

    #[test]
    fn every_state_says_how_it_stands() {
        let grant = || Grant {
            duration: Minutes::hours(1),
            basis: Basis::CustomerDecision,
        };
        let kim = || Actor::Person {
            id: PersonId(Uuid::nil()),
            name: Line::parse("Kim").unwrap(),
            roles: Vec::new(),
        };
        let why = || Prose::parse("No.").unwrap();
        let t0 = "1970-01-01T00:00:00.000000Z";
        let t1 = "1970-01-01T01:00:00.000000Z";
        let hour = FILED_AT + TimeDelta::hours(1);
        for (state, standing) in [
            (
                State::AwaitingCustomer {
                    expires_at: hour,
                    approvals: Vec::new(),
                },
                format!(r#","expires_at":"{t1}","url""#),
            ),
            (
                State::Approved {
                    grant: grant(),
                    start_by: hour,
                },
                format!(
                    r#","approved":{{"duration":"PT1H","basis":"customer_decision","start_by":"{t1}"}},"url""#
                ),
            ),
            (
                State::Active {
                    grant: grant(),
                    since: FILED_AT,
                    until: hour,
                },
                format!(
                    r#","approved":{{"duration":"PT1H","basis":"customer_decision"}},"active":{{"since":"{t0}","until":"{t1}"}},"url""#
                ),
            ),
            (
                State::Rejected {
                    at: hour,
                    by: kim(),
                    why: why(),
                },
                format!(r#","outcome":{{"at":"{t1}","by":"Kim","why":"No."}},"url""#),
            ),
            (
                State::Expired {
                    at: hour,
                    waiting_for: WaitingFor::Start,
                },
                format!(r#","outcome":{{"at":"{t1}","waiting_for":"start"}},"url""#),
            ),
            (
                State::Withdrawn {
                    at: hour,
                    by: kim(),
                    with_case: false,
                },
                format!(r#","outcome":{{"at":"{t1}","by":"Kim"}},"url""#),
            ),
            (
                State::Revoked {
                    at: hour,
                    by: kim(),
                    why: why(),
                    since: Some(FILED_AT),
                },
                format!(
                    r#","outcome":{{"at":"{t1}","by":"Kim","why":"No.","since":"{t0}"}},"url""#
                ),
            ),
            (
                State::Ended {
                    at: hour,
                    how: HowEnded::Time,
                    since: FILED_AT,
                },
                format!(r#","outcome":{{"at":"{t1}","how":"time","since":"{t0}"}},"url""#),
            ),
        ] {
            let json = json(state);
            assert!(json.contains(&standing), "{json} has not {standing}");
        }
    }
}
