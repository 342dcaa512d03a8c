//! What a key files: the body of the POST, read whole so that all that does not fit is told at once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shown::{Case, Names};
use crate::acts::Flaw;
use crate::acts::file_request::{CaseNamed, NewCase, NewRequest};
use crate::api::body::{Object, object};
use crate::api::flaws::Flaws;
use crate::api::openapi::words::Length;
use crate::api::problem::Problem;
use crate::domain::id::Reference;
use crate::domain::scope::{ActionName, ObjectPrefix, Scope, ScopeError};
use crate::domain::text::{EmailAddress, Line, Prose, Slug};
use crate::domain::time::Minutes;
use crate::store::conn::Conn;
use crate::store::{Stored, support_cases, tenants};

/// A request to be filed for an engineer.
#[derive(Debug)]
pub(super) struct Filing {
    /// The engineer's mail address.
    pub engineer: EmailAddress,
    /// What is asked for.
    pub new: NewRequest,
}

impl Filing {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let typed: Typed = object(body)?;
        typed.read().map_err(Problem::unfit)
    }

    /// What things are called, as the request will show them: a case that is known keeps its title.
    pub fn names(&self, conn: &mut Conn) -> Stored<Names> {
        let case = match &self.new.case {
            Some(CaseNamed::Numbered(new)) => Some(self.case_on_record(conn, new)?),
            Some(CaseNamed::Known(_)) | None => None,
        };
        Ok(Names {
            tenant: self.new.tenant.clone(),
            service: self.new.service.clone(),
            engineer: self.engineer.clone(),
            case,
        })
    }

    fn case_on_record(&self, conn: &mut Conn, new: &NewCase) -> Stored<Case> {
        let known = match tenants::by_key(conn, &self.new.tenant)? {
            Some(tenant) => support_cases::by_number(conn, tenant.id, &new.number)?,
            None => None,
        };
        Ok(Case {
            number: new.number.clone(),
            title: known.map_or_else(|| new.title.clone(), |known| known.title),
        })
    }
}

// Every member may be missing in what was typed, so that each can be told by its name; the schemas say which may not.

/// A request to be filed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewDataAccessRequest")]
pub(super) struct Typed {
    /// The tenant's key.
    #[schemars(with = "Slug")]
    tenant: Option<String>,
    /// The service's key.
    #[schemars(with = "Slug")]
    service: Option<String>,
    /// The mail address of the engineer who shall have access.
    #[schemars(with = "EmailAddress")]
    engineer: Option<String>,
    /// The support case it is about; left out, it is shown as initiated by the provider.
    support_case: Option<Object<TypedCase>>,
    /// Why.
    #[schemars(with = "Prose")]
    reason: Option<String>,
    /// What may be touched.
    #[schemars(with = "TypedScope")]
    scope: Option<Object<TypedScope>>,
    /// For how long: 1 minute to 7 days, and no longer than the tenant allows.
    #[schemars(with = "Length")]
    duration: Option<String>,
    /// The earlier request after which it asks for more time.
    #[schemars(with = "Option<Reference>")]
    follows: Option<String>,
}

/// A support case, by its number in the provider's system.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NamedSupportCase")]
struct TypedCase {
    /// Its number.
    #[schemars(with = "Line")]
    number: Option<String>,
    /// Its title, where the number is new.
    #[schemars(with = "Line")]
    title: Option<String>,
}

/// What may be touched.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewScope")]
struct TypedScope {
    /// What people read and approve.
    #[schemars(with = "Prose")]
    description: Option<String>,
    /// Paths, each with everything below it; without any it is every object.
    #[schemars(with = "Option<Vec<ObjectPrefix>>", length(max = Scope::MAX_OBJECTS))]
    objects: Option<Vec<String>>,
    /// Names of actions; without any it is every action.
    #[schemars(with = "Option<Vec<ActionName>>", length(max = Scope::MAX_ACTIONS))]
    actions: Option<Vec<String>>,
}

impl Typed {
    fn read(self) -> Result<Filing, Vec<Flaw>> {
        let mut flaws = Flaws::default();
        let tenant = flaws.text("tenant", "The tenant's key", self.tenant, Slug::parse);
        let service = flaws.text("service", "The service's key", self.service, Slug::parse);
        let engineer = flaws.text(
            "engineer",
            "The engineer's mail address",
            self.engineer,
            EmailAddress::parse,
        );
        // Here leaving it out is an answer: "provider initiated".
        let case = match self.support_case {
            Some(Object(case)) => case.read(&mut flaws).map(CaseNamed::Numbered).map(Some),
            None => Some(None),
        };
        let reason = flaws.text("reason", "The reason", self.reason, Prose::parse);
        let scope = match self.scope {
            Some(Object(scope)) => scope.read(&mut flaws),
            None => flaws.note("scope", Err("The scope is missing.".to_owned())),
        };
        let duration = self
            .duration
            .ok_or_else(|| "The duration is missing.".to_owned())
            .and_then(|text| Minutes::parse_iso8601(&text).map_err(|e| e.to_string()));
        let asked = flaws.note("duration", duration);
        // Most requests follow none.
        let follows = match self.follows {
            Some(text) => {
                let earlier = Reference::parse(&text);
                let words = "The earlier request must be named by its whole reference.";
                let earlier = earlier.map_err(|_| words.to_owned());
                flaws.note("follows", earlier).map(Some)
            }
            None => Some(None),
        };
        match (
            tenant, service, engineer, case, reason, scope, asked, follows,
        ) {
            (
                Some(tenant),
                Some(service),
                Some(engineer),
                Some(case),
                Some(reason),
                Some(scope),
                Some(asked),
                Some(follows),
            ) => Ok(Filing {
                engineer,
                new: NewRequest {
                    tenant,
                    service,
                    case,
                    reason,
                    scope,
                    asked,
                    follows,
                },
            }),
            _ => Err(flaws.into_vec()),
        }
    }
}

impl TypedCase {
    fn read(self, flaws: &mut Flaws) -> Option<NewCase> {
        let number = flaws.text(
            "support_case.number",
            "The support case's number",
            self.number,
            Line::parse,
        );
        let title = flaws.text(
            "support_case.title",
            "The support case's title",
            self.title,
            Line::parse,
        );
        Some(NewCase {
            number: number?,
            title: title?,
        })
    }
}

impl TypedScope {
    fn read(self, flaws: &mut Flaws) -> Option<Scope> {
        let description = flaws.text(
            "scope.description",
            "The scope's description",
            self.description,
            Prose::parse,
        );
        let objects = flaws.list(
            "scope.objects",
            self.objects,
            Scope::MAX_OBJECTS,
            ScopeError::TooManyObjects,
            ObjectPrefix::parse,
        );
        let actions = flaws.list(
            "scope.actions",
            self.actions,
            Scope::MAX_ACTIONS,
            ScopeError::TooManyActions,
            ActionName::parse,
        );
        Some(Scope {
            description: description?,
            objects: objects?,
            actions: actions?,
        })
    }
}

impl Flaws {
    fn list<T>(
        &mut self,
        field: &'static str,
        texts: Option<Vec<String>>,
        most: usize,
        too_many: ScopeError,
        parse: fn(&str) -> Result<T, ScopeError>,
    ) -> Option<Vec<T>> {
        let texts = texts.unwrap_or_default();
        let read = if texts.len() > most {
            Err(too_many)
        } else {
            texts.iter().map(|text| parse(text)).collect()
        };
        self.note(field, read.map_err(words))
    }
}

fn words(error: ScopeError) -> String {
    match error {
        ScopeError::TooManyObjects | ScopeError::TooManyActions => format!("The scope {error}."),
        ScopeError::Object => {
            "An object must be a path of 1 to 500 characters such as mailbox/kim@fabrikam.example, without empty, \".\" or \"..\" parts.".to_owned()
        }
        ScopeError::Action => {
            "An action must be 1 to 64 of a-z, 0-9, \".\", \"_\", \":\" and \"-\", and not \"access\".".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::body::MessageBody;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::problem::Kind;

    fn body() -> Value {
        json!({
            "tenant": "fabrikam",
            "service": "exchange-online",
            "engineer": "Sam@Provider.Example",
            "support_case": {"number": "4711", "title": "Calendar is empty"},
            "reason": "Kim sees no meetings.",
            "scope": {"description": "Kim's calendar", "objects": ["mailbox/kim/calendar/"], "actions": ["read"]},
            "duration": "PT1H30M",
        })
    }

    fn parse(value: &Value) -> Result<Filing, Problem> {
        Filing::parse(value.to_string().as_bytes())
    }

    /// The fields at fault.
    fn fields(value: &Value) -> Vec<String> {
        let answer = parse(value).unwrap_err().error_response();
        let text = answer.into_body().try_into_bytes().unwrap();
        let problem: Value = serde_json::from_slice(&text).unwrap();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["field"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_body_becomes_a_new_request() {
        let filing = parse(&body()).unwrap();
        assert_eq!(filing.engineer.as_str(), "sam@provider.example");
        let new = filing.new;
        assert_eq!(new.tenant.as_str(), "fabrikam");
        assert!(
            matches!(new.case.unwrap(), CaseNamed::Numbered(case) if case.number.as_str() == "4711")
        );
        assert_eq!(new.scope.objects[0].as_str(), "mailbox/kim/calendar");
        assert_eq!(new.asked.get(), 90);
    }

    #[test]
    fn what_may_be_left_out_may_be_left_out() {
        let mut value = body();
        value["scope"] = json!({"description": "Everything"});
        value["support_case"] = json!(null);
        let new = parse(&value).unwrap().new;
        assert!(new.case.is_none() && new.scope.is_whole_service());
        value.as_object_mut().unwrap().remove("support_case");
        assert!(parse(&value).unwrap().new.case.is_none());
    }

    #[test]
    fn everything_at_fault_is_told_at_once() {
        assert_eq!(
            fields(&json!({})),
            [
                "tenant", "service", "engineer", "reason", "scope", "duration"
            ]
        );
        let value = json!({
            "tenant": "Fabrikam!",
            "service": "",
            "engineer": "sam",
            "support_case": {"number": " "},
            "reason": "x".repeat(2_001),
            "scope": {"description": "a\u{202e}b", "objects": ["a/../b"], "actions": ["access"]},
            "duration": "4 hours",
            "follows": "LBX-1",
        });
        assert_eq!(
            fields(&value),
            [
                "tenant",
                "service",
                "engineer",
                "support_case.number",
                "support_case.title",
                "reason",
                "scope.description",
                "scope.objects",
                "scope.actions",
                "duration",
                "follows",
            ]
        );
    }

    #[test]
    fn lists_have_bounds() {
        let mut value = body();
        value["scope"]["objects"] = json!(vec!["a"; 101]);
        value["scope"]["actions"] = json!(vec!["a"; 21]);
        assert_eq!(fields(&value), ["scope.objects", "scope.actions"]);
        value["scope"]["objects"] = json!(["mailbox/\u{206A}kim"]);
        assert_eq!(fields(&value), ["scope.objects", "scope.actions"], "unseen");
        value["scope"]["objects"] = json!(vec!["a"; 100]);
        value["scope"]["actions"] = json!(vec!["a"; 20]);
        assert!(parse(&value).is_ok());
    }

    #[test]
    fn members_nobody_knows_and_other_types_are_refused() {
        let with = |member: &str, to: Value| {
            let mut value = body();
            value[member] = to;
            value
        };
        for value in [
            with("state", json!("approved")),
            with("id", json!("x")),
            with("scope", json!({"description": "x", "until": "never"})),
            with(
                "support_case",
                json!({"number": "1", "title": "x", "open": true}),
            ),
            with("tenant", json!(1)),
            with("scope", json!("everything")),
            with("scope", json!(["everything", ["a"], ["read"]])),
            with("scope", json!({"description": "x", "objects": "a"})),
            with("scope", json!({"description": "x", "objects": [null]})),
            with("support_case", json!(["1", "x"])),
            with("duration", json!(4)),
        ] {
            let problem = parse(&value).unwrap_err();
            assert_eq!(problem.kind(), Kind::Unfit, "{value}");
        }
    }
}
