//! Setting up an authenticator app, in place of the one there was.

use serde::Deserialize;

use crate::acts::authenticator::{Answer as Proof, Offer, offer, offer_again, replace};
use crate::acts::{ActError, Flaw};
use crate::domain::second_factor::FactorKind;
use crate::web::door::app_offer;
use crate::web::form::Posted;
use crate::web::guard::{Member, ToGain};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{AppOffer, CodeField, NewAppPage, Place};

/// The form: the secret, sealed as it was shown. Its code is the new app's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    #[serde(default)]
    app: String,
}

/// `GET /security/authenticator-app`.
///
/// # Errors
/// When a secret cannot be sealed.
pub async fn show(member: Member) -> Answer {
    if let Some(code) = member.code_field_to_gain() {
        return page(&member, None, code);
    }
    let offered = offer(member.lockbox(), member.person().id)?;
    form(&member, &offered, CodeField::default())
}

/// `POST /security/authenticator-app`: the fresh second factor where it was asked for; then the new app's code.
///
/// # Errors
/// Whatever the act says.
pub async fn set_up(member: Member, posted: Posted<New>) -> Answer {
    let Some(by) = member.who.gaining(member.now()) else {
        return match member.confirm_to_gain(posted.code.as_deref()).await? {
            ToGain::Gaining(_) => Ok(see_other("/security/authenticator-app")),
            ToGain::Ask(code) => page(&member, None, code),
        };
    };
    let sealed = posted.fields.app;
    let proof = Proof {
        sealed: sealed.clone(),
        code: posted.code.unwrap_or_default(),
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| replace(lockbox, &by, &proof))
        .await;
    match done {
        Ok(factor) => {
            // Who came in by a recovery code has shown this one now.
            if member.who.second_factor.kind == FactorKind::RecoveryCode {
                member.go_on(&member.visit().clone().showing(factor, member.now()))?;
            }
            Ok(see_other("/security?app"))
        }
        Err(ActError::Unfit(flaws)) => {
            let offered = offer_again(member.lockbox(), member.person().id, &sealed)?;
            let code = CodeField::refused(Flaw::sentences(&flaws));
            form(&member, &offered, code)
        }
        Err(error) => Err(error.into()),
    }
}

fn form(member: &Member, offered: &Offer, code: CodeField) -> Answer {
    let app = app_offer(offered, member.person().email.as_str());
    page(member, Some(app), code)
}

fn page(member: &Member, app: Option<AppOffer>, code: CodeField) -> Answer {
    let refused = code.error.is_some();
    let page = NewAppPage {
        shell: member.shell(Place::Elsewhere),
        app,
        code,
    };
    form_page(refused, &page)
}
