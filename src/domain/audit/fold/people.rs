//! People: how they come, change and go.

use super::{Fold, Kind, KnownFactors, KnownPerson, Misfit};
use crate::domain::audit::entry::Entry;
use crate::domain::fact::Fact;
use crate::domain::person::{Person, Side};

impl Fold {
    /// Folds a fact about a person of this side.
    pub(super) fn person(&mut self, side: Side, entry: &Entry) -> Result<(), Misfit> {
        let fact = &entry.fact;
        if fact.owner_of_factor().is_some() {
            return self.factors(entry);
        }
        let wrong = Misfit::WrongLog(fact.act());
        let id = fact.person().ok_or(wrong.clone())?;
        self.decides_when_it_may(side, entry)
            .ok_or(Misfit::Person(fact.act(), id))?;
        let made = match fact {
            Fact::PersonAdded(added) => Some(Person::added(added, entry.at)),
            Fact::PersonInvited(invited) if !self.people.contains_key(&id) => {
                Some(Person::invited(invited, entry.at))
            }
            _ => None,
        };
        if let Some(person) = made {
            self.make(Kind::Person, id.0)?;
            let fits = person.side == side;
            let (password_sha256, second_factor_sha256) = digests(fact, (None, None));
            let known = KnownPerson {
                person,
                password_sha256,
                second_factor_sha256,
                factors: KnownFactors::default(),
            };
            self.people.insert(id, known);
            return if fits { Ok(()) } else { Err(wrong) };
        }
        self.own(Kind::Person, id.0)?;
        let unknown = Misfit::Unknown(Kind::Person, id.0);
        let known = self.people.get_mut(&id).ok_or(unknown)?;
        let next = known.person.apply(fact, &entry.author.actor, entry.at);
        known.person = next.map_err(|_| Misfit::Person(fact.act(), id))?;
        let before = (
            known.password_sha256.take(),
            known.second_factor_sha256.take(),
        );
        (known.password_sha256, known.second_factor_sha256) = digests(fact, before);
        if fact.takes_every_factor() {
            known.factors = KnownFactors::default();
        }
        if matches!(fact, Fact::PersonRemoved { .. }) {
            self.give_up_link_of_removed(id);
        }
        Ok(())
    }

    /// Nothing where a new role that decides counts from another time than the tenant's delay says. Logs from before roles
    /// waited say no time.
    fn decides_when_it_may(&self, side: Side, entry: &Entry) -> Option<()> {
        let (before, roles, from) = match &entry.fact {
            Fact::PersonInvited(invited) => (&[][..], &invited.roles, invited.decides_from),
            Fact::RolesChanged {
                person,
                roles,
                decides_from,
                ..
            } => {
                let known = self.people.get(person)?;
                (&known.person.roles[..], roles, *decides_from)
            }
            _ => return Some(()),
        };
        let Some(from) = from else { return Some(()) };
        let Side::Tenant(tenant) = side else {
            return None;
        };
        let delay = self.tenants.get(&tenant)?.tenant.delay;
        (delay.decides_from(before, roles, entry.at) == Some(from)).then_some(())
    }
}

/// The digests of the password and the second factor after a fact.
fn digests(
    fact: &Fact,
    (password, second_factor): (Option<String>, Option<String>),
) -> (Option<String>, Option<String>) {
    match fact {
        Fact::PersonAdded(added) => (
            Some(added.password_sha256.clone()),
            Some(added.second_factor_sha256.clone()),
        ),
        Fact::PersonJoined {
            password_sha256,
            second_factor_sha256,
            ..
        } => (password_sha256.clone(), second_factor_sha256.clone()),
        Fact::PersonInvited(_) | Fact::PersonRemoved { .. } => (None, None),
        Fact::SecondFactorReset { .. } => (password, None),
        Fact::SecondFactorEnrolled {
            second_factor_sha256,
            ..
        }
        | Fact::SecondFactorSealedAnew {
            second_factor_sha256,
            ..
        } => (password, Some(second_factor_sha256.clone())),
        Fact::PasswordReset {
            password_sha256, ..
        }
        | Fact::PasswordChanged {
            password_sha256, ..
        }
        | Fact::PasswordHashedAnew {
            password_sha256, ..
        } => (Some(password_sha256.clone()), second_factor),
        _ => (password, second_factor),
    }
}
