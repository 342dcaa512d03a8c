//! What somebody typed into the form of the setting, and what is wrong with it.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::acts::Flaw;
use crate::acts::single_sign_on::{SECRET_MAX, Wanted};
use crate::domain::person::Role;
use crate::domain::single_sign_on::{GROUP_ROLES_MAX, GroupRoles, STRONG_MAX};
use crate::domain::text::{Issuer, Line};
use crate::web::typed::line;
use crate::web::view::CodeField;

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    issuer: String,
    client_id: String,
    #[serde(default)]
    secret: SecretString,
    #[serde(default)]
    claim: String,
    #[serde(default)]
    groups: String,
    #[serde(default)]
    strong: String,
}

/// What was typed, to be shown again. The secret is not among it.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) claim: String,
    pub(super) groups: String,
    pub(super) strong: String,
    pub(super) flaws: Vec<Flaw>,
    pub(super) code: Option<CodeField>,
}

impl Posting {
    /// What is wanted, unless something is wrong with it, and what was typed.
    pub(super) fn parse(self) -> (Option<Wanted>, Typed) {
        let mut flaws = Vec::new();
        let wanted = self.wanted(&mut flaws);
        let typed = Typed {
            issuer: self.issuer,
            client_id: self.client_id,
            claim: self.claim,
            groups: self.groups,
            strong: self.strong,
            flaws,
            code: None,
        };
        (wanted, typed)
    }

    fn wanted(&self, flaws: &mut Vec<Flaw>) -> Option<Wanted> {
        let issuer = taken(flaws, issuer(&self.issuer));
        let client_id = line("client ID", &self.client_id);
        let client_id = taken(flaws, client_id.map_err(|w| Flaw::of("client_id", w)));
        let secret = taken(flaws, secret(&self.secret));
        let groups = taken(flaws, groups(&self.claim, &self.groups));
        let strong = taken(flaws, strong(&self.strong));
        Some(Wanted {
            issuer: issuer?,
            client_id: client_id?,
            secret: secret?,
            groups: groups?,
            strong: strong?,
        })
    }
}

/// Groups and the roles they give, a line for each.
pub(super) fn lines(groups: &GroupRoles) -> String {
    let lines = groups.roles.iter();
    let lines = lines.map(|(group, role)| format!("{group} = {role}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn taken<T>(flaws: &mut Vec<Flaw>, parsed: Result<T, Flaw>) -> Option<T> {
    parsed.map_err(|flaw| flaws.push(flaw)).ok()
}

fn issuer(typed: &str) -> Result<Issuer, Flaw> {
    let words = "Enter the issuer as the identity provider writes it: an https address without a query, such as https://login.fabrikam.example/.";
    Issuer::parse(typed).map_err(|_| Flaw::of("issuer", words))
}

fn secret(typed: &SecretString) -> Result<Option<SecretString>, Flaw> {
    let text = typed.expose_secret();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() <= SECRET_MAX && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(typed.clone()));
    }
    let words = format!(
        "Enter the client secret as it was given to you: at most {SECRET_MAX} letters, digits and signs, without spaces."
    );
    Err(Flaw::of("secret", words))
}

fn groups(claim: &str, typed: &str) -> Result<Option<GroupRoles>, Flaw> {
    let typed = filled(typed);
    if typed.is_empty() {
        return Ok(None);
    }
    let claim = line("claim with the groups", claim).map_err(|words| Flaw::of("claim", words))?;
    if typed.len() > GROUP_ROLES_MAX {
        let words = format!("Name at most {GROUP_ROLES_MAX} groups.");
        return Err(Flaw::of("groups", words));
    }
    let pairs = typed.into_iter().map(|pair| {
        let (group, role) = pair.rsplit_once('=')?;
        Some((Line::parse(group).ok()?, role_called(role.trim())?))
    });
    let roles: Option<BTreeSet<(Line, Role)>> = pairs.collect();
    let words = "Write a group, an equals sign and a role on each line, such as: Lockbox approvers = access approver.";
    let roles = roles.ok_or_else(|| Flaw::of("groups", words))?;
    Ok(Some(GroupRoles { claim, roles }))
}

fn role_called(name: &str) -> Option<Role> {
    let called = |role: &Role| role.to_string().eq_ignore_ascii_case(name);
    Role::ALL.into_iter().find(called)
}

fn strong(typed: &str) -> Result<BTreeSet<Line>, Flaw> {
    let typed = filled(typed);
    let unfit = || {
        let words = format!("Write one value on each line, at most {STRONG_MAX}.");
        Flaw::of("strong", words)
    };
    if typed.len() > STRONG_MAX {
        return Err(unfit());
    }
    let values = typed.into_iter().map(Line::parse);
    values.collect::<Result<_, _>>().map_err(|_| unfit())
}

fn filled(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}
