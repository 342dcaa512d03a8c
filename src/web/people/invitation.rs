//! Inviting somebody.

use super::roles::{Fields, choices};
use super::typed;
use crate::acts::people::{NewPerson, invite};
use crate::acts::{ActError, Flaw};
use crate::domain::person::Role;
use crate::domain::rights::{Act, Subject, may};
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, Field, InvitePage, Place};

/// `GET /people/invitation`.
///
/// # Errors
/// 403 for whoever may not invite.
pub async fn show(member: Member) -> Answer {
    may(
        member.person(),
        Act::InvitePerson,
        Subject::of(member.person().side),
    )?;
    let (code, typed) = (member.code_field(), Typed::default());
    form(&member, typed, code, &[])
}

/// `POST /people/invitation`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn send(member: Member, posted: Posted<Fields>) -> Answer {
    let side = member.person().side;
    may(member.person(), Act::InvitePerson, Subject::of(side))?;
    let (roles, [email, name]) = posted.fields.read(side, ["email", "name"])?;
    let (parsed, flaws) = typed(&email, &name);
    let typed = Typed { email, name, roles };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, typed, Some(code), &flaws),
    };
    let Some((email, name)) = parsed else {
        return form(&member, typed, None, &flaws);
    };
    let new = NewPerson {
        email,
        name,
        roles: typed.roles.clone(),
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| invite(lockbox, &by, &new))
        .await;
    match done {
        Ok(_) => Ok(see_other("/people?invited")),
        Err(ActError::Unfit(flaws)) => form(&member, typed, None, &flaws),
        Err(ActError::Taken(_)) => {
            let words =
                "Somebody of your organisation has this address already, or was invited at it.";
            form(&member, typed, None, &[Flaw::of("email", words)])
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Default)]
struct Typed {
    email: String,
    name: String,
    roles: Vec<Role>,
}

fn form(member: &Member, typed: Typed, code: Option<CodeField>, flaws: &[Flaw]) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let field = |value, name| Field {
        value,
        error: Flaw::words_of(flaws, name),
    };
    let view = InvitePage {
        shell: member.shell(Place::People),
        email: field(typed.email, "email"),
        name: field(typed.name, "name"),
        roles: choices(member.person().side, &typed.roles),
        roles_error: Flaw::words_of(flaws, "role"),
        code,
    };
    form_page(refused, &view)
}
