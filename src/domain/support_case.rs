//! A support case: what the customer reported, or what the provider says it is about.
//!
//! A case says who opened it, by what the log knows: a person of the tenant, a person of the provider, or an API key.
//! Only the first is the customer's own word. A closed case stays closed, and nothing is said in it any more.

use serde::{Deserialize, Serialize};

use super::audit::entry::Actor;
use super::fact::Fact;
use super::id::{CaseId, CommentId, TenantId};
use super::text::{Line, Prose};
use super::time::Moment;

/// The most cases of a tenant that are open at once.
pub const OPEN_CASES_MAX: i64 = 1_000;
/// The most comments of one case.
pub const COMMENTS_MAX: i64 = 1_000;

/// What opening a case fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseOpened {
    /// Its id.
    pub id: CaseId,
    /// The tenant it is about.
    pub tenant: TenantId,
    /// The number people quote, unique within the tenant.
    pub number: Line,
    /// What it is about.
    pub title: Line,
    /// What was reported. A case that was first heard of when a request named it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Prose>,
}

/// What of a case was said anew. Its number and who opened it stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseChanged {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: Line,
    /// What it is about from now on.
    pub title: Line,
    /// What was reported, as it is told from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Prose>,
}

/// Something said in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseCommented {
    /// Its id.
    pub id: CommentId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: Line,
    /// What was said.
    pub text: Prose,
}

/// Who did it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Moment,
}

/// A support case of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportCase {
    /// Its id.
    pub id: CaseId,
    /// The tenant it is about.
    pub tenant: TenantId,
    /// The number people quote, unique within the tenant.
    pub number: Line,
    /// What it is about.
    pub title: Line,
    /// What was reported.
    pub description: Option<Prose>,
    /// Who opened it.
    pub opened: Done,
    /// Who last said anew what it is about.
    pub changed: Option<Done>,
    /// Who closed it.
    pub closed: Option<Done>,
}

/// A comment of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The tenant of the case.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// Who said it, and when.
    pub said: Done,
    /// What was said.
    pub text: Prose,
}

/// On whose word somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// A person of the tenant: the customer's own word.
    Customer,
    /// A person of the provider, or its operator.
    Provider,
    /// A machine of the provider.
    Key,
}

impl Whose {
    /// On whose word this actor acts. Only who holds a tenant's roles and no others speaks for a customer.
    #[must_use]
    pub fn word(actor: &Actor) -> Self {
        match actor {
            Actor::Person { roles, .. }
                if !roles.is_empty() && roles.iter().all(|role| !role.is_providers()) =>
            {
                Self::Customer
            }
            Actor::Key { .. } => Self::Key,
            Actor::Person { .. } | Actor::Operator { .. } | Actor::System => Self::Provider,
        }
    }
}

/// Why nothing came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseRefusal {
    /// It is closed, and a closed case stays as it is.
    #[error("the support case is closed")]
    Closed,
    /// Its words are the customer's.
    #[error("the customer opened this support case, so its title and description stay as they are")]
    CustomersWords,
    /// Somebody decided, or is to decide, on what it says.
    #[error(
        "a data access request names this support case, so its title and description stay as they are"
    )]
    Named,
}

/// A fact that cannot follow on what the case is: the log does not explain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it cannot follow on what the support case is")]
pub struct OtherCase;

impl SupportCase {
    /// The case as it stands right after it was opened.
    #[must_use]
    pub fn opened(opened: &CaseOpened, by: &Actor, at: Moment) -> Self {
        Self {
            id: opened.id,
            tenant: opened.tenant,
            number: opened.number.clone(),
            title: opened.title.clone(),
            description: opened.description.clone(),
            opened: Done { by: by.clone(), at },
            changed: None,
            closed: None,
        }
    }

    /// Whether it is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// On whose word it was opened.
    #[must_use]
    pub fn whose(&self) -> Whose {
        Whose::word(&self.opened.by)
    }

    /// Who opened it, so that nobody takes what the provider brought in for the customer's own word. `tenant` is what
    /// the customer is called.
    #[must_use]
    pub fn who_opened(&self, tenant: &Line) -> String {
        let name = self.opened.by.name();
        match self.whose() {
            Whose::Customer => format!("Opened by {name} of {tenant}"),
            Whose::Provider => format!("Recorded by {name} (provider), not by {tenant}"),
            Whose::Key => format!("Brought in by the {name} (provider), not by {tenant}"),
        }
    }

    /// Whether something may still be said or done in it.
    ///
    /// # Errors
    /// [`CaseRefusal::Closed`].
    pub const fn still_open(&self) -> Result<(), CaseRefusal> {
        match self.closed {
            None => Ok(()),
            Some(_) => Err(CaseRefusal::Closed),
        }
    }

    /// Whether its title and description may be said anew. `named` is whether a request names it.
    ///
    /// # Errors
    /// Why they stay.
    pub fn may_change(&self, named: bool) -> Result<(), CaseRefusal> {
        self.still_open()?;
        if self.whose() == Whose::Customer {
            return Err(CaseRefusal::CustomersWords);
        }
        if named {
            return Err(CaseRefusal::Named);
        }
        Ok(())
    }

    /// The case after one more fact.
    ///
    /// # Errors
    /// [`OtherCase`] when the fact cannot follow.
    pub fn apply(&self, fact: &Fact, by: &Actor, at: Moment) -> Result<Self, OtherCase> {
        let done = || Some(Done { by: by.clone(), at });
        self.still_open().map_err(|_| OtherCase)?;
        match fact {
            Fact::SupportCaseChanged(changed)
                if changed.case == self.id
                    && changed.number == self.number
                    && self.whose() != Whose::Customer =>
            {
                Ok(Self {
                    title: changed.title.clone(),
                    description: changed.description.clone(),
                    changed: done(),
                    ..self.clone()
                })
            }
            Fact::SupportCaseClosed { case, number }
                if *case == self.id && *number == self.number =>
            {
                Ok(Self {
                    closed: done(),
                    ..self.clone()
                })
            }
            _ => Err(OtherCase),
        }
    }

    /// The comment that a fact adds to it.
    ///
    /// # Errors
    /// [`OtherCase`] when the fact cannot follow.
    pub fn commented(
        &self,
        said: &CaseCommented,
        by: &Actor,
        at: Moment,
    ) -> Result<Comment, OtherCase> {
        if !self.is_open() || said.case != self.id || said.number != self.number {
            return Err(OtherCase);
        }
        Ok(Comment {
            id: said.id,
            tenant: self.tenant,
            case: self.id,
            said: Done { by: by.clone(), at },
            text: said.text.clone(),
        })
    }
}

/// A number for a case that has none from elsewhere: `C-` and two groups of four characters, 40 random bits. A
/// counter would tell how many cases there are.
///
/// # Errors
/// Never, since such a text always fits a line.
pub fn number_from_random(bytes: [u8; 5]) -> Result<Line, super::text::TextError> {
    let reference = super::id::Reference::from_random(bytes);
    Line::parse(&reference.as_str().replacen("LBX-", "C-", 1))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::{KeyId, PersonId};
    use crate::domain::person::Role;

    const NOW: Moment = DateTime::UNIX_EPOCH;

    fn person(roles: &[Role]) -> Actor {
        Actor::Person {
            id: PersonId(Uuid::nil()),
            name: Line::parse("Kim").unwrap(),
            roles: roles.to_vec(),
        }
    }

    fn key() -> Actor {
        Actor::Key {
            id: KeyId(Uuid::nil()),
            name: Line::parse("ticketing").unwrap(),
        }
    }

    fn case(by: &Actor) -> SupportCase {
        let opened = CaseOpened {
            id: CaseId(Uuid::from_u128(1)),
            tenant: TenantId(Uuid::from_u128(2)),
            number: Line::parse("4417").unwrap(),
            title: Line::parse("Calendar invitations vanish").unwrap(),
            description: None,
        };
        SupportCase::opened(&opened, by, NOW)
    }

    fn closed(case: &SupportCase) -> Fact {
        Fact::SupportCaseClosed {
            case: case.id,
            number: case.number.clone(),
        }
    }

    #[test]
    fn only_a_person_of_the_tenant_speaks_for_the_customer() {
        for (by, whose) in [
            (person(&[Role::GlobalAdministrator]), Whose::Customer),
            (
                person(&[Role::AccessApprover, Role::Auditor]),
                Whose::Customer,
            ),
            (person(&[Role::Engineer]), Whose::Provider),
            (
                person(&[Role::AccessApprover, Role::Engineer]),
                Whose::Provider,
            ),
            (person(&[]), Whose::Provider),
            (key(), Whose::Key),
            (Actor::System, Whose::Provider),
        ] {
            assert_eq!(case(&by).whose(), whose, "{by:?}");
        }
    }

    #[test]
    fn a_closed_case_stays_as_it_is() {
        let open = case(&key());
        let by = person(&[Role::GlobalAdministrator]);
        let shut = open.apply(&closed(&open), &by, NOW).unwrap();
        assert!(open.is_open() && !shut.is_open());
        assert_eq!(shut.still_open(), Err(CaseRefusal::Closed));
        assert_eq!(shut.apply(&closed(&shut), &by, NOW), Err(OtherCase));
        let said = CaseCommented {
            id: CommentId(Uuid::from_u128(3)),
            case: open.id,
            number: open.number.clone(),
            text: Prose::parse("Still?").unwrap(),
        };
        assert!(open.commented(&said, &by, NOW).is_ok());
        assert_eq!(shut.commented(&said, &by, NOW), Err(OtherCase));
    }

    #[test]
    fn what_the_customer_or_a_request_said_of_it_is_not_said_anew() {
        let customers = case(&person(&[Role::GlobalAdministrator]));
        assert_eq!(
            customers.may_change(false),
            Err(CaseRefusal::CustomersWords)
        );
        assert_eq!(case(&key()).may_change(true), Err(CaseRefusal::Named));
        assert_eq!(case(&key()).may_change(false), Ok(()));
        let changed = Fact::SupportCaseChanged(CaseChanged {
            case: customers.id,
            number: customers.number.clone(),
            title: Line::parse("Another title").unwrap(),
            description: None,
        });
        assert_eq!(customers.apply(&changed, &key(), NOW), Err(OtherCase));
        let next = case(&key()).apply(&changed, &key(), NOW).unwrap();
        assert_eq!(next.title.as_str(), "Another title");
        assert_eq!(next.changed.map(|done| done.by), Some(key()));
    }

    #[test]
    fn a_drawn_number_tells_nothing() {
        assert_eq!(number_from_random([0; 5]).unwrap().as_str(), "C-0000-0000");
    }
}
