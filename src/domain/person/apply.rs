//! The next person from a fact: acts save it, and `audit verify` folds it.

use super::{Person, Role, RoleHeld};
use crate::domain::audit::entry::Actor;
use crate::domain::fact::{Fact, PersonAdded, PersonInvited};
use crate::domain::time::Moment;

/// A fact that cannot follow on what the person was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the person cannot be changed so")]
pub struct NotSo;

impl Person {
    /// A person right after they were added with all they need to sign in.
    #[must_use]
    pub fn added(fact: &PersonAdded, at: Moment) -> Self {
        Self {
            id: fact.id,
            email: fact.email.clone(),
            name: fact.name.clone(),
            side: fact.side,
            roles: held(&fact.roles, &[], at, None),
            second_factor_since: Some(at),
            zone: fact.zone,
            joined: Some(at),
            removed: None,
        }
    }

    /// A person right after they were invited.
    #[must_use]
    pub fn invited(fact: &PersonInvited, at: Moment) -> Self {
        Self {
            id: fact.id,
            email: fact.email.clone(),
            name: fact.name.clone(),
            side: fact.side,
            roles: held(&fact.roles, &[], at, fact.decides_from),
            second_factor_since: None,
            zone: fact.zone,
            joined: None,
            removed: None,
        }
    }

    /// The person after one more fact.
    ///
    /// # Errors
    /// [`NotSo`] when the fact cannot follow, or is none that changes a person.
    pub fn apply(&self, fact: &Fact, by: &Actor, at: Moment) -> Result<Self, NotSo> {
        if fact.concerns() != Some(self.id) {
            return Err(NotSo);
        }
        let own = by.person() == Some(self.id);
        let mut next = self.clone();
        match fact {
            // On one side an address is one person: who comes back is who they were.
            Fact::PersonInvited(again)
                if self.removed.is_some()
                    && again.email == self.email
                    && again.side == self.side =>
            {
                return Ok(Self::invited(again, at));
            }
            _ if self.removed.is_some() => return Err(NotSo),
            // Also who came by single sign-on alone, and needs another way in.
            Fact::PersonInvitedAgain { .. } => {}
            Fact::PersonJoined {
                second_factor_sha256,
                ..
            } if self.joined.is_none() && own => {
                next.joined = Some(at);
                next.second_factor_since = second_factor_sha256.as_ref().map(|_| at);
            }
            Fact::RolesChanged {
                before,
                roles,
                decides_from,
                ..
            } if !own => {
                let fits = roles.iter().all(|role| self.side.has(*role));
                // Groups can leave somebody without a role, and so can stopping all that wait; people choose one at least.
                let all_wait = self.waits_to_decide(at).len() == self.roles.len();
                let none = roles.is_empty() && by.person().is_some() && !all_wait;
                if none || !fits || *before != self.role_names() {
                    return Err(NotSo);
                }
                next.roles = held(roles, &self.roles, at, *decides_from);
                if next.roles == self.roles {
                    return Err(NotSo);
                }
            }
            Fact::PersonRemoved { roles, .. } if !own && *roles == self.role_names() => {
                next.roles = Vec::new();
                next.second_factor_since = None;
                next.removed = Some(at);
            }
            Fact::SecondFactorReset { .. } if !own && self.joined.is_some() => {
                next.second_factor_since = None;
            }
            Fact::SecondFactorEnrolled { .. } if own && self.joined.is_some() => {
                next.second_factor_since = Some(at);
            }
            Fact::SecondFactorSealedAnew { .. }
                if matches!(by, Actor::Operator { .. }) && self.second_factor_since.is_some() => {}
            Fact::PasswordHashedAnew { .. }
                if matches!(by, Actor::System) && self.joined.is_some() => {}
            Fact::PersonUnlinked { .. } if !own && self.joined.is_some() => {}
            Fact::PasswordForgotten { .. } if self.joined.is_some() => {}
            Fact::PasswordReset { .. } | Fact::PasswordChanged { .. }
                if own && self.joined.is_some() => {}
            _ => return Err(NotSo),
        }
        Ok(next)
    }
}

/// These roles in their order: since when they were held before, or from now on; new ones that decide from a later moment,
/// if there is one.
fn held(
    roles: &[Role],
    before: &[RoleHeld],
    at: Moment,
    decides_from: Option<Moment>,
) -> Vec<RoleHeld> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    let since = |role| before.iter().find(|held| held.role == role);
    let later = decides_from.filter(|from| *from > at).unwrap_or(at);
    let from = |role: Role| if role.decides() { later } else { at };
    roles
        .into_iter()
        .map(|role| RoleHeld {
            role,
            since: since(role).map_or_else(|| from(role), |held| held.since),
        })
        .collect()
}
