//! `POST /access/v1/evaluations`: several questions at once, in the words of the `OpenID AuthZEN` Authorization API 1.0.
//!
//! All are answered for one instant. An item that is no question is denied and says why; the others are answered.

pub(super) mod described;

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::body::{Body, Object, object};
use super::entities::{Action, Resource, Subject, given, question};
use super::evaluation::{self, Decision, count};
use super::key::{AccessRead, Key};
use super::problem::{Kind, Problem};
use crate::acts::Lockbox;
use crate::acts::evaluate::{Answer, QUESTIONS_MAX, Question, Why, evaluate};
use crate::domain::key::Bounds;

/// Answers them all, or up to the one that settles it. Without any item it is one question, as at
/// [`evaluation`](super::evaluation).
///
/// # Errors
/// 401, 403, 413, and 400 for a body that asks nothing, and for more than [`QUESTIONS_MAX`] items.
pub async fn answer(key: Key<AccessRead>, body: Body) -> Result<HttpResponse, Problem> {
    let body = body.receive_question().await;
    let batch = match body.as_ref().map(|body| Batch::parse(body)) {
        Ok(Ok(batch)) if !batch.evaluations.is_empty() => Ok(batch),
        Ok(Err(problem)) => Err(problem),
        // Nothing to go through: one question, or none that could be received.
        _ => return evaluation::answer_received(key, body).await,
    };
    // Who is asking is settled before what they sent.
    let said = key
        .acting(move |lockbox, caller| {
            batch.map(|batch| batch.answered(lockbox, &caller.key.bounds))
        })
        .await?;
    Ok(HttpResponse::Ok().json(Decisions {
        evaluations: said.iter().map(Said::as_json).collect(),
    }))
}

/// The body. What stands beside the items is said for every item that does not say it itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Evaluations")]
struct Batch {
    /// Who does it, where an item does not say so.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    subject: Option<Box<RawValue>>,
    /// What is done, where an item does not say so.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    action: Option<Box<RawValue>>,
    /// What it is done to, where an item does not say so.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    resource: Option<Box<RawValue>>,
    /// The items. Without any the body is one question.
    #[serde(default)]
    #[schemars(length(max = QUESTIONS_MAX))]
    evaluations: Vec<Object<Item>>,
    /// How to go through them.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Options")]
    options: Option<Object<Options>>,
}

/// One item. Its parts are read one by one, so that what is wrong with one of them denies this item alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "EvaluationsItem")]
struct Item {
    /// Who does it: as in one question.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    subject: Option<Box<RawValue>>,
    /// What is done.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    action: Option<Box<RawValue>>,
    /// What it is done to.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Value")]
    resource: Option<Box<RawValue>>,
}

/// How to go through the items.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "EvaluationsOptions")]
struct Options {
    /// When it ends; with the last one where it is not said.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Semantic")]
    evaluations_semantic: Option<Semantic>,
}

/// When going through the items ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Semantic {
    /// With the last one.
    #[default]
    ExecuteAll,
    /// With the first that is denied.
    DenyOnFirstDeny,
    /// With the first that is allowed.
    PermitOnFirstPermit,
}

impl Batch {
    fn parse(body: &[u8]) -> Result<Self, Problem> {
        let malformed = |detail: String| Problem::new(Kind::Malformed, detail);
        let batch: Self = object(body).map_err(|misread| malformed(misread.to_string()))?;
        if batch.evaluations.len() > QUESTIONS_MAX {
            return Err(malformed(format!(
                "At most {QUESTIONS_MAX} evaluations are taken at once."
            )));
        }
        Ok(batch)
    }

    fn semantic(&self) -> Semantic {
        let options = self.options.as_ref();
        options
            .and_then(|Object(options)| options.evaluations_semantic)
            .unwrap_or_default()
    }

    /// What is said of the items, in their order.
    fn answered(&self, lockbox: &Lockbox, bounds: &Bounds) -> Vec<Said> {
        let items: Vec<_> = self
            .evaluations
            .iter()
            .map(|Object(item)| self.question(item))
            .collect();
        let questions: Vec<Question> = items.iter().flatten().flatten().cloned().collect();
        let mut answers = evaluate(lockbox, bounds, &questions).into_iter();
        let mut said = Vec::new();
        for item in items {
            let one = match item {
                Err(wrong) => Said::Wrong(wrong),
                Ok(None) => Said::Answer(Answer::Deny(Why::NoActiveAccess)),
                Ok(Some(_)) => {
                    Said::Answer(answers.next().unwrap_or(Answer::Deny(Why::Undecidable)))
                }
            };
            let ends = match self.semantic() {
                Semantic::ExecuteAll => false,
                Semantic::DenyOnFirstDeny => !one.allows(),
                Semantic::PermitOnFirstPermit => one.allows(),
            };
            said.push(one);
            if ends {
                break;
            }
        }
        said
    }

    /// The question an item asks with what stands beside the items; the error says what is wrong with it.
    fn question(&self, item: &Item) -> Result<Option<Question>, String> {
        let subject: Subject = part("subject", item.subject.as_deref(), self.subject.as_deref())?;
        let action: Action = part("action", item.action.as_deref(), self.action.as_deref())?;
        let resource: Resource = part(
            "resource",
            item.resource.as_deref(),
            self.resource.as_deref(),
        )?;
        Ok(question(subject, action, resource))
    }
}

fn part<T: serde::de::DeserializeOwned>(
    name: &str,
    own: Option<&RawValue>,
    beside: Option<&RawValue>,
) -> Result<T, String> {
    let raw = own.or(beside).ok_or_else(|| format!("{name} is missing"))?;
    let read: serde_json::Result<Object<T>> = serde_json::from_str(raw.get());
    read.map(|Object(part)| part)
        .map_err(|error| format!("{name}: {error}"))
}

/// What is said of one item.
enum Said {
    Answer(Answer),
    Wrong(String),
}

impl Said {
    const fn allows(&self) -> bool {
        matches!(self, Self::Answer(Answer::Allow { .. }))
    }

    fn as_json(&self) -> One<'_> {
        match self {
            Self::Answer(answer) => {
                count(answer);
                One::Decision(Decision::of(answer))
            }
            Self::Wrong(message) => One::Wrong {
                decision: false,
                context: Wrong {
                    error: Fault {
                        status: 400,
                        message,
                    },
                },
            },
        }
    }
}

/// What is said of the items.
#[derive(Serialize, JsonSchema)]
struct Decisions<'a> {
    /// One for each, in their order, up to the one that settles it.
    evaluations: Vec<One<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum One<'a> {
    Decision(Decision<'a>),
    Wrong { decision: bool, context: Wrong<'a> },
}

/// An item that is no question is denied.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Wrong<'a> {
    /// What is wrong with it.
    error: Fault<'a>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Fault<'a> {
    /// 400.
    status: u16,
    /// In a sentence.
    message: &'a str,
}
