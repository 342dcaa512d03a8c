//! What a mail says about single sign-on of a side: heading, lead, and what follows.

use crate::domain::notice::Letter;
use crate::domain::text::Issuer;

/// It was set.
pub(super) fn set(letter: &Letter, issuer: &Issuer) -> (&'static str, String, String) {
    let Letter { tenant, by, .. } = letter;
    (
        "Single sign-on was set",
        format!("{by} set single sign-on for {tenant}: {issuer} would say who your people are."),
        "It signs nobody in before somebody tried it and turned it on. If nobody you trust asked for this, turn to your \
         administrator at once."
            .to_owned(),
    )
}

/// It was turned on.
pub(super) fn turned_on(letter: &Letter, issuer: &Issuer) -> (&'static str, String, String) {
    let Letter { tenant, by, .. } = letter;
    (
        "Single sign-on was turned on",
        format!("{by} turned on single sign-on for {tenant}."),
        format!(
            "From now on {issuer} says who your people are, and what it says is believed. If nobody you trust asked for this, \
             turn to your administrator at once."
        ),
    )
}

/// It was turned off.
pub(super) fn turned_off(letter: &Letter, issuer: &Issuer) -> (&'static str, String, String) {
    let Letter { tenant, by, .. } = letter;
    (
        "Single sign-on was turned off",
        format!("{by} turned off single sign-on for {tenant}."),
        format!(
            "From now on nobody signs in through {issuer}, and whoever had was signed out. Passwords and passkeys work as before."
        ),
    )
}
