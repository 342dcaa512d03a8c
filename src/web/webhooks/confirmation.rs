//! Turning a webhook on and off, giving it another secret and removing it, each asked once more.

use actix_web::web::Path;

use super::form::show_secret;
use super::{LIST, changing, find, href};
use crate::acts::webhooks::{remove, rotate_secret, turn_off, turn_on};
use crate::acts::{ActError, Flaw};
use crate::domain::webhook::{FORMER_SECRET_SIGNS, WebhookSetting};
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, ConfirmPage, Place};

/// `GET /settings/webhooks/{webhook}/on`.
///
/// # Errors
/// 403 for whoever may not change them, 404 for one that is not there.
pub async fn show_on(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::On).await
}

/// `POST /settings/webhooks/{webhook}/on`.
///
/// # Errors
/// As [`show_on`], and whatever the act says.
pub async fn on(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::On).await
}

/// `GET /settings/webhooks/{webhook}/off`.
///
/// # Errors
/// As [`show_on`].
pub async fn show_off(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Off).await
}

/// `POST /settings/webhooks/{webhook}/off`.
///
/// # Errors
/// As [`on`].
pub async fn off(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Off).await
}

/// `GET /settings/webhooks/{webhook}/secret`.
///
/// # Errors
/// As [`show_on`].
pub async fn show_rotation(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Secret).await
}

/// `POST /settings/webhooks/{webhook}/secret`: the new secret, shown once.
///
/// # Errors
/// As [`on`].
pub async fn rotate(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Secret).await
}

/// `GET /settings/webhooks/{webhook}/removal`.
///
/// # Errors
/// As [`show_on`].
pub async fn show_removal(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Removal).await
}

/// `POST /settings/webhooks/{webhook}/removal`.
///
/// # Errors
/// As [`on`].
pub async fn take_away(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Removal).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    On,
    Off,
    Secret,
    Removal,
}

impl Asked {
    const fn path(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Secret => "secret",
            Self::Removal => "removal",
        }
    }
}

async fn ask(member: &Member, id: &str, asked: Asked) -> Answer {
    let side = changing(member)?;
    let setting = find(member, side, id).await?.webhook.setting;
    confirm_page(member, &setting, asked, member.code_field(), None)
}

async fn done(member: &Member, id: &str, posted: Posted<Nothing>, asked: Asked) -> Answer {
    let side = changing(member)?;
    let setting = find(member, side, id).await?.webhook.setting;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return confirm_page(member, &setting, asked, Some(code), None),
    };
    let id = setting.id;
    let outcome = member
        .lockbox()
        .acting(move |lockbox| {
            Ok(match asked {
                Asked::On => turn_on(lockbox, &by, id).map(|()| None)?,
                Asked::Off => turn_off(lockbox, &by, id).map(|()| None)?,
                Asked::Removal => remove(lockbox, &by, id).map(|()| None)?,
                Asked::Secret => Some(rotate_secret(lockbox, &by, id)?),
            })
        })
        .await;
    match outcome {
        Ok(Some(secret)) => {
            let until = Some(member.now() + FORMER_SECRET_SIGNS);
            show_secret(member, id, &setting.description, &secret, until)
        }
        Ok(None) if asked == Asked::Removal => Ok(see_other(&format!("{LIST}?removed"))),
        Ok(None) => Ok(see_other(&format!("{}?{}", href(id), asked.path()))),
        Err(ActError::Unfit(flaws)) => {
            let problem = Some(Flaw::sentences(&flaws));
            confirm_page(member, &setting, asked, None, problem)
        }
        Err(error) => Err(error.into()),
    }
}

fn confirm_page(
    member: &Member,
    setting: &WebhookSetting,
    asked: Asked,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let (name, href) = (&setting.description, href(setting.id));
    let (title, lede, follows, button): (_, _, &[&str], _) = match asked {
        Asked::On => (
            format!("Turn {name} on?"),
            "Facts are sent to it from now on. What happened while it was off is not: it stands in the audit log.",
            &[],
            "Turn on",
        ),
        Asked::Off => (
            format!("Turn {name} off?"),
            "Nothing is sent to it any more.",
            &["What waits for it is given up. You can send it again, one by one, once it is on."],
            "Turn off",
        ),
        Asked::Secret => (
            format!("Make another secret for {name}?"),
            "The new secret is shown once, on the next page.",
            &[
                "For 24 hours every delivery carries two signatures: by the new secret and by the one before. Change your receiver in that time.",
                "Is the secret known to somebody who must not have it? Do this twice: only the last two sign.",
            ],
            "Make another secret",
        ),
        Asked::Removal => (
            format!("Remove {name}?"),
            "Nothing is sent to it any more, and its deliveries are no longer shown here.",
            &["What waits for it is given up.", "Its secret is forgotten."],
            "Remove",
        ),
    };
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let view = ConfirmPage {
        shell: member.shell(Place::Webhooks),
        crumbs: vec![
            (LIST.to_owned(), "Webhooks".to_owned()),
            (href.clone(), name.to_string()),
        ],
        title,
        lede: lede.to_owned(),
        wanted: None,
        reason: None,
        follows: follows.iter().map(|words| (*words).to_owned()).collect(),
        action: format!("{href}/{}", asked.path()),
        button: button.to_owned(),
        danger: asked == Asked::Removal,
        back: href,
        code,
        problem,
    };
    form_page(refused, &view)
}
