//! Choosing roles, and changing those of a person.

use actix_web::web::Path;
use serde::Deserialize;

use super::href;
use super::person::find;
use crate::acts::{ActError, Flaw, people};
use crate::domain::person::{Person, Role, Side};
use crate::domain::rights::{Act, Subject, may};
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, Place, RoleChoice, RolesPage};

/// The fields of a form, each as it came: which of them are roles depends on the side.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The chosen roles of this side, and the other fields in the order of their names. A field that the form does not
    /// have, or one that stands there twice, is refused.
    ///
    /// # Errors
    /// [`WebError::NoForm`].
    pub fn read<const N: usize>(
        self,
        side: Side,
        names: [&str; N],
    ) -> Result<(Vec<Role>, [String; N]), WebError> {
        let mut roles = Vec::new();
        let mut others: [Option<String>; N] = std::array::from_fn(|_| None);
        for (name, value) in self.0 {
            let role = Role::parse(&name).filter(|role| side.has(*role));
            let place = names.iter().position(|known| *known == name);
            match (role, place.and_then(|place| others.get_mut(place))) {
                (Some(role), _) if value == "on" && !roles.contains(&role) => roles.push(role),
                (None, Some(other)) if other.is_none() => *other = Some(value),
                _ => return Err(WebError::NoForm(format!("no field {name} was wanted so"))),
            }
        }
        roles.sort_unstable();
        Ok((roles, others.map(Option::unwrap_or_default)))
    }
}

/// `GET /people/{person}/roles`.
///
/// # Errors
/// 403 for whoever may not change them, 404 for who is not there.
pub async fn show(member: Member, id: Path<String>) -> Answer {
    let person = find(&member, &id).await?;
    may(member.person(), Act::ChangeRoles, Subject::Person(&person))?;
    let roles = person.role_names();
    form(&member, &person, &roles, &roles, member.code_field(), None)
}

/// `POST /people/{person}/roles`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn change(member: Member, id: Path<String>, posted: Posted<Fields>) -> Answer {
    let (roles, [seen]) = posted.fields.read(member.person().side, ["seen"])?;
    let person = find(&member, &id).await?;
    may(member.person(), Act::ChangeRoles, Subject::Person(&person))?;
    let seen = seen_roles(&seen);
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &person, &seen, &roles, Some(code), None),
    };
    let (id, wanted, before) = (person.id, roles.clone(), seen.clone());
    let done = member
        .lockbox()
        .acting(move |lockbox| people::change_roles(lockbox, &by, id, &before, &wanted))
        .await;
    match done {
        Ok(person) => Ok(see_other(&format!("{}?changed", href(person.id)))),
        Err(ActError::Unfit(flaws)) => {
            let problem = Some(Flaw::sentences(&flaws));
            let now = person.role_names();
            form(&member, &person, &now, &roles, None, problem)
        }
        Err(error) => Err(error.into()),
    }
}

/// The roles of a side to choose from.
pub(super) fn choices(side: Side, chosen: &[Role]) -> Vec<RoleChoice> {
    Role::ALL
        .into_iter()
        .filter(|role| side.has(*role))
        .map(|role| {
            let label = role.to_string();
            let mut letters = label.chars();
            let label = letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect())
                .unwrap_or_default();
            RoleChoice {
                name: role.as_str(),
                label,
                hint: hint(role),
                chosen: chosen.contains(&role),
            }
        })
        .collect()
}

const fn hint(role: Role) -> &'static str {
    match role {
        Role::Engineer => "Files data access requests and uses the access.",
        Role::SupportManager => "Endorses or rejects requests before the customer is asked.",
        Role::ProviderAdministrator => "Manages your people and enrols customers.",
        Role::ProviderAuditor => "Reads everything of your side and changes nothing.",
        Role::GlobalAdministrator => {
            "Decides requests, switches Customer Lockbox and manages your people."
        }
        Role::AccessApprover => "Decides requests; cannot switch Customer Lockbox off.",
        Role::Auditor => "Reads everything of your organisation and changes nothing.",
    }
}

fn seen_roles(text: &str) -> Vec<Role> {
    text.split(' ').filter_map(Role::parse).collect()
}

fn form(
    member: &Member,
    person: &Person,
    seen: &[Role],
    roles: &[Role],
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let seen: Vec<&str> = seen.iter().map(|role| role.as_str()).collect();
    let view = RolesPage {
        shell: member.shell(Place::People),
        href: href(person.id),
        name: person.name.to_string(),
        seen: seen.join(" "),
        roles: choices(person.side, roles),
        roles_error: problem,
        code,
    };
    form_page(refused, &view)
}
