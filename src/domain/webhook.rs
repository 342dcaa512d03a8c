//! A webhook: an address of one side's own, to which the facts it wants to hear of are sent.

pub mod event;
pub mod wants;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::audit::entry::Log;
use super::fact::Fact;
use super::id::WebhookId;
use super::person::Side;
use super::text::{Line, WebhookUrl};
use super::time::Moment;
use wants::{Group, Wants};

/// Most webhooks of one side.
pub const WEBHOOKS_MAX: usize = 10;
/// How long a secret that was replaced goes on signing beside the new one.
pub const FORMER_SECRET_SIGNS: TimeDelta = TimeDelta::hours(24);

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSetting {
    /// Its id.
    pub id: WebhookId,
    /// Where facts are sent.
    pub url: WebhookUrl,
    /// What people call it.
    pub description: Line,
    /// Which facts.
    pub wants: Wants,
}

/// A webhook in a fact that leaves its setting as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AboutWebhook {
    /// Its id.
    pub id: WebhookId,
    /// What people call it.
    pub description: Line,
}

/// Whether facts are sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// They are.
    On,
    /// Somebody turned it off.
    Off,
    /// It turned itself off.
    Disabled {
        /// Why.
        why: Why,
        /// When.
        at: Moment,
    },
}

/// Why a webhook turned itself off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its receiver answered `410 Gone`.
    Gone,
    /// Its receiver took nothing for days.
    Failing,
}

/// A webhook as the facts make it. Digests stand for the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Whose it is.
    pub side: Side,
    /// What is set.
    pub setting: WebhookSetting,
    /// Whether facts are sent to it.
    pub stage: Stage,
    /// SHA-256 of the sealed secret, in hex.
    pub secret_sha256: String,
    /// The secret before it.
    pub former: Option<FormerSecret>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerSecret {
    /// SHA-256 of the sealed secret, in hex.
    pub sha256: String,
    /// Until when it signs.
    pub until: Moment,
}

/// A fact that cannot follow on how a webhook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook cannot be changed so")]
pub struct NotSo;

impl WebhookSetting {
    /// As facts name it that leave it as it is.
    #[must_use]
    pub fn about(&self) -> AboutWebhook {
        AboutWebhook {
            id: self.id,
            description: self.description.clone(),
        }
    }
}

impl Webhook {
    /// A webhook of a side after one more fact, or none any more; `before` is what it was, if it was there.
    ///
    /// # Errors
    /// [`NotSo`] when the fact cannot follow, or is none of webhooks.
    pub fn after(
        before: Option<Self>,
        side: Side,
        fact: &Fact,
        at: Moment,
    ) -> Result<Option<Self>, NotSo> {
        if let Fact::WebhookAdded {
            webhook,
            secret_sha256,
        } = fact
        {
            return match before {
                Some(_) => Err(NotSo),
                None => Ok(Some(Self {
                    side,
                    setting: webhook.clone(),
                    stage: Stage::On,
                    secret_sha256: secret_sha256.clone(),
                    former: None,
                })),
            };
        }
        let id = fact.webhook().ok_or(NotSo)?;
        let before = before.filter(|before| before.setting.id == id);
        let before = before.ok_or(NotSo)?;
        before.and_then(fact, at)
    }

    fn and_then(self, fact: &Fact, at: Moment) -> Result<Option<Self>, NotSo> {
        Ok(match (fact, self.is_on()) {
            (Fact::WebhookChanged(setting), _) => Some(Self {
                setting: setting.clone(),
                ..self
            }),
            (Fact::WebhookTurnedOn(_), false) => Some(Self {
                stage: Stage::On,
                ..self
            }),
            (Fact::WebhookTurnedOff(_), true) => Some(Self {
                stage: Stage::Off,
                ..self
            }),
            (Fact::WebhookDisabled { why, .. }, true) => Some(Self {
                stage: Stage::Disabled { why: *why, at },
                ..self
            }),
            (Fact::WebhookTested(_), true) => Some(self),
            (
                Fact::WebhookSecretRotated {
                    secret_sha256,
                    former_until,
                    ..
                },
                _,
            ) => Some(Self {
                secret_sha256: secret_sha256.clone(),
                former: Some(FormerSecret {
                    sha256: self.secret_sha256,
                    until: *former_until,
                }),
                ..self
            }),
            (
                Fact::WebhookSealedAnew {
                    secret_sha256,
                    former_sha256,
                    ..
                },
                _,
            ) if former_sha256.is_some() == self.former.is_some() => Some(Self {
                secret_sha256: secret_sha256.clone(),
                former: self
                    .former
                    .zip(former_sha256.clone())
                    .map(|(former, sha256)| FormerSecret { sha256, ..former }),
                ..self
            }),
            (Fact::WebhookRemoved(_), _) => None,
            _ => return Err(NotSo),
        })
    }

    /// Whether facts are sent to it.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        matches!(self.stage, Stage::On)
    }
}

/// Whether a webhook of this side hears of a fact in a log. A tenant hears of its own log, and the provider of its own
/// and, of a tenant's, of requests, accesses and cases: it never sees the customer's people, settings or sign-ins.
/// A test is heard by the webhook that is tested, whatever it wants.
#[must_use]
pub fn hears(id: WebhookId, side: Side, wants: &Wants, log: Log, fact: &Fact) -> bool {
    if let Fact::WebhookTested(tested) = fact
        && tested.id == id
    {
        return true;
    }
    let in_sight = Log::of(side) == log
        || (side == Side::Provider
            && Group::of(fact.act()).is_some_and(Group::is_shared_with_the_provider));
    in_sight && wants.take(fact.act())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::TenantId;

    fn setting(id: u128, wants: &[&str]) -> WebhookSetting {
        WebhookSetting {
            id: WebhookId(Uuid::from_u128(id)),
            url: WebhookUrl::parse("https://hooks.example/in").unwrap(),
            description: Line::parse("The SIEM").unwrap(),
            wants: Wants::parse(wants.iter().copied()).unwrap(),
        }
    }

    fn added(id: u128) -> Fact {
        Fact::WebhookAdded {
            webhook: setting(id, &["all"]),
            secret_sha256: "s1".to_owned(),
        }
    }

    fn rotated(id: u128, secret: &str) -> Fact {
        Fact::WebhookSecretRotated {
            webhook: setting(id, &["all"]).about(),
            secret_sha256: secret.to_owned(),
            former_until: DateTime::UNIX_EPOCH,
        }
    }

    fn sealed(id: u128, former: Option<&str>) -> Fact {
        Fact::WebhookSealedAnew {
            webhook: setting(id, &["all"]).about(),
            secret_sha256: "s9".to_owned(),
            former_sha256: former.map(str::to_owned),
        }
    }

    fn disabled(id: u128) -> Fact {
        Fact::WebhookDisabled {
            webhook: setting(id, &["all"]).about(),
            why: Why::Gone,
        }
    }

    fn of(id: u128, fact: fn(AboutWebhook) -> Fact) -> Fact {
        fact(setting(id, &["all"]).about())
    }

    fn told(facts: &[Fact]) -> Result<Option<Webhook>, NotSo> {
        let mut state = None;
        for fact in facts {
            state = Webhook::after(state, Side::Provider, fact, DateTime::UNIX_EPOCH)?;
        }
        Ok(state)
    }

    #[test]
    fn facts_follow_on_each_other_and_on_nothing_else() {
        let (on, off) = (of(1, Fact::WebhookTurnedOn), of(1, Fact::WebhookTurnedOff));
        let removed = of(1, Fact::WebhookRemoved);
        let whole = [
            added(1),
            of(1, Fact::WebhookTested),
            off.clone(),
            on.clone(),
            disabled(1),
            Fact::WebhookChanged(setting(1, &["requests"])),
            on.clone(),
        ];
        assert!(told(&whole).unwrap().unwrap().is_on());
        assert_eq!(told(&[added(1), removed.clone()]), Ok(None));
        for (wrong, why) in [
            (vec![off.clone()], "not there"),
            (vec![added(1), added(1)], "there already"),
            (vec![added(1), on], "on already"),
            (vec![added(1), off.clone(), off.clone()], "off already"),
            (vec![added(1), off.clone(), disabled(1)], "off, not failing"),
            (
                vec![added(1), off, of(1, Fact::WebhookTested)],
                "off, not tested",
            ),
            (vec![added(2), removed.clone()], "another one"),
            (vec![added(1), removed, disabled(1)], "gone"),
            (
                vec![added(1), sealed(1, Some("f"))],
                "there is no former one",
            ),
            (
                vec![added(1), rotated(1, "s2"), sealed(1, None)],
                "there is one",
            ),
            (vec![added(1), Fact::LockboxTurnedOff], "another fact"),
        ] {
            assert_eq!(told(&wrong), Err(NotSo), "{why}");
        }
    }

    #[test]
    fn the_secret_before_is_kept_until_another_takes_its_place() {
        let state = told(&[added(1), rotated(1, "s2")]).unwrap().unwrap();
        assert_eq!(state.secret_sha256, "s2");
        assert_eq!(state.former.unwrap().sha256, "s1");
        let state = told(&[added(1), rotated(1, "s2"), rotated(1, "s3")]);
        assert_eq!(state.unwrap().unwrap().former.unwrap().sha256, "s2");
        let state = told(&[added(1), rotated(1, "s2"), sealed(1, Some("f9"))]);
        let state = state.unwrap().unwrap();
        assert_eq!(state.secret_sha256, "s9");
        assert_eq!(state.former.unwrap().sha256, "f9");
    }

    #[test]
    fn the_provider_hears_of_a_tenants_requests_and_of_nothing_else_of_it() {
        let tenant = |n| Log::Tenant(TenantId(Uuid::from_u128(n)));
        let id = WebhookId(Uuid::from_u128(1));
        let all = Wants::parse(["all"]).unwrap();
        let hears = |side, log, fact: &Fact| hears(id, side, &all, log, fact);
        let own = Side::Tenant(TenantId(Uuid::from_u128(7)));
        let (request, setting) = (Fact::RequestWithdrawn, Fact::LockboxTurnedOff);
        for fact in [&request, &setting] {
            assert!(hears(own, tenant(7), fact));
            assert!(!hears(own, tenant(8), fact) && !hears(own, Log::Provider, fact));
            assert!(hears(Side::Provider, Log::Provider, fact));
        }
        assert!(hears(Side::Provider, tenant(7), &request));
        assert!(!hears(Side::Provider, tenant(7), &setting));
    }

    #[test]
    fn a_test_is_heard_by_the_one_that_is_tested() {
        let nothing = Wants::parse(["access.started"]).unwrap();
        let (one, two) = (setting(1, &["all"]), setting(2, &["all"]));
        let fact = Fact::WebhookTested(one.about());
        let log = Log::Provider;
        assert!(hears(one.id, Side::Provider, &nothing, log, &fact));
        assert!(!hears(two.id, Side::Provider, &nothing, log, &fact));
    }
}
