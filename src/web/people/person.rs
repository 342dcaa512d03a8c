//! One person: what is known of them, and removing, resetting and inviting again, each asked once more.

use actix_web::HttpRequest;
use actix_web::web::Path;
use uuid::Uuid;

use super::{href, row};
use crate::acts::sign_in::Fresh;
use crate::acts::{ActError, Flaw, Lockbox, people};
use crate::domain::id::PersonId;
use crate::domain::one_time_link::LinkKind;
use crate::domain::person::{Person, Role, Side, roles_in_words};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::store::{self, Stored, identity_links, one_time_links, requests, sign_ins};
use crate::web::error::WebError;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, page, see_other};
use crate::web::view::{CodeField, ConfirmPage, Message, PersonPage, Place, Tone};

/// `GET /people/{person}`, and what was done just before it: `?changed`, `?reset`, `?unlinked`, `?stopped`,
/// `?invited`.
///
/// # Errors
/// 403 for whoever may not see people, 404 for who is not there.
pub async fn show(member: Member, id: Path<String>, request: HttpRequest) -> Answer {
    let who = member.person();
    let person = find(&member, &id).await?;
    let id = person.id;
    let known = [person.clone()];
    let found: Stored<_> = member
        .lockbox()
        .reading(move |conn| {
            let last = sign_ins::last_of(conn, &[id])?.remove(&id);
            Ok((
                last,
                store::people::with_own_factor(conn, &known)?,
                one_time_links::times(conn, id, LinkKind::Invitation)?,
                identity_links::of_person(conn, id)?,
                people::may_be_invited_again(conn, &known[0])?,
            ))
        })
        .await;
    let (last, own, invitation, link, can_be_invited) = found?;
    let (times, now) = (member.times(), member.now());
    let may_change = may(who, Act::ChangeRoles, Subject::Person(&person));
    let may_stop = may(who, Act::StopWeakening, Subject::Person(&person)).is_ok();
    let mut shell = member.shell(Place::People);
    let done = match request.query_string() {
        "changed" => Some("Changed. They and everybody concerned are told by mail."),
        "reset" => Some("Reset. They enrol a new authenticator app when they sign in."),
        "unlinked" => Some("Unlinked. They and everybody concerned are told by mail."),
        "stopped" => Some("Stopped. They and everybody concerned are told by mail."),
        "invited" => Some("Invited again. The link sent before does not work any more."),
        _ => None,
    };
    let done = done.filter(|_| may_change.is_ok() || may_stop);
    shell
        .messages
        .extend(done.map(|words| Message::new(Tone::Good, words)));
    page(&PersonPage {
        shell,
        person: row(&person, &own, last, times),
        known_to: link.map(|link| (link.issuer.to_string(), times.at(link.since))),
        joined: person.joined.map(|at| times.at(at)),
        invited_until: invitation
            .map(|(_, until)| until)
            .filter(|until| *until > now)
            .map(|until| times.at(until)),
        can_be_invited,
        decides_from: person.decides_from(now).map(|from| times.at(from)),
        may_stop,
        may_change: may_change.is_ok(),
        why_not: (may_change == Err(Denied::Own)).then(|| {
            "This is you. Another administrator changes your roles, resets your second factors or removes you."
                .to_owned()
        }),
    })
}

/// `GET /people/{person}/removal`.
///
/// # Errors
/// 403 for whoever may not remove them, 404 for who is not there.
pub async fn show_removal(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Removal).await
}

/// `POST /people/{person}/removal`.
///
/// # Errors
/// As [`show_removal`], and whatever the act says.
pub async fn remove(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Removal).await
}

/// `GET /people/{person}/second-factor`.
///
/// # Errors
/// As [`show_removal`].
pub async fn show_reset(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Reset).await
}

/// `POST /people/{person}/second-factor`.
///
/// # Errors
/// As [`remove`].
pub async fn reset(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Reset).await
}

/// `GET /people/{person}/invitation`.
///
/// # Errors
/// As [`show_removal`].
pub async fn show_invitation(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Invitation).await
}

/// `POST /people/{person}/invitation`.
///
/// # Errors
/// As [`remove`].
pub async fn invite_again(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Invitation).await
}

/// `GET /people/{person}/single-sign-on`.
///
/// # Errors
/// As [`show_removal`].
pub async fn show_unlinking(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Unlinking).await
}

/// `POST /people/{person}/single-sign-on`: takes away what an identity provider calls them.
///
/// # Errors
/// As [`remove`].
pub async fn unlink(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Unlinking).await
}

/// `GET /people/{person}/deciding`.
///
/// # Errors
/// 403 for whoever may not stop them, 404 for who is not there, and where nothing waits.
pub async fn show_stopping(member: Member, id: Path<String>) -> Answer {
    ask(&member, &id, Asked::Stopping).await
}

/// `POST /people/{person}/deciding`: takes away what decides and does not count yet.
///
/// # Errors
/// As [`show_stopping`], and whatever the act says.
pub async fn stop_deciding(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    done(&member, &id, posted, Asked::Stopping).await
}

/// The person of an address, if they are of the side of who looks. Anybody else never was.
pub(super) async fn find(member: &Member, id: &str) -> Result<Person, WebError> {
    let who = member.person();
    may(who, Act::SeePeople, Subject::of(who.side))?;
    let id = Uuid::try_parse(id)
        .map(PersonId)
        .map_err(|_| WebError::NotFound)?;
    let found = member
        .lockbox()
        .reading(move |conn| store::people::by_id(conn, id))
        .await?;
    found
        .filter(|person| person.side == who.side && person.removed.is_none())
        .ok_or(WebError::NotFound)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Removal,
    Reset,
    Unlinking,
    Stopping,
    Invitation,
}

impl Asked {
    const fn act(self) -> Act {
        match self {
            Self::Removal => Act::RemovePerson,
            Self::Reset => Act::ResetSecondFactor,
            Self::Unlinking => Act::UnlinkPerson,
            Self::Stopping => Act::StopWeakening,
            Self::Invitation => Act::InvitePerson,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Removal => "removal",
            Self::Reset => "second-factor",
            Self::Unlinking => "single-sign-on",
            Self::Stopping => "deciding",
            Self::Invitation => "invitation",
        }
    }

    fn carry_out(self, lockbox: &Lockbox, by: &Fresh, id: PersonId) -> Result<String, ActError> {
        Ok(match self {
            Self::Removal => {
                people::remove(lockbox, by, id)?;
                "/people?removed".to_owned()
            }
            Self::Reset => {
                people::reset_second_factor(lockbox, by, id)?;
                format!("{}?reset", href(id))
            }
            Self::Unlinking => {
                people::unlink(lockbox, by, id)?;
                format!("{}?unlinked", href(id))
            }
            Self::Stopping => {
                people::stop_deciding(lockbox, by, id)?;
                format!("{}?stopped", href(id))
            }
            Self::Invitation => {
                people::invite_again(lockbox, by, id)?;
                format!("{}?invited", href(id))
            }
        })
    }
}

async fn ask(member: &Member, id: &str, asked: Asked) -> Answer {
    let person = find(member, id).await?;
    may(member.person(), asked.act(), Subject::Person(&person))?;
    if asked == Asked::Stopping && person.waits_to_decide(member.now()).is_empty() {
        return Err(WebError::NotFound);
    }
    confirm_page(member, &person, asked, member.code_field(), None).await
}

async fn done(member: &Member, id: &str, posted: Posted<Nothing>, asked: Asked) -> Answer {
    let person = find(member, id).await?;
    may(member.person(), asked.act(), Subject::Person(&person))?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => {
            return confirm_page(member, &person, asked, Some(code), None).await;
        }
    };
    let id = person.id;
    let outcome = member
        .lockbox()
        .acting(move |lockbox| asked.carry_out(lockbox, &by, id))
        .await;
    match outcome {
        Ok(then) => Ok(see_other(&then)),
        Err(ActError::Unfit(flaws)) => {
            let problem = Some(Flaw::sentences(&flaws));
            confirm_page(member, &person, asked, None, problem).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn confirm_page(
    member: &Member,
    person: &Person,
    asked: Asked,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let (name, href) = (&person.name, href(person.id));
    let (title, lede, button) = match asked {
        Asked::Removal => (
            format!("Remove {name}?"),
            "They can no longer sign in. What they did stays in the audit log under their name.",
            "Remove",
        ),
        Asked::Reset => (
            format!("Reset the second factors of {name}?"),
            "For somebody who lost their phone or key. Make sure that it is really they who asked.",
            "Reset second factors",
        ),
        Asked::Unlinking => (
            format!("Unlink {name} from single sign-on?"),
            "For somebody whom the identity provider calls otherwise from now on, or who should not have been let in by it.",
            "Unlink",
        ),
        Asked::Stopping => (
            format!("Stop {name} from deciding?"),
            "They do not decide data access requests yet. What would let them is taken away, and nothing else.",
            "Stop",
        ),
        Asked::Invitation => (
            format!("Invite {name} again?"),
            "They get another mail. The link sent before does not work any more.",
            "Send invitation",
        ),
    };
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let view = ConfirmPage {
        shell: member.shell(Place::People),
        crumbs: vec![
            ("/people".to_owned(), "People".to_owned()),
            (href.clone(), name.to_string()),
        ],
        title,
        lede: lede.to_owned(),
        wanted: None,
        reason: None,
        follows: follows(member, person, asked).await?,
        action: format!("{href}/{}", asked.path()),
        button: button.to_owned(),
        danger: asked != Asked::Invitation,
        back: href,
        code,
        problem,
    };
    form_page(refused, &view)
}

/// What follows for others, counted as it is now.
async fn follows(member: &Member, person: &Person, asked: Asked) -> Result<Vec<String>, WebError> {
    let mut follows = Vec::new();
    if asked == Asked::Reset {
        follows.push("They are signed out everywhere, and set up an authenticator app when they sign in with their password.".to_owned());
        follows.push("Requests filed before that are not theirs to decide.".to_owned());
    }
    if asked == Asked::Unlinking {
        follows.push("They are signed out everywhere.".to_owned());
        follows.push("The next time they come by single sign-on, they are known by their mail address again. Requests filed before that are not theirs to decide by it.".to_owned());
    }
    if asked == Asked::Stopping {
        let waits = person.waits_to_decide(member.now());
        let mut left = person.role_names();
        left.retain(|role| !waits.contains(role));
        follows.push(format!(
            "They are {} no more. The roles that they keep: {}.",
            roles_in_words(&waits),
            roles_in_words(&left)
        ));
        follows.push("They are signed out everywhere.".to_owned());
        follows
            .push("An administrator can give them the same again, which waits again.".to_owned());
    }
    if asked == Asked::Removal {
        let (id, side, now) = (person.id, person.side, member.now());
        let counted: Stored<usize> = member
            .lockbox()
            .reading(move |conn| match side {
                Side::Provider => requests::count_open_of(conn, id, now),
                Side::Tenant(tenant) => requests::count_approved_by(conn, tenant, id, now),
            })
            .await;
        follows.push("They are signed out everywhere.".to_owned());
        follows.extend(what_ends(side, counted?));
        if person.is(Role::Engineer) || side == Side::Provider {
            follows.push("API keys they own stop working.".to_owned());
        }
    }
    let was_here = person.joined.is_some();
    if asked == Asked::Invitation && was_here {
        follows.push("They choose a password and set up an authenticator app by it. Their roles stay as they are.".to_owned());
    }
    if asked != Asked::Invitation || was_here {
        follows.push("They and everybody concerned are told by mail.".to_owned());
    }
    Ok(follows)
}

/// What ends of so many open requests of an engineer, or pending approvals of an approver.
fn what_ends(side: Side, count: usize) -> Option<String> {
    match (side, count) {
        (_, 0) => None,
        (Side::Provider, 1) => {
            Some("Their open request is withdrawn, or its access ends at once.".to_owned())
        }
        (Side::Provider, open) => Some(format!(
            "Their {open} open requests are withdrawn, and access ends at once."
        )),
        (Side::Tenant(_), 1) => Some("Their pending approval no longer counts.".to_owned()),
        (Side::Tenant(_), approvals) => Some(format!(
            "Their {approvals} pending approvals no longer count."
        )),
    }
}
