//! Adding, naming and removing one's passkeys.

use actix_web::web::Path;
use serde::Deserialize;
use uuid::Uuid;

use crate::acts::passkeys::{add, remove, rename};
use crate::acts::{ActError, Flaw};
use crate::domain::id::PasskeyId;
use crate::domain::rights::Denied;
use crate::store::passkeys::{self as stored, Passkey};
use crate::web::error::WebError;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, Member, ToGain};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::session::Visit;
use crate::web::typed;
use crate::web::view::{
    CodeField, Device, Field, NewPasskeyPage, PasskeyPage, PasskeyRemovalPage, Place,
};

/// The form that adds one: its name, and what the browser said where it made it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    #[serde(default)]
    name: String,
}

/// The form that gives one another name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    name: String,
}

/// `GET /security/passkeys/new`.
///
/// # Errors
/// 404 where the portal's address is a number.
pub async fn show_new(member: Member) -> Answer {
    let name = Field::of(Device(&member.visit().agent).to_string());
    new_page(&member, name, member.code_field_to_gain(), None)
}

/// `POST /security/passkeys/new`: the fresh second factor where it was asked for; then the passkey itself.
///
/// # Errors
/// 404 where the portal's address is a number, and whatever the act says.
pub async fn make(member: Member, posted: Posted<New>) -> Answer {
    let typed = Field::of(posted.fields.name);
    if member.who.gaining(member.now()).is_none() {
        return match member.confirm_to_gain(posted.code.as_deref()).await? {
            ToGain::Gaining(_) => Ok(see_other("/security/passkeys/new")),
            ToGain::Ask(code) => new_page(&member, typed, Some(code), None),
        };
    }
    let name = match typed::line("name", &typed.value) {
        Ok(name) => name,
        Err(error) => return new_page(&member, typed.refused(error), None, None),
    };
    let Some(answer) = posted.code else {
        let words = "Press \u{201c}Create the passkey\u{201d} and follow your device.".to_owned();
        return new_page(&member, typed, None, Some(words));
    };
    let by = match member.confirm_to_gain(None).await? {
        ToGain::Gaining(by) => by,
        ToGain::Ask(code) => return new_page(&member, typed, Some(code), None),
    };
    let site = member.site_data();
    let done = member
        .lockbox()
        .acting(move |lockbox| match &site.passkeys {
            Some(party) => add(lockbox, &by, party, &name, &answer),
            None => Err(Denied::NotThere.into()),
        })
        .await;
    match done {
        Ok(_) => {
            member.go_on(&Visit {
                has_passkey: true,
                ..member.visit().clone()
            })?;
            Ok(see_other("/security?added"))
        }
        Err(ActError::Unfit(flaws)) => {
            new_page(&member, typed, None, Some(Flaw::sentences(&flaws)))
        }
        Err(ActError::Taken(_)) => {
            let words = "That passkey is somebody's already. Create another one.".to_owned();
            new_page(&member, typed, None, Some(words))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /security/passkeys/{passkey}`.
///
/// # Errors
/// 404 for what is no passkey of theirs.
pub async fn show(member: Member, id: Path<String>) -> Answer {
    let passkey = theirs(&member, &id).await?;
    let name = Field::of(passkey.name.to_string());
    one_page(&member, &passkey, name, member.code_field())
}

/// `POST /security/passkeys/{passkey}`: another name.
///
/// # Errors
/// 404 for what is no passkey of theirs, and whatever the act says.
pub async fn save(member: Member, id: Path<String>, posted: Posted<Name>) -> Answer {
    let passkey = theirs(&member, &id).await?;
    let typed = Field::of(posted.fields.name);
    let name = match typed::line("name", &typed.value) {
        Ok(name) => name,
        Err(error) => {
            let code = member.code_field();
            return one_page(&member, &passkey, typed.refused(error), code);
        }
    };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return one_page(&member, &passkey, typed, Some(code)),
    };
    let id = passkey.id;
    member
        .lockbox()
        .acting(move |lockbox| rename(lockbox, &by, id, &name))
        .await?;
    Ok(see_other("/security?renamed"))
}

/// `GET /security/passkeys/{passkey}/removal`.
///
/// # Errors
/// 404 for what is no passkey of theirs.
pub async fn show_removal(member: Member, id: Path<String>) -> Answer {
    let passkey = theirs(&member, &id).await?;
    removal_page(&member, &passkey, member.code_field(), None)
}

/// `POST /security/passkeys/{passkey}/removal`.
///
/// # Errors
/// 404 for what is no passkey of theirs, and whatever the act says.
pub async fn take_away(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    let passkey = theirs(&member, &id).await?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return removal_page(&member, &passkey, Some(code), None),
    };
    let (id, person) = (passkey.id, member.person().id);
    let done = member
        .lockbox()
        .acting(move |lockbox| {
            remove(lockbox, &by, id)?;
            Ok::<_, ActError>(lockbox.store.read(|conn| stored::has_one(conn, person))?)
        })
        .await;
    match done {
        Ok(has_passkey) => {
            member.go_on(&Visit {
                has_passkey,
                ..member.visit().clone()
            })?;
            Ok(see_other("/security?removed"))
        }
        Err(ActError::Unfit(flaws)) => {
            removal_page(&member, &passkey, None, Some(Flaw::sentences(&flaws)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn theirs(member: &Member, id: &str) -> Result<Passkey, WebError> {
    let id: Uuid = id.parse().map_err(|_| WebError::NotFound)?;
    let person = member.person().id;
    let passkeys = member
        .lockbox()
        .reading(move |conn| stored::of_person(conn, person))
        .await?;
    let mut passkeys = passkeys.into_iter();
    let found = passkeys.find(|passkey| passkey.id == PasskeyId(id));
    found.ok_or(WebError::NotFound)
}

fn new_page(
    member: &Member,
    name: Field,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    if member.site().passkeys.is_none() {
        return Err(WebError::NotFound);
    }
    let refused = problem.is_some()
        || name.error.is_some()
        || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = NewPasskeyPage {
        shell: member.shell(Place::Elsewhere),
        name,
        code,
        problem,
    };
    form_page(refused, &page)
}

fn one_page(member: &Member, passkey: &Passkey, name: Field, code: Option<CodeField>) -> Answer {
    let refused = name.error.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let times = member.times();
    let page = PasskeyPage {
        shell: member.shell(Place::Elsewhere),
        id: passkey.id.to_string(),
        called: passkey.name.to_string(),
        since: times.at(passkey.since),
        used: passkey.last_used_at.map(|at| times.at(at)),
        name,
        code,
    };
    form_page(refused, &page)
}

fn removal_page(
    member: &Member,
    passkey: &Passkey,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = PasskeyRemovalPage {
        shell: member.shell(Place::Elsewhere),
        id: passkey.id.to_string(),
        called: passkey.name.to_string(),
        code,
        problem,
    };
    form_page(refused, &page)
}
