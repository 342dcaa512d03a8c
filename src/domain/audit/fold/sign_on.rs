//! Folding what happens to a side's single sign-on, and who its people are to identity providers.

use super::{Fold, Kind, Misfit};
use crate::domain::audit::entry::Entry;
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::{Role, Side};
use crate::domain::single_sign_on::{IdentityLink, SignOn};
use crate::domain::text::{Issuer, SubjectId};

impl Fold {
    /// A fact of single sign-on.
    pub(super) fn sign_on(&mut self, side: Side, entry: &Entry) -> Result<(), Misfit> {
        match &entry.fact {
            Fact::PersonLinked {
                person,
                issuer,
                subject,
            } => self.link(&IdentityLink {
                person: *person,
                issuer: issuer.clone(),
                subject: subject.clone(),
                since: entry.at,
            }),
            Fact::PersonUnlinked {
                person,
                issuer,
                subject,
                ..
            } => {
                self.set_by_an_administrator(entry)?;
                self.unlink(*person, issuer, subject)
                    .filter(|()| entry.author.actor.person() != Some(*person))
                    .ok_or(Misfit::Person(entry.fact.act(), *person))
            }
            Fact::SignedInLocally { person } => self.own(Kind::Person, person.0),
            fact => {
                if !matches!(fact, Fact::SingleSignOnSealedAnew { .. }) {
                    self.set_by_an_administrator(entry)?;
                }
                if let Fact::SingleSignOnSet { setting, .. } = fact {
                    self.make(Kind::SignOn, setting.id.0)?;
                }
                self.sign_on_after(side, entry)
            }
        }
    }

    /// What is set goes on as the fact says, whoever brought that about.
    pub(super) fn sign_on_after(&mut self, side: Side, entry: &Entry) -> Result<(), Misfit> {
        let fact = &entry.fact;
        let by = &entry.author.actor;
        let next = SignOn::after(self.sign_on.clone(), side, fact, by, entry.at);
        self.sign_on = Some(next.map_err(|_| Misfit::Setting(fact.act()))?);
        Ok(())
    }

    /// Only an administrator of the side does it.
    pub(super) fn set_by_an_administrator(&self, entry: &Entry) -> Result<(), Misfit> {
        let person = entry.author.actor.person();
        let known = person.and_then(|person| self.people.get(&person));
        let administers = |role: Role| known.is_some_and(|known| known.person.is(role));
        if administers(Role::GlobalAdministrator) || administers(Role::ProviderAdministrator) {
            Ok(())
        } else {
            Err(Misfit::Setting(entry.fact.act()))
        }
    }

    /// Nothing where they are called otherwise.
    fn unlink(&mut self, person: PersonId, issuer: &Issuer, subject: &SubjectId) -> Option<()> {
        let known = self.links.get(&person);
        let link = known.or_else(|| self.given_up.get(&person))?;
        if link.issuer != *issuer || link.subject != *subject {
            return None;
        }
        self.give_up_link(person);
        self.given_up.remove(&person);
        Some(())
    }

    /// What they were called is nobody's from then on, and may still be taken away in a log of before.
    pub(super) fn give_up_link_of_removed(&mut self, person: PersonId) {
        if let Some(link) = self.give_up_link(person) {
            self.given_up.insert(person, link);
        }
    }

    fn give_up_link(&mut self, person: PersonId) -> Option<IdentityLink> {
        let link = self.links.remove(&person)?;
        self.subjects
            .remove(&(link.issuer.clone(), link.subject.clone()));
        Some(link)
    }

    fn link(&mut self, link: &IdentityLink) -> Result<(), Misfit> {
        self.own(Kind::Person, link.person.0)?;
        let subject = (link.issuer.clone(), link.subject.clone());
        let known = self.subjects.get(&subject);
        if known.is_some_and(|known| *known != link.person) {
            return Err(Misfit::SubjectOfAnother(link.person));
        }
        // What they were called before is free again.
        let before = self.links.insert(link.person, link.clone());
        if let Some(before) = before {
            self.subjects.remove(&(before.issuer, before.subject));
        }
        self.subjects.insert(subject, link.person);
        self.given_up.remove(&link.person);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_a_removed_person_was_called_is_taken_away_once_in_a_log_of_before() {
        let (leo, mut fold) = (PersonId(Uuid::from_u128(1)), Fold::default());
        let link = IdentityLink {
            person: leo,
            issuer: Issuer::parse("https://login.fabrikam.example/").unwrap(),
            subject: SubjectId::parse("leo-1").unwrap(),
            since: chrono::DateTime::UNIX_EPOCH,
        };
        let other = SubjectId::parse("leo-2").unwrap();
        fold.links.insert(leo, link.clone());
        fold.give_up_link_of_removed(leo);
        assert!(fold.links.is_empty());
        assert_eq!(fold.unlink(leo, &link.issuer, &other), None);
        assert_eq!(fold.unlink(leo, &link.issuer, &link.subject), Some(()));
        assert_eq!(fold.unlink(leo, &link.issuer, &link.subject), None);
    }
}
