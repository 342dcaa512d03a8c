//! Adding a webhook, and changing one. The secret is shown once, by the answer to the form itself.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use secrecy::{ExposeSecret, SecretString};

use super::typed::{Posting, Typed, field_of};
use super::{LIST, changing, find, href};
use crate::acts::webhooks::{Wanted, add, change, looks_right};
use crate::acts::{ActError, Flaw};
use crate::domain::id::WebhookId;
use crate::domain::text::Line;
use crate::domain::time::Moment;
use crate::domain::webhook::WebhookSetting;
use crate::domain::webhook::wants::{ALL, Group};
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, page_with, see_other};
use crate::web::view::{FactChoice, FactGroup, Field, Place, WebhookFormPage, WebhookSecretPage};

/// `GET /settings/webhooks/new`.
///
/// # Errors
/// 403 for whoever may not change them.
pub async fn show_new(member: Member) -> Answer {
    changing(&member)?;
    let typed = Typed {
        wants: vec![
            Group::Requests.as_str().to_owned(),
            Group::Access.as_str().to_owned(),
        ],
        code: member.code_field(),
        ..Typed::default()
    };
    form(&member, None, &typed)
}

/// `POST /settings/webhooks/new`.
///
/// # Errors
/// As [`show_new`], and whatever the act says.
pub async fn make(member: Member, posted: Posted<Posting>) -> Answer {
    changing(&member)?;
    let Posted { fields, code } = posted;
    let mut typed = fields.read()?;
    let Some(wanted) = looked_at(&member, &mut typed).await else {
        typed.code = member.code_field();
        return form(&member, None, &typed);
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(field) => {
            typed.code = Some(field);
            return form(&member, None, &typed);
        }
    };
    let description = wanted.description.clone();
    let made = member
        .lockbox()
        .acting(move |lockbox| add(lockbox, &by, &wanted))
        .await;
    match made {
        Ok((id, secret)) => show_secret(&member, id, &description, &secret, None),
        Err(ActError::Unfit(flaws)) => {
            typed.flaws = flaws;
            form(&member, None, &typed)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /settings/webhooks/{webhook}/change`.
///
/// # Errors
/// 403 for whoever may not change them, 404 for one that is not there.
pub async fn show(member: Member, id: Path<String>) -> Answer {
    let side = changing(&member)?;
    let setting = find(&member, side, &id).await?.webhook.setting;
    let typed = Typed {
        url: setting.url.to_string(),
        description: setting.description.to_string(),
        wants: setting.wants.words().map(str::to_owned).collect(),
        flaws: Vec::new(),
        code: member.code_field(),
    };
    form(&member, Some(&setting), &typed)
}

/// `POST /settings/webhooks/{webhook}/change`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn save(member: Member, id: Path<String>, posted: Posted<Posting>) -> Answer {
    let side = changing(&member)?;
    let Posted { fields, code } = posted;
    let mut typed = fields.read()?;
    let setting = find(&member, side, &id).await?.webhook.setting;
    let Some(wanted) = looked_at(&member, &mut typed).await else {
        typed.code = member.code_field();
        return form(&member, Some(&setting), &typed);
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(field) => {
            typed.code = Some(field);
            return form(&member, Some(&setting), &typed);
        }
    };
    let id = setting.id;
    let done = member
        .lockbox()
        .acting(move |lockbox| change(lockbox, &by, id, &wanted))
        .await;
    match done {
        Ok(()) => Ok(see_other(&format!("{}?changed", href(id)))),
        Err(ActError::Unfit(flaws)) => {
            typed.flaws = flaws;
            form(&member, Some(&setting), &typed)
        }
        Err(error) => Err(error.into()),
    }
}

/// The page that shows a secret, once; `until` is when the one before stops to sign.
pub(super) fn show_secret(
    member: &Member,
    id: WebhookId,
    description: &Line,
    secret: &SecretString,
    until: Option<Moment>,
) -> Answer {
    let shown = WebhookSecretPage {
        shell: member.shell(Place::Webhooks),
        href: href(id),
        description: description.to_string(),
        secret: secret.expose_secret().to_owned(),
        former_until: until.map(|until| member.times().at(until)),
    };
    page_with(StatusCode::CREATED, &shown)
}

/// What is wanted, if nothing is wrong with it and its address may be delivered to as far as can be seen now.
async fn looked_at(member: &Member, typed: &mut Typed) -> Option<Wanted> {
    let wanted = typed.parse();
    let url = wanted.as_ref().map(|wanted| &wanted.url)?;
    match looks_right(member.lockbox(), url).await {
        Ok(()) => wanted,
        Err(flaw) => {
            typed.flaws.push(flaw);
            None
        }
    }
}

fn form(member: &Member, known: Option<&WebhookSetting>, typed: &Typed) -> Answer {
    let field = |name: &str, value: &str| Field {
        value: value.to_owned(),
        error: Flaw::words_of(&typed.flaws, name),
    };
    let mut whole = typed.flaws.clone();
    whole.retain(|flaw| !["url", "description", "wants"].contains(&flaw.field));
    let code = typed.code.clone();
    let refused = !typed.flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = WebhookFormPage {
        shell: member.shell(Place::Webhooks),
        known: known.map(|known| known.description.to_string()),
        action: known.map_or_else(
            || format!("{LIST}/new"),
            |known| format!("{}/change", href(known.id)),
        ),
        back: known.map_or_else(|| LIST.to_owned(), |known| href(known.id)),
        url: field("url", &typed.url),
        description: field("description", &typed.description),
        all: typed.wants.iter().any(|word| word == ALL),
        groups: Group::EVERY.map(|group| facts(group, &typed.wants)).into(),
        wants_error: Flaw::words_of(&typed.flaws, "wants"),
        code,
        problem: (!whole.is_empty()).then(|| Flaw::sentences(&whole)),
    };
    form_page(refused, &page)
}

fn facts(group: Group, chosen: &[String]) -> FactGroup {
    let choice = |word: &str, label: String| FactChoice {
        field: field_of(word),
        label,
        code: word.to_owned(),
        chosen: chosen.iter().any(|chosen| chosen == word),
    };
    FactGroup {
        whole: choice(group.as_str(), group.name().to_owned()),
        facts: group.acts().map(|act| choice(act, label(act))).collect(),
    }
}

/// A fact's name as people read it: "Request filed".
fn label(act: &str) -> String {
    let words = act.replace(['.', '_'], " ").replace("api key", "API key");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_uppercase(), letters.as_str())
    })
}
