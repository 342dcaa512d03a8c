//! `POST /access/v1/evaluation`: the data plane's question, in the words of the `OpenID AuthZEN` Authorization API 1.0.
//!
//! Members this product does not know are ignored here, as that specification wants; a required one that is missing
//! or of another type is 400. Names nobody knows are a denial, not an error, and so is a question that cannot be
//! answered.

pub(super) mod described;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Body, Object, object};
use super::entities::{Action, Resource, Subject, question};
use super::key::{AccessRead, Key};
use super::openapi::words;
use super::problem::{Kind, Problem};
use crate::acts::evaluate::{Answer, Question};
use crate::domain::id::Reference;
use crate::domain::time::rfc3339;

/// Answers one question.
///
/// # Errors
/// 401, 403, 413, and 400 for what is no question.
pub async fn answer(key: Key<AccessRead>, body: Body) -> Result<HttpResponse, Problem> {
    answer_received(key, body.receive_question().await).await
}

/// Answers the one question of a body that was received.
///
/// # Errors
/// As [`answer`].
pub(super) async fn answer_received(
    key: Key<AccessRead>,
    body: Result<Bytes, Problem>,
) -> Result<HttpResponse, Problem> {
    let asked = body.and_then(|body| Asked::parse(&body));
    let (question, record, problem) = match asked {
        Ok(mut asked) => {
            let context = asked.context.take().unwrap_or_default();
            (asked.question(), context.0.record, None)
        }
        Err(problem) => (None, false, Some(problem)),
    };
    // Who is asking is settled before what they sent.
    let answer = key.asking(question, record).await?;
    problem.map_or_else(|| Ok(decision(&answer)), Err)
}

/// May this engineer do this to that now? Members that are not known are ignored.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Evaluation")]
pub(super) struct Asked {
    /// Who does it.
    subject: Object<Subject>,
    /// What is done.
    action: Object<Action>,
    /// What it is done to.
    resource: Object<Resource>,
    /// What is said beside the question.
    context: Option<Object<AskedContext>>,
}

/// What is said beside the question. Members this product does not know are ignored.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "EvaluationContext")]
struct AskedContext {
    /// Whether an allow is recorded as activity, before it is said.
    #[serde(default)]
    record: bool,
}

impl Asked {
    fn parse(body: &[u8]) -> Result<Self, Problem> {
        object(body).map_err(|misread| Problem::new(Kind::Malformed, misread.to_string()))
    }

    /// The question; none when it is about other things than an engineer and a tenant's service.
    fn question(self) -> Option<Question> {
        question(self.subject.0, self.action.0, self.resource.0)
    }
}

/// One decision.
#[derive(Serialize, JsonSchema)]
pub(super) struct Decision<'a> {
    /// Whether there is access.
    decision: bool,
    /// Under which request and until when, or why not.
    context: Context<'a>,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Context<'a> {
    Allowed {
        /// The request under which there is access.
        request: &'a Reference,
        /// Until when.
        #[schemars(with = "words::Instant")]
        until: String,
    },
    Denied {
        /// Why not, in a word.
        #[schemars(extend("enum" = ["no_active_access", "out_of_scope", "undecidable"]))]
        reason: &'static str,
    },
}

impl<'a> Decision<'a> {
    /// The answer in that specification's words.
    pub(super) fn of(answer: &'a Answer) -> Self {
        match answer {
            Answer::Allow { request, until, .. } => Self {
                decision: true,
                context: Context::Allowed {
                    request,
                    until: rfc3339(*until),
                },
            },
            Answer::Deny(why) => Self {
                decision: false,
                context: Context::Denied {
                    reason: why.as_str(),
                },
            },
        }
    }
}

fn decision(answer: &Answer) -> HttpResponse {
    count(answer);
    HttpResponse::Ok().json(Decision::of(answer))
}

/// Counts an answer that is given.
pub(super) fn count(answer: &Answer) {
    let (decision, reason) = match answer {
        Answer::Allow { .. } => ("allow", "active_access"),
        Answer::Deny(why) => ("deny", why.as_str()),
    };
    metrics::counter!("lockbox_evaluations_total", "decision" => decision, "reason" => reason)
        .increment(1);
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use crate::acts::evaluate::Why;

    use super::*;

    fn asked() -> Value {
        json!({
            "subject": {"type": "engineer", "id": "sam@provider.example"},
            "action": {"name": "access"},
            "resource": {"type": "service", "id": "teams", "properties": {"tenant": "fabrikam"}},
        })
    }

    fn parse(value: &Value) -> Result<Option<Question>, Kind> {
        Asked::parse(value.to_string().as_bytes())
            .map(Asked::question)
            .map_err(|problem| problem.kind())
    }

    #[test]
    fn a_question_is_read_and_unknown_members_are_ignored() {
        let mut value = asked();
        value["context"] = json!({"time": "now"});
        value["subject"]["properties"] = json!({"department": "support"});
        value["resource"]["properties"]["object"] = json!("mailbox/kim");
        value["resource"]["properties"]["region"] = json!(7);
        let question = Question {
            engineer: "sam@provider.example".to_owned(),
            tenant: "fabrikam".to_owned(),
            service: "teams".to_owned(),
            action: "access".to_owned(),
            object: Some("mailbox/kim".to_owned()),
            under: None,
        };
        assert_eq!(parse(&value), Ok(Some(question)));
    }

    #[test]
    fn questions_about_other_things_are_denied() {
        let change = |pointer: &str, to: Value| {
            let mut value = asked();
            *value.pointer_mut(pointer).unwrap() = to;
            value
        };
        for value in [
            change("/subject/type", json!("user")),
            change("/resource/type", json!("Service")),
            change("/resource/properties", json!({})),
            change("/resource/properties", json!({"object": "mailbox/kim"})),
            change("/resource", json!({"type": "service", "id": "teams"})),
        ] {
            assert_eq!(parse(&value), Ok(None), "{value}");
        }
    }

    #[test]
    fn what_is_no_question_is_malformed() {
        for pointer in [
            "/subject",
            "/subject/type",
            "/subject/id",
            "/action",
            "/action/name",
            "/resource",
            "/resource/type",
            "/resource/id",
            "/resource/properties",
            "/resource/properties/tenant",
        ] {
            for wrong in [json!(null), json!(1), json!(true), json!(["x", "y"])] {
                let mut value = asked();
                *value.pointer_mut(pointer).unwrap() = wrong;
                assert_eq!(parse(&value), Err(Kind::Malformed), "{value}");
            }
        }
        for object in [json!(null), json!(1), json!(["mailbox/kim"]), json!({})] {
            let mut value = asked();
            value["resource"]["properties"]["object"] = object;
            assert_eq!(parse(&value), Err(Kind::Malformed), "{value}");
        }
        for member in ["subject", "action", "resource"] {
            let mut value = asked();
            value.as_object_mut().unwrap().remove(member);
            assert_eq!(parse(&value), Err(Kind::Malformed), "{value}");
        }
        let twice = asked()
            .to_string()
            .replacen('{', r#"{"action":{"name":"read"},"#, 1);
        assert!(Asked::parse(twice.as_bytes()).is_err(), "{twice}");
    }

    #[test]
    fn answers_have_exactly_these_members() {
        let allow = Answer::Allow {
            request: Reference::from_random([0; 5]),
            under: crate::store::requests::Under {
                tenant: crate::domain::id::TenantId(uuid::Uuid::nil()),
                request: crate::domain::id::RequestId(uuid::Uuid::nil()),
            },
            until: DateTime::UNIX_EPOCH,
        };
        assert_eq!(
            serde_json::to_string(&Decision::of(&allow)).unwrap(),
            r#"{"decision":true,"context":{"request":"LBX-0000-0000","until":"1970-01-01T00:00:00.000000Z"}}"#
        );
        assert_eq!(
            serde_json::to_string(&Decision::of(&Answer::Deny(Why::OutOfScope))).unwrap(),
            r#"{"decision":false,"context":{"reason":"out_of_scope"}}"#
        );
    }
}
