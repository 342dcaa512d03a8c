//! What a mail says about changes that weaken the protection: heading, lead, and what follows.

use crate::domain::notice::Letter;
use crate::domain::time::Moment;
use crate::domain::weakening::{Delay, Weakening};
use crate::post::when;

/// How long they wait was changed.
pub(super) fn delay(letter: &Letter, delay: Delay) -> (&'static str, String, String) {
    let Letter { tenant, by, .. } = letter;
    let lead = match delay {
        Delay::None => format!(
            "Changes that weaken the protection of {tenant} are done at once from now on, decided by {by}."
        ),
        delay => format!(
            "Changes that weaken the protection of {tenant} wait {delay} from now on, decided by {by}."
        ),
    };
    (
        "How long weakening changes wait was changed",
        lead,
        "Such changes are turning Customer Lockbox off, accepting that you are not asked about a service, loosening limits or \
         access hours, turning on single sign-on, and letting them wait less long. Who newly gets a role that decides can use \
         it only for what is filed after as long."
            .to_owned(),
    )
}

/// Somebody asked for one, which waits.
pub(super) fn asked(
    letter: &Letter,
    what: &Weakening,
    due: Moment,
) -> (&'static str, String, String) {
    (
        "Somebody wants to weaken the protection",
        format!("{} wants to {what}.", letter.by),
        format!(
            "It is done at {}. If that is wrong, stop it before: sign in and press Stop. Any of you who decides may.",
            when::full(due, letter.zone)
        ),
    )
}

/// What was just said had been asked for before, and waited.
pub(super) fn waited(letter: &Letter, asked: Moment) -> String {
    format!(
        "They asked for it at {}. It waited {} hours, and nobody stopped it.",
        when::full(asked, letter.zone),
        (letter.at - asked).num_hours()
    )
}

/// It was stopped.
pub(super) fn stopped(letter: &Letter, what: &Weakening) -> (&'static str, String, String) {
    (
        "A weakening of the protection was stopped",
        format!(
            "{} stopped what somebody had asked for: to {what}.",
            letter.by
        ),
        "Your setting stays as it is.".to_owned(),
    )
}
