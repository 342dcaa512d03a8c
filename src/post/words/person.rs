//! What a mail says about a person: to them, and to those who manage the people of their side or decide with them.

use super::{Words, because, setting, way};
use crate::domain::notice::{AboutPerson, Audience, Letter, PersonChange};
use crate::domain::person::roles_in_words;

/// The words about somebody.
pub(super) fn words(letter: &Letter, about: &AboutPerson) -> Words {
    let (heading, lead, otherwise) = match letter.audience {
        Audience::Person => to_them(letter, &about.change),
        _ => to_others(letter, about),
    };
    let page = setting::page(letter);
    let (button, way) = match (&about.change, letter.enclosed) {
        (PersonChange::PasswordForgotten { .. }, Some(_)) => (
            "Choose a password",
            "The link works once. Do not pass this mail on.".to_owned(),
        ),
        (_, Some(_)) => (
            "Accept the invitation",
            "The link works once. Do not pass this mail on.".to_owned(),
        ),
        (_, None) => (page.button, way(letter, page.way)),
    };
    Words {
        subject: format!("{heading}, {}", letter.tenant),
        heading: heading.to_owned(),
        preheader: format!("{lead} {otherwise}"),
        lead,
        otherwise,
        button,
        way,
        because: because(letter),
    }
}

const NOT_ASKED: &str =
    "If you did not do this and nobody told you of it, turn to an administrator at once.";

fn to_them(letter: &Letter, change: &PersonChange) -> (&'static str, String, String) {
    let Letter { tenant, by, .. } = letter;
    match change {
        PersonChange::Invited { roles, .. } => (
            "You are invited to Customer Lockbox",
            format!("{by} invited you to Customer Lockbox of {tenant}, as {}.", roles_in_words(roles)),
            "Choose a password and set up an authenticator app within 24 hours. If you do not know what this is about, do nothing."
                .to_owned(),
        ),
        PersonChange::RolesChanged { roles, .. } => (
            "Your roles were changed",
            if roles.is_empty() {
                format!("{by} changed your roles. You have none any more.")
            } else {
                format!("{by} changed your roles. You are now {}.", roles_in_words(roles))
            },
            "You were signed out everywhere. Sign in again. What was filed before you had a role is not yours to decide by it."
                .to_owned(),
        ),
        PersonChange::Removed { .. } => (
            "You were removed",
            format!("{by} removed you from Customer Lockbox of {tenant}."),
            "You can no longer sign in. What you did stays in the audit log under your name.".to_owned(),
        ),
        PersonChange::SecondFactorReset => (
            "Your second factors were reset",
            format!("{by} took your second factors away, so that you can enrol a new one."),
            format!("Sign in with your password; you are asked to set up an authenticator app. {NOT_ASKED}"),
        ),
        PersonChange::SecondFactorEnrolled => (
            "An authenticator app was set up",
            "An authenticator app was set up for your account.".to_owned(),
            NOT_ASKED.to_owned(),
        ),
        PersonChange::PasskeyAdded { .. } => (
            "A passkey was added",
            "A passkey was added to your account. Whoever has it can sign in as you.".to_owned(),
            format!("All your other sign-ins were ended. {NOT_ASKED}"),
        ),
        PersonChange::PasskeyRenamed { .. } => (
            "A passkey has another name",
            "A passkey of your account was given another name.".to_owned(),
            format!("All your other sign-ins were ended. {NOT_ASKED}"),
        ),
        PersonChange::PasskeyRemoved { .. } => (
            "A passkey was removed",
            "A passkey was removed from your account.".to_owned(),
            format!("All your other sign-ins were ended. {NOT_ASKED}"),
        ),
        PersonChange::PasskeyDoubted { .. } => (
            "A passkey did not count",
            "Somebody showed a passkey of yours, and its counter went back: there may be a copy of it.".to_owned(),
            "Nobody was let in by it. Remove this passkey under Security, and tell an administrator.".to_owned(),
        ),
        PersonChange::RecoveryCodesMade => (
            "Recovery codes were made",
            "Ten new recovery codes were made for your account. Those of before are worth nothing.".to_owned(),
            format!("All your other sign-ins were ended. {NOT_ASKED}"),
        ),
        PersonChange::RecoveryCodeUsed { .. } => (
            "A recovery code was used",
            "Somebody, probably you, signed in with your password and a recovery code.".to_owned(),
            NOT_ASKED.to_owned(),
        ),
        PersonChange::PasswordForgotten { .. } => (
            "Choose a new password",
            "Somebody, probably you, said that you forgot your password.".to_owned(),
            "You can choose another one within one hour. If it was not you, do nothing: your password stays as it is.".to_owned(),
        ),
        PersonChange::SignsOn { issuer } => (
            "Sign in by single sign-on",
            "Somebody, probably you, said that you forgot your password.".to_owned(),
            format!("You need none: you come in by single sign-on, through {issuer}. If it was not you, do nothing."),
        ),
        PersonChange::PasswordChosen => (
            "Your password was changed",
            "Another password was chosen for your account.".to_owned(),
            format!("All your other sign-ins were ended. {NOT_ASKED}"),
        ),
        PersonChange::Linked { issuer } => (
            "You sign in by single sign-on",
            format!("You signed in through {issuer} for the first time. From now on it says who you are."),
            NOT_ASKED.to_owned(),
        ),
        PersonChange::Unlinked { issuer } => (
            "Your single sign-on was unlinked",
            format!("{by} took away that {issuer} says who you are. You were signed out everywhere."),
            format!("The next time you come that way, you are known by your mail address again. {NOT_ASKED}"),
        ),
    }
}

fn to_others(letter: &Letter, about: &AboutPerson) -> (&'static str, String, String) {
    let Letter { tenant, by, .. } = letter;
    let name = &about.name;
    match &about.change {
        PersonChange::Invited { roles, .. } => (
            "Somebody was invited",
            format!("{by} invited {name} to {tenant}, as {}.", roles_in_words(roles)),
            "They can do what these roles allow once they have come. If nobody you trust asked for this, remove them.".to_owned(),
        ),
        PersonChange::RolesChanged { before, roles, .. } => (
            "Somebody's roles were changed",
            format!(
                "{by} changed the roles of {name} in {tenant} from {} to {}.",
                roles_in_words(before),
                roles_in_words(roles)
            ),
            "Requests filed before somebody had a role are not theirs to decide by it. If nobody you trust asked for this, change it \
             back."
                .to_owned(),
        ),
        PersonChange::Removed { .. } => (
            "Somebody was removed",
            format!("{by} removed {name} from {tenant}."),
            "They were signed out everywhere, and their approvals that others must join no longer count.".to_owned(),
        ),
        PersonChange::SecondFactorReset => (
            "Somebody's second factors were reset",
            format!("{by} took the second factors of {name} away, so that they can enrol a new one."),
            "Requests filed before they have a new one are not theirs to decide. If nobody you trust asked for this, remove them."
                .to_owned(),
        ),
        PersonChange::RecoveryCodeUsed { .. } => (
            "Somebody used a recovery code",
            format!("{name} signed in with their password and a recovery code."),
            format!("By it they can add another second factor, which decides no request filed before. If they did not lose their device, reset their second factor. {NOT_ASKED}"),
        ),
        PersonChange::PasskeyDoubted { .. } => (
            "A passkey did not count",
            format!("A passkey of {name} was shown, and its counter went back: there may be a copy of it."),
            "Nobody was let in by it. If it happens again, reset their second factor.".to_owned(),
        ),
        PersonChange::Unlinked { issuer } => (
            "Somebody's single sign-on was unlinked",
            format!("{by} took away that {issuer} says who {name} is."),
            "They were signed out everywhere. The next time they come that way, they are known by their mail address again. If nobody \
             you trust asked for this, look at what they did since."
                .to_owned(),
        ),
        PersonChange::Linked { .. }
        | PersonChange::SecondFactorEnrolled
        | PersonChange::PasskeyAdded { .. }
        | PersonChange::PasskeyRenamed { .. }
        | PersonChange::PasskeyRemoved { .. }
        | PersonChange::RecoveryCodesMade
        | PersonChange::PasswordForgotten { .. }
        | PersonChange::SignsOn { .. }
        | PersonChange::PasswordChosen => (
            "Somebody changed what they sign in with",
            format!("{name} changed what they sign in with."),
            NOT_ASKED.to_owned(),
        ),
    }
}
