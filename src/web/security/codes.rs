//! Making recovery codes. They are shown once, by the answer to the form itself.

use actix_web::http::StatusCode;

use crate::acts::recovery_codes::make;
use crate::identity::recovery::RecoveryCode;
use crate::store::recovery_codes;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, page_with};
use crate::web::view::{CodeField, MadeCodesPage, Place, RecoveryCodesPage};

/// `GET /security/recovery-codes`.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Member) -> Answer {
    form(&member, member.code_field()).await
}

/// `POST /security/recovery-codes`.
///
/// # Errors
/// Whatever the act says.
pub async fn make_new(member: Member, posted: Posted<Nothing>) -> Answer {
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, Some(code)).await,
    };
    let codes = member
        .lockbox()
        .acting(move |lockbox| make(lockbox, &by))
        .await?;
    let made = MadeCodesPage {
        shell: member.shell(Place::Elsewhere),
        address: member.person().email.to_string(),
        made: member.times().at(member.now()),
        codes: codes
            .iter()
            .map(RecoveryCode::expose)
            .map(str::to_owned)
            .collect(),
    };
    page_with(StatusCode::CREATED, &made)
}

async fn form(member: &Member, code: Option<CodeField>) -> Answer {
    let person = member.person().id;
    let left = member
        .lockbox()
        .reading(move |conn| recovery_codes::left(conn, person))
        .await?;
    let refused = code.as_ref().is_some_and(|code| code.error.is_some());
    let page = RecoveryCodesPage {
        shell: member.shell(Place::Elsewhere),
        left: left.len(),
        code,
    };
    form_page(refused, &page)
}
