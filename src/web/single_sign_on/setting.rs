//! Settings > Org settings > Security & privacy > Single sign-on: setting it, and trying it.

use actix_web::HttpRequest;
use url::Url;

use super::shown::{SETTING, view};
use super::typed::Posting;
use super::{key_of, sent_away, way_back};
use crate::acts::single_sign_on::{self as acts, Kept, Purpose, SignOnError};
use crate::acts::{ActError, Flaw};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::text::sentence;
use crate::identity::oidc::attempt::Answer as Answered;
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, page, see_other};
use crate::web::view::{Message, Tone};

/// `GET /settings/single-sign-on`, and what was done just before it: `?saved`, `?tested`.
///
/// # Errors
/// 403 for whoever may not see the settings of their side.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let mut view = view(&member, None).await?;
    let done = match request.query_string() {
        "saved" if view.may_change => "Saved. Test it now: it signs nobody in before that.",
        "tested" if view.may_change => {
            "It works: the identity provider named you. You can turn it on now."
        }
        _ => return page(&view),
    };
    view.shell.messages.push(Message::new(Tone::Good, done));
    page(&view)
}

/// `POST /settings/single-sign-on`.
///
/// # Errors
/// 403 for whoever may not change it, and whatever the act says.
pub async fn save(member: Member, posted: Posted<Posting>) -> Answer {
    changing(&member)?;
    let Posted { fields, code } = posted;
    let (wanted, mut typed) = fields.parse();
    let Some(wanted) = wanted else {
        typed.code = member.code_field();
        return form_page(true, &view(&member, Some(typed)).await?);
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(field) => {
            typed.code = Some(field);
            return form_page(true, &view(&member, Some(typed)).await?);
        }
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| acts::set(lockbox, &by, &wanted))
        .await;
    match done {
        Ok(()) => Ok(see_other("/settings/single-sign-on?saved")),
        Err(ActError::Unfit(flaws)) => {
            typed.flaws = flaws;
            form_page(true, &view(&member, Some(typed)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /settings/single-sign-on/test`: sends the administrator to the identity provider, as people will be.
///
/// # Errors
/// 403 for whoever may not change it, 404 before it is set.
pub async fn test(member: Member) -> Answer {
    changing(&member)?;
    let key = key_of(member.tenant());
    let way_back = way_back(member.site(), key)?;
    let side = member.person().side;
    let begun = acts::begin(member.lockbox(), side, &way_back, Purpose::Test, SETTING).await;
    match begun {
        Ok(begun) => sent_away(member.site(), &begun),
        Err(error) => failed(&member, error).await,
    }
}

/// The administrator is back from the identity provider.
pub(super) async fn tested(member: &Member, way_back: Url, kept: Kept, answer: Answered) -> Answer {
    changing(member)?;
    match acts::test(member.lockbox(), &member.who, way_back, kept, answer).await {
        Ok(()) => Ok(see_other("/settings/single-sign-on?tested")),
        Err(error) => failed(member, error).await,
    }
}

/// Whether this person may change it.
pub(super) fn changing(member: &Member) -> Result<(), WebError> {
    let subject = Subject::of(member.person().side);
    Ok(may(&member.who, Act::SetSingleSignOn, subject)?)
}

/// Who sets it up reads why it does not work; nobody else does.
async fn failed(member: &Member, error: SignOnError) -> Answer {
    let why = match error {
        SignOnError::Act(ActError::Unfit(flaws)) => Flaw::sentences(&flaws),
        SignOnError::Act(error) => return Err(error.into()),
        SignOnError::NotThere => return Err(WebError::NotFound),
        why => format!("The test failed: {}", sentence(&why.to_string())),
    };
    let mut view = view(member, None).await?;
    view.problem = Some(why);
    form_page(true, &view)
}
