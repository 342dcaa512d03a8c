//! The words for how people come, change and go.

use super::Told;
use crate::domain::fact::Fact;
use crate::domain::person::roles_in_words;
use crate::web::view::Tone;

/// What a fact about a person says.
pub(super) fn of(fact: &Fact) -> Told {
    match fact {
        Fact::PersonAdded(added) => {
            let what = format!(
                "Person added: {}, {}",
                added.name,
                roles_in_words(&added.roles)
            );
            Told::new(Tone::Info, what)
        }
        Fact::PersonInvited(invited) => {
            let roles = roles_in_words(&invited.roles);
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
            roles_in_words(before),
            roles_in_words(roles)
        )),
        Fact::PersonRemoved { name, roles, .. } => Told::new(
            Tone::Warning,
            format!("Removed {name}, {}", roles_in_words(roles)),
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
