//! Making an API key. Its text is shown once, by the answer to the form itself.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{hint, href};
use crate::acts::api_keys::{DAYS, NewKey, issue};
use crate::acts::{ActError, Flaw};
use crate::domain::key::{BOUND_TO_MAX, KeyScope};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::text::Slug;
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, page_with};
use crate::web::typed::called;
use crate::web::view::{
    Choice, CodeField, Field, IssuedKeyPage, NewKeyPage, Place, RoleChoice, Select,
};

/// How long a key can be made for: the days, and what they are called.
const LENGTHS: [(&str, &str); 5] = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "1 year"),
    ("1095", "3 years"),
    (FOR_EVER, "Until it is revoked"),
];
const FOR_EVER: &str = "for-ever";

/// The fields of the form, each as it came: which of them are scopes depends on the side.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

/// What was typed.
struct Typed {
    name: String,
    scopes: Vec<KeyScope>,
    tenants: String,
    services: String,
    days: String,
}

/// `GET /api-keys/new`.
///
/// # Errors
/// 403 for whoever may not make keys.
pub async fn show(member: Member) -> Answer {
    may(
        member.person(),
        Act::ManageApiKeys,
        Subject::of(member.person().side),
    )?;
    let typed = Typed {
        name: String::new(),
        scopes: Vec::new(),
        tenants: String::new(),
        services: String::new(),
        days: DAYS.to_string(),
    };
    form(&member, typed, member.code_field(), &[])
}

/// `POST /api-keys/new`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn make(member: Member, posted: Posted<Fields>) -> Answer {
    may(
        member.person(),
        Act::ManageApiKeys,
        Subject::of(member.person().side),
    )?;
    let typed = posted.fields.read(member.tenant().is_some())?;
    let parsed = typed.parse();
    let flaws = parsed.as_ref().err().cloned().unwrap_or_default();
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, typed, Some(code), &flaws),
    };
    let Ok(new) = parsed else {
        return form(&member, typed, None, &flaws);
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| issue(lockbox, &by, &new))
        .await;
    match done {
        Ok((key, text)) => {
            let issued = IssuedKeyPage {
                shell: member.shell(Place::ApiKeys),
                href: href(key.id),
                name: key.name.to_string(),
                text: text.expose().to_owned(),
                until: key.expires_at.map(|at| member.times().at(at)),
            };
            page_with(StatusCode::CREATED, &issued)
        }
        Err(ActError::Unfit(flaws)) => form(&member, typed, None, &flaws),
        Err(ActError::Taken(_)) => {
            let words = "A key of this name was made before. A name is used once, so that the audit log names one key by it.";
            form(&member, typed, None, &[Flaw::of("name", words)])
        }
        Err(error) => Err(error.into()),
    }
}

impl Fields {
    /// A field that the form does not have, or one that stands there twice, is refused.
    fn read(self, of_tenant: bool) -> Result<Typed, WebError> {
        let mut scopes = Vec::new();
        let (mut name, mut tenants, mut services, mut days) = (None, None, None, None);
        for (field, value) in self.0 {
            let scope = KeyScope::parse(&field).filter(|scope| !of_tenant || scope.only_reads());
            let place = match field.as_str() {
                "name" => Some(&mut name),
                "tenants" if !of_tenant => Some(&mut tenants),
                "services" => Some(&mut services),
                "days" => Some(&mut days),
                _ => None,
            };
            match (scope, place) {
                (Some(scope), _) if value == "on" && !scopes.contains(&scope) => scopes.push(scope),
                (None, Some(place)) if place.is_none() => *place = Some(value),
                _ => return Err(WebError::NoForm(format!("no field {field} was wanted so"))),
            }
        }
        Ok(Typed {
            name: name.unwrap_or_default(),
            scopes,
            tenants: tenants.unwrap_or_default(),
            services: services.unwrap_or_default(),
            days: days.unwrap_or_default(),
        })
    }
}

impl Typed {
    fn parse(&self) -> Result<NewKey, Vec<Flaw>> {
        let mut flaws = Vec::new();
        let name = called("name", &self.name).map_err(|words| flaws.push(Flaw::of("name", words)));
        if self.scopes.is_empty() {
            flaws.push(Flaw::of(
                "scope",
                "Choose at least one thing that it may do.",
            ));
        }
        let tenants = keys("tenants", &self.tenants).map_err(|flaw| flaws.push(flaw));
        let services = keys("services", &self.services).map_err(|flaw| flaws.push(flaw));
        let days = match self.days.as_str() {
            FOR_EVER => Ok(None),
            days => days.parse().map(Some),
        };
        let days = days.map_err(|_| flaws.push(Flaw::of("days", "Choose how long it works.")));
        match (name, tenants, services, days) {
            (Ok(name), Ok(tenants), Ok(services), Ok(days)) if flaws.is_empty() => Ok(NewKey {
                tenants,
                services,
                days,
                ..NewKey::named(name, &self.scopes)
            }),
            _ => Err(flaws),
        }
    }
}

/// Keys of tenants or services with commas or spaces between.
fn keys(field: &'static str, text: &str) -> Result<Vec<Slug>, Flaw> {
    let parts = text.split([',', ' ', '\n', '\r', '\t']);
    let keys: Result<Vec<Slug>, _> = parts
        .filter(|part| !part.is_empty())
        .take(BOUND_TO_MAX + 1)
        .map(Slug::parse)
        .collect();
    keys.map_err(|_| {
        let words = "Write the keys as they stand in their lists, such as exchange-online, with commas between.";
        Flaw::of(field, words)
    })
}

fn form(member: &Member, typed: Typed, code: Option<CodeField>, flaws: &[Flaw]) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let field = |value, name| Field {
        value,
        error: Flaw::words_of(flaws, name),
    };
    let of_tenant = member.tenant().is_some();
    let scopes = KeyScope::ALL
        .into_iter()
        .filter(|scope| !of_tenant || scope.only_reads())
        .map(|scope| RoleChoice {
            name: scope.as_str(),
            label: scope.as_str().to_owned(),
            hint: hint(scope),
            chosen: typed.scopes.contains(&scope),
        });
    let lengths = LENGTHS.map(|(value, label)| Choice {
        chosen: value == typed.days,
        ..Choice::new(value, label)
    });
    let view = NewKeyPage {
        shell: member.shell(Place::ApiKeys),
        name: field(typed.name, "name"),
        scopes: scopes.collect(),
        scopes_error: Flaw::words_of(flaws, "scope"),
        tenants: (!of_tenant).then(|| field(typed.tenants, "tenants")),
        services: field(typed.services, "services"),
        days: Select {
            choices: lengths.into(),
            error: Flaw::words_of(flaws, "days"),
        },
        code,
    };
    form_page(refused, &view)
}
