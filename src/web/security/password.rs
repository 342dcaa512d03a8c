//! Changing one's password.

use secrecy::SecretString;
use serde::Deserialize;

use crate::acts::{ActError, Flaw, password};
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, NewPasswordPage, Place};

/// The form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    current: SecretString,
    password: SecretString,
}

/// `GET /security/password`.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(member: Member) -> Answer {
    form(&member, &[], member.code_field())
}

/// `POST /security/password`.
///
/// # Errors
/// Whatever the act says.
pub async fn change(member: Member, posted: Posted<Passwords>) -> Answer {
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &[], Some(code)),
    };
    let Passwords { current, password } = posted.fields;
    match password::change(member.lockbox(), *by, current, password).await {
        Ok(()) => Ok(see_other("/security?password")),
        Err(ActError::Unfit(flaws)) => form(&member, &flaws, None),
        Err(error) => Err(error.into()),
    }
}

fn form(member: &Member, flaws: &[Flaw], code: Option<CodeField>) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = NewPasswordPage {
        shell: member.shell(Place::Elsewhere),
        email: member.person().email.to_string(),
        current_error: Flaw::words_of(flaws, "current"),
        password_error: Flaw::words_of(flaws, "password"),
        code,
    };
    form_page(refused, &page)
}
