//! The words for how people come, change and go.

use super::Told;
use crate::domain::fact::Fact;
use crate::domain::person::Role;
use crate::web::view::Tone;

/// What a fact about a person says.
pub(super) fn of(fact: &Fact) -> Told {
    match fact {
        Fact::PersonAdded(added) => {
            let what = format!("Person added: {}, {}", added.name, in_words(&added.roles));
            Told::new(Tone::Info, what)
        }
        Fact::PersonInvited(invited) => {
            let roles = in_words(&invited.roles);
            Told::new(Tone::Info, format!("Invited {}, {roles}", invited.name))
        }
        Fact::PersonInvitedAgain { name, .. } => {
            Told::new(Tone::Quiet, format!("Invited {name} again"))
        }
        Fact::PersonJoined { name, .. } => Told::new(Tone::Good, format!("{name} joined")),
        Fact::RolesChanged {
            name,
            before,
            roles,
            ..
        } => Told::new(Tone::Warning, format!("Roles of {name} changed")).noting(&format!(
            "From {} to {}",
            in_words(before),
            in_words(roles)
        )),
        Fact::PersonRemoved { name, roles, .. } => Told::new(
            Tone::Warning,
            format!("Removed {name}, {}", in_words(roles)),
        ),
        Fact::SecondFactorReset { name, .. } => {
            Told::new(Tone::Warning, format!("Second factors of {name} reset"))
        }
        Fact::SecondFactorEnrolled { name, .. } => {
            Told::new(Tone::Info, format!("{name} set up an authenticator app"))
        }
        Fact::SecondFactorSealedAnew { name, .. } => Told::new(
            Tone::Quiet,
            format!("Second factor of {name} sealed under another server key"),
        ),
        Fact::PasswordForgotten { name, .. } => {
            Told::new(Tone::Quiet, format!("Password of {name} forgotten"))
        }
        Fact::PasswordReset { name, .. } => {
            Told::new(Tone::Info, format!("{name} chose a new password by mail"))
        }
        Fact::PasswordChanged { name, .. } => {
            Told::new(Tone::Info, format!("{name} changed their password"))
        }
        Fact::PasswordHashedAnew { name, .. } => Told::new(
            Tone::Quiet,
            format!("Password of {name} stored anew, better protected; it is the same password"),
        ),
        other => Told::new(Tone::Quiet, other.act()),
    }
}

/// Roles in words: "global administrator, auditor", or "none".
#[must_use]
pub fn in_words(roles: &[Role]) -> String {
    if roles.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = roles.iter().map(ToString::to_string).collect();
    words.join(", ")
}
