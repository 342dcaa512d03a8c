//! Which facts a webhook wants to hear of: all, groups of them, or single ones.
//!
//! A fact is named as in the audit log: `request.approved`. The part before the dot puts it into a group, so that a fact
//! that a later version adds is heard by whoever wants its group.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Wants every fact, also those that later versions add.
pub const ALL: &str = "all";

/// Facts that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Data access requests.
    Requests,
    /// What came of approved ones.
    Access,
    /// Support cases.
    Cases,
    /// The setting of a side.
    Settings,
    /// People and what they sign in with.
    People,
    /// API keys, and the keys that sign access passes.
    Keys,
    /// Tenants, services, and the database.
    Deployment,
}

impl Group {
    /// Every group, in the order people read them.
    pub const EVERY: [Self; 7] = [
        Self::Requests,
        Self::Access,
        Self::Cases,
        Self::Settings,
        Self::People,
        Self::Keys,
        Self::Deployment,
    ];

    /// As it is written. No fact is: those have a dot.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Access => "access",
            Self::Cases => "cases",
            Self::Settings => "settings",
            Self::People => "people",
            Self::Keys => "keys",
            Self::Deployment => "deployment",
        }
    }

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Access => "Access",
            Self::Cases => "Support cases",
            Self::Settings => "Settings",
            Self::People => "People and sign-in",
            Self::Keys => "Keys",
            Self::Deployment => "Tenants and services",
        }
    }

    /// How the names of its facts begin.
    const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Requests => &["request"],
            Self::Access => &["access", "activity"],
            Self::Cases => &["support_case"],
            Self::Settings => &[
                "lockbox",
                "limits",
                "protection",
                "trial",
                "notifications",
                "single_sign_on",
                "webhook",
            ],
            Self::People => &["person", "second_factor", "password", "recovery"],
            Self::Keys => &["api_key"],
            Self::Deployment => &["tenant", "service", "database", "pass_key"],
        }
    }

    /// The group of a fact, by its name.
    #[must_use]
    pub fn of(act: &str) -> Option<Self> {
        let prefix = act.split('.').next().unwrap_or_default();
        Self::EVERY
            .into_iter()
            .find(|group| group.prefixes().contains(&prefix))
    }

    /// Whether the provider sees such facts of a tenant. Only what is listed here leaves a tenant's log for it.
    #[must_use]
    pub const fn is_shared_with_the_provider(self) -> bool {
        matches!(self, Self::Requests | Self::Access | Self::Cases)
    }

    /// Its facts, by name, in the order they are told.
    pub fn acts(self) -> impl Iterator<Item = &'static str> {
        ACTS.into_iter()
            .filter(move |act| Self::of(act) == Some(self))
    }
}

/// Every fact there is, by its name.
pub const ACTS: [&str; 83] = [
    "request.filed",
    "request.endorsed",
    "request.approved",
    "request.rejected",
    "request.withdrawn",
    "request.withdrawn_with_case",
    "request.expired",
    "request.revoked",
    "request.reminded",
    "access.started",
    "access.shortened",
    "access.pass_issued",
    "access.ending_soon",
    "access.ended",
    "support_case.recorded",
    "support_case.opened",
    "support_case.changed",
    "support_case.commented",
    "support_case.closed",
    "lockbox.turned_on",
    "lockbox.turned_off",
    "lockbox.terms_accepted",
    "lockbox.service_uncovered",
    "lockbox.service_covered",
    "limits.changed",
    "protection.delay_set",
    "protection.weakening_asked",
    "protection.weakening_stopped",
    "trial.asked",
    "trial.started",
    "notifications.changed",
    "notifications.tested",
    "single_sign_on.set",
    "single_sign_on.tested",
    "single_sign_on.turned_on",
    "single_sign_on.turned_off",
    "single_sign_on.sealed_anew",
    "webhook.added",
    "webhook.changed",
    "webhook.turned_on",
    "webhook.turned_off",
    "webhook.removed",
    "webhook.secret_rotated",
    "webhook.sealed_anew",
    "webhook.tested",
    "webhook.disabled",
    "person.added",
    "person.invited",
    "person.invited_again",
    "person.joined",
    "person.roles_changed",
    "person.removed",
    "person.linked",
    "person.unlinked",
    "person.signed_in_locally",
    "second_factor.reset",
    "second_factor.enrolled",
    "second_factor.sealed_anew",
    "second_factor.passkey_added",
    "second_factor.passkey_renamed",
    "second_factor.passkey_removed",
    "second_factor.passkey_doubted",
    "second_factor.recovery_codes_made",
    "second_factor.recovery_code_used",
    "password.forgotten",
    "password.reset",
    "password.changed",
    "password.hashed_anew",
    "recovery.started",
    "recovery.reminded",
    "recovery.stopped",
    "recovery.finished",
    "api_key.issued",
    "api_key.revoked",
    "tenant.enrolled",
    "tenant.entitlement_set",
    "tenant.suspended",
    "tenant.resumed",
    "service.added",
    "service.coverage_proposed",
    "database.restored",
    "pass_key.made",
    "activity.sealed",
];

/// Which facts a webhook wants: at least one word, each [`ALL`], a group or a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<String>", into = "BTreeSet<String>")]
pub struct Wants(BTreeSet<String>);

/// The words name no facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWants {
    /// There is none.
    #[error("nothing is chosen")]
    Nothing,
    /// One is unknown.
    #[error("there is no fact and no group of facts called {0:?}")]
    Unknown(String),
}

impl Wants {
    /// Reads words.
    ///
    /// # Errors
    /// [`NoWants`].
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, NoWants> {
        let words: BTreeSet<String> = words.into_iter().map(str::to_owned).collect();
        words.try_into()
    }

    /// Whether this word is among them.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// Whether a fact of this name is wanted.
    #[must_use]
    pub fn take(&self, act: &str) -> bool {
        let group = Group::of(act).map(Group::as_str);
        self.has(ALL) || self.has(act) || group.is_some_and(|group| self.has(group))
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl TryFrom<BTreeSet<String>> for Wants {
    type Error = NoWants;

    fn try_from(words: BTreeSet<String>) -> Result<Self, NoWants> {
        if words.is_empty() {
            return Err(NoWants::Nothing);
        }
        match words.iter().find(|word| !is_known(word)) {
            Some(unknown) => Err(NoWants::Unknown(unknown.clone())),
            None => Ok(Self(words)),
        }
    }
}

impl From<Wants> for BTreeSet<String> {
    fn from(wants: Wants) -> Self {
        wants.0
    }
}

fn is_known(word: &str) -> bool {
    word == ALL || ACTS.contains(&word) || Group::EVERY.iter().any(|group| group.as_str() == word)
}

/// In words: "All facts", or groups and single facts.
impl fmt::Display for Wants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has(ALL) {
            return f.write_str("All facts");
        }
        let has = |group: &Group| self.has(group.as_str());
        let groups = Group::EVERY.iter().filter(|group| has(group));
        let single = self.words().filter(|word| word.contains('.'));
        let single = single.filter(|word| !Group::of(word).as_ref().is_some_and(has));
        let names = groups.map(|group| group.name().to_owned());
        let words: Vec<String> = names.chain(single.map(str::to_owned)).collect();
        f.write_str(&words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that the facts have where they are written down.
    fn named() -> BTreeSet<&'static str> {
        let source = include_str!("../fact.rs");
        let renamed = source.split("#[serde(rename = \"").skip(1);
        renamed.filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_fact_can_be_chosen_and_belongs_to_a_group() {
        let listed: BTreeSet<_> = ACTS.into_iter().collect();
        assert_eq!(listed, named());
        for act in ACTS {
            assert!(Group::of(act).is_some(), "{act}");
        }
        let of_groups = Group::EVERY.iter().flat_map(|group| group.acts());
        assert_eq!(of_groups.count(), ACTS.len());
    }

    #[test]
    fn a_word_takes_one_fact_a_group_or_all() {
        let wants = |words: &[&str]| Wants::parse(words.iter().copied());
        assert!(wants(&["all"]).unwrap().take("something.later"));
        let some = wants(&["requests", "access.started"]).unwrap();
        assert!(some.take("request.filed") && some.take("request.later"));
        assert!(some.take("access.started") && !some.take("access.ended"));
        assert!(!some.take("person.invited"));
        assert_eq!(some.to_string(), "Requests, access.started");
        assert_eq!(wants(&[]), Err(NoWants::Nothing));
        for word in ["", "request", "request.none", "Requests", "ALL"] {
            let unknown = Err(NoWants::Unknown(word.to_owned()));
            assert_eq!(wants(&["all", word]), unknown, "{word}");
        }
        assert!(serde_json::from_str::<Wants>("[\"nothing.known\"]").is_err());
    }
}
