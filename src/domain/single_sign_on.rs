//! Single sign-on of one side: its people prove who they are to an identity provider of its own.
//!
//! It is set, tried, and turned on, in this order; a set one that was never tried signs nobody in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::audit::entry::Actor;
use super::fact::Fact;
use super::id::{PersonId, SignOnId};
use super::person::{Role, Side};
use super::text::{Issuer, Line, SubjectId};
use super::time::Moment;

/// Most groups that give roles.
pub const GROUP_ROLES_MAX: usize = 100;
/// Most authentication context classes that count as a second factor.
pub const STRONG_MAX: usize = 20;

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnSetting {
    /// Drawn anew with each setting, so that a test of another one never counts for it.
    pub id: SignOnId,
    /// The identity provider.
    pub issuer: Issuer,
    /// What this house is called there.
    pub client_id: Line,
    /// Which groups give which roles; nothing where roles are given here alone.
    pub groups: Option<GroupRoles>,
    /// The `acr` values that say a second factor was shown.
    pub strong: BTreeSet<Line>,
}

/// Which groups give which roles. The roles named here follow the groups: who is in none of them loses them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRoles {
    /// The claim with the groups.
    pub claim: Line,
    /// A group and a role it gives.
    pub roles: BTreeSet<(Line, Role)>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has signed in with it yet.
    Untested,
    /// An administrator has, to try it.
    Tested,
    /// It signs people in.
    On {
        /// Since when.
        since: Moment,
    },
}

/// Single sign-on of one side, as the facts make it. A digest stands for the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOn {
    /// Whose it is.
    pub side: Side,
    /// What is set.
    pub setting: SignOnSetting,
    /// SHA-256 of the sealed client secret, in hex.
    pub secret_sha256: String,
    /// How far it is.
    pub stage: Stage,
    /// Who set it last. Nobody changes their own roles, so its groups give them none; see [`GroupRoles::of`].
    pub set_by: PersonId,
}

/// What an identity provider calls a person. A subject is one person's of the deployment at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityLink {
    /// The person.
    pub person: PersonId,
    /// The identity provider.
    pub issuer: Issuer,
    /// What it calls them.
    pub subject: SubjectId,
    /// Since when they are known as this: a second factor shown there is no older.
    pub since: Moment,
}

/// A fact that cannot follow on how single sign-on is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("single sign-on cannot be changed so")]
pub struct NotSo;

impl GroupRoles {
    /// Whether it can be a side's: at least one role, and none of the other side's.
    #[must_use]
    pub fn fits(&self, side: Side) -> bool {
        let of_side = |role: &Role| role.is_providers() == (side == Side::Provider);
        (1..=GROUP_ROLES_MAX).contains(&self.roles.len())
            && self.roles.iter().all(|(_, role)| of_side(role))
    }

    /// The roles that these groups give.
    #[must_use]
    pub fn given(&self, groups: &[&str]) -> BTreeSet<Role> {
        let theirs = |group: &Line| groups.contains(&group.as_str());
        let given = self.roles.iter().filter(|(group, _)| theirs(group));
        given.map(|(_, role)| *role).collect()
    }

    /// The roles that follow the groups at all.
    #[must_use]
    pub fn named(&self) -> BTreeSet<Role> {
        self.roles.iter().map(|(_, role)| *role).collect()
    }

    /// The roles of somebody who held these and is in groups that give those. `own` is whether they set the groups
    /// themselves, last: then they gain nothing by it, since nobody changes their own roles. What their groups give no
    /// more they lose all the same: which groups somebody is in is said elsewhere, and taking away is the safe direction.
    #[must_use]
    pub fn of(&self, held: &[Role], given: &BTreeSet<Role>, own: bool) -> BTreeSet<Role> {
        let named = self.named();
        let kept = held.iter().filter(|role| !named.contains(*role));
        let given = given.iter().filter(|role| !own || held.contains(*role));
        kept.chain(given).copied().collect()
    }
}

impl SignOnSetting {
    /// Whether it can be a side's.
    #[must_use]
    pub fn fits(&self, side: Side) -> bool {
        self.groups.as_ref().is_none_or(|groups| groups.fits(side))
            && self.strong.len() <= STRONG_MAX
    }
}

impl SignOn {
    /// Single sign-on of a side after one more fact, brought about by `by`; `before` is what it was, if it was ever set.
    ///
    /// # Errors
    /// [`NotSo`] when the fact cannot follow, is none of single sign-on, or is a setting that no person set.
    pub fn after(
        before: Option<Self>,
        side: Side,
        fact: &Fact,
        by: &Actor,
        at: Moment,
    ) -> Result<Self, NotSo> {
        let stage = before.as_ref().map(|before| before.stage);
        match (fact, stage) {
            (
                Fact::SingleSignOnSet {
                    setting,
                    secret_sha256,
                },
                None | Some(Stage::Untested | Stage::Tested),
            ) if setting.fits(side) => Ok(Self {
                side,
                setting: setting.clone(),
                secret_sha256: secret_sha256.clone(),
                stage: Stage::Untested,
                set_by: by.person().ok_or(NotSo)?,
            }),
            (Fact::SingleSignOnTested { setting }, Some(Stage::Untested))
            | (Fact::SingleSignOnTurnedOff { setting, .. }, Some(Stage::On { .. })) => {
                Self::moved(before, *setting, Stage::Tested)
            }
            (Fact::SingleSignOnTurnedOn { setting, .. }, Some(Stage::Tested)) => {
                Self::moved(before, *setting, Stage::On { since: at })
            }
            (
                Fact::SingleSignOnSealedAnew {
                    setting,
                    secret_sha256,
                },
                Some(stage),
            ) => Self::moved(before, *setting, stage).map(|same| Self {
                secret_sha256: secret_sha256.clone(),
                ..same
            }),
            _ => Err(NotSo),
        }
    }

    /// Whether it signs people in.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        matches!(self.stage, Stage::On { .. })
    }

    fn moved(before: Option<Self>, setting: SignOnId, stage: Stage) -> Result<Self, NotSo> {
        let before = before.filter(|before| before.setting.id == setting);
        before.map(|before| Self { stage, ..before }).ok_or(NotSo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use uuid::Uuid;

    fn line(text: &str) -> Line {
        Line::parse(text).unwrap()
    }

    fn set(id: u128) -> Fact {
        Fact::SingleSignOnSet {
            setting: SignOnSetting {
                id: SignOnId(Uuid::from_u128(id)),
                issuer: Issuer::parse("https://login.example").unwrap(),
                client_id: line("lockbox"),
                groups: None,
                strong: BTreeSet::new(),
            },
            secret_sha256: String::new(),
        }
    }

    fn of(id: u128, fact: fn(SignOnId) -> Fact) -> Fact {
        fact(SignOnId(Uuid::from_u128(id)))
    }

    fn tested(setting: SignOnId) -> Fact {
        Fact::SingleSignOnTested { setting }
    }

    fn on(setting: SignOnId) -> Fact {
        let issuer = Issuer::parse("https://login.example").unwrap();
        Fact::SingleSignOnTurnedOn { setting, issuer }
    }

    fn off(setting: SignOnId) -> Fact {
        let issuer = Issuer::parse("https://login.example").unwrap();
        Fact::SingleSignOnTurnedOff { setting, issuer }
    }

    fn person(id: u128) -> Actor {
        Actor::Person {
            id: PersonId(Uuid::from_u128(id)),
            name: line("Kim"),
            roles: vec![Role::ProviderAdministrator],
        }
    }

    fn told_by(facts: &[(Fact, Actor)]) -> Result<SignOn, NotSo> {
        let mut state = None;
        for (fact, by) in facts {
            let at = DateTime::UNIX_EPOCH;
            state = Some(SignOn::after(state, Side::Provider, fact, by, at)?);
        }
        state.ok_or(NotSo)
    }

    fn told(facts: &[Fact]) -> Result<SignOn, NotSo> {
        let by_one: Vec<_> = facts.iter().map(|f| (f.clone(), person(1))).collect();
        told_by(&by_one)
    }

    #[test]
    fn who_set_it_last_is_known_whoever_moves_it_on() {
        let sealed = Fact::SingleSignOnSealedAnew {
            setting: SignOnId(Uuid::from_u128(2)),
            secret_sha256: String::new(),
        };
        let operator = Actor::Operator { name: line("root") };
        let mut facts = vec![
            (set(1), person(1)),
            (set(2), person(2)),
            (of(2, tested), person(3)),
            (of(2, on), person(1)),
            (sealed, operator.clone()),
        ];
        let set_by = PersonId(Uuid::from_u128(2));
        assert_eq!(told_by(&facts).map(|known| known.set_by), Ok(set_by));
        facts.truncate(1);
        facts.push((set(2), operator));
        assert_eq!(told_by(&facts), Err(NotSo), "somebody sets it");
    }

    #[test]
    fn groups_give_nothing_to_whoever_set_them() {
        let groups = GroupRoles {
            claim: line("groups"),
            roles: BTreeSet::from([
                (line("managers"), Role::SupportManager),
                (line("admins"), Role::ProviderAdministrator),
            ]),
        };
        let held = [Role::Engineer, Role::ProviderAdministrator];
        let both = groups.given(&["managers", "admins"]);
        let all = [
            Role::Engineer,
            Role::SupportManager,
            Role::ProviderAdministrator,
        ];
        assert_eq!(groups.of(&held, &both, false), BTreeSet::from(all));
        assert_eq!(groups.of(&held, &both, true), BTreeSet::from(held));
        let none = BTreeSet::new();
        for own in [false, true] {
            let lost = groups.of(&held, &none, own);
            assert_eq!(lost, BTreeSet::from([Role::Engineer]), "{own}");
        }
    }

    #[test]
    fn it_is_set_then_tried_then_turned_on_and_nothing_else() {
        let (tested, on, off) = (of(1, tested), of(1, on), of(1, off));
        let way = [set(1), tested.clone(), on.clone()];
        assert!(told(&way).unwrap().is_on());
        let twice = [&way[..], &[off.clone(), on.clone(), off.clone(), set(2)]].concat();
        assert_eq!(told(&twice).unwrap().stage, Stage::Untested);
        for (wrong, why) in [
            (vec![tested.clone()], "nothing is set"),
            (vec![set(1), on.clone()], "never tried"),
            (vec![set(1), off.clone()], "never on"),
            (vec![set(1), tested.clone(), off], "not on"),
            (vec![set(2), tested.clone()], "another one was tried"),
            (
                vec![set(1), tested.clone(), set(2), on],
                "set anew, not tried",
            ),
            ([&way[..], &[set(2)]].concat(), "changed while it is on"),
            ([&way[..], &[tested]].concat(), "tried while it is on"),
        ] {
            assert_eq!(told(&wrong), Err(NotSo), "{why}");
        }
    }

    #[test]
    fn groups_give_roles_of_their_own_side_alone() {
        let groups = |roles: &[(&str, Role)]| GroupRoles {
            claim: line("groups"),
            roles: roles.iter().map(|(g, r)| (line(g), *r)).collect(),
        };
        let tenant = Side::Tenant(crate::domain::id::TenantId(Uuid::from_u128(1)));
        let good = groups(&[("a", Role::AccessApprover), ("b", Role::Auditor)]);
        assert!(good.fits(tenant) && !good.fits(Side::Provider));
        assert!(!groups(&[("a", Role::Auditor), ("a", Role::Engineer)]).fits(tenant));
        assert!(!groups(&[]).fits(tenant));
        assert_eq!(
            good.given(&["a", "x"]),
            BTreeSet::from([Role::AccessApprover])
        );
        assert_eq!(good.given(&["A", "a "]), BTreeSet::new());
    }
}
