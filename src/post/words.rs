//! What a mail says, per kind and reader.

mod changed;
mod person;
mod protection;
mod setting;
mod sign_on;
mod story;

pub(super) use changed::access_hours;
pub(super) use setting::page;

use super::compose::ComposeError;
use crate::domain::notice::{Audience, Letter, NoticeKind};
use story::Story;

/// The words of one mail.
pub(super) struct Words {
    /// The subject. Holds no text the engineer wrote.
    pub subject: String,
    /// The one line at the top.
    pub heading: String,
    /// What happened.
    pub lead: String,
    /// What happens next, or otherwise.
    pub otherwise: String,
    /// What a list of mails shows beside the subject.
    pub preheader: String,
    /// What the button says.
    pub button: &'static str,
    /// Where to find the same without the link.
    pub way: String,
    /// Why this person gets the mail.
    pub because: String,
}

/// The words for a letter.
///
/// # Errors
/// When the letter lacks the request, the change or the deadline its kind speaks of.
pub(super) fn of(letter: &Letter) -> Result<Words, ComposeError> {
    match (letter.kind, &letter.request) {
        (NoticeKind::LockboxTurnedOn, _) => Ok(setting::turned(letter, true)),
        (NoticeKind::LockboxTurnedOff, _) => Ok(setting::turned(letter, false)),
        (NoticeKind::SettingChanged, _) => {
            let change = letter.change.as_ref().ok_or(ComposeError::NoChange)?;
            Ok(changed::words(letter, change))
        }
        (NoticeKind::PersonChanged, _) => {
            let about = letter.person.as_ref().ok_or(ComposeError::NoPerson)?;
            Ok(person::words(letter, about))
        }
        (NoticeKind::Test, _) => Ok(setting::test(letter)),
        (_, None) => Err(ComposeError::NoRequest),
        (_, Some(request)) => Story { letter, request }.told(),
    }
}

/// The way to the page: besides the link, or instead of it.
fn way(letter: &Letter, then: &str) -> String {
    let sign_in = if letter.links {
        "Or sign in"
    } else {
        "Sign in"
    };
    let to = match letter.audience {
        Audience::Approvers | Audience::Oneself | Audience::Everybody => " to your admin center",
        Audience::Engineer | Audience::Manager | Audience::Administrators | Audience::Person => "",
    };
    format!("{sign_in}{to}, then {then}.")
}

fn because(letter: &Letter) -> String {
    match letter.audience {
        Audience::Approvers => format!(
            "You get this mail as a global administrator or access approver of {}.",
            letter.tenant
        ),
        Audience::Engineer => "You get this mail because the request is yours.".to_owned(),
        Audience::Manager => "You get this mail because you endorsed the request.".to_owned(),
        Audience::Oneself => "You get this mail because you asked for it.".to_owned(),
        Audience::Administrators => {
            format!(
                "You get this mail as an administrator of {}.",
                letter.tenant
            )
        }
        Audience::Person => "You get this mail because it is about you.".to_owned(),
        Audience::Everybody => format!("You get this mail as somebody of {}.", letter.tenant),
    }
}
