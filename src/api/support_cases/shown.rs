//! A support case and a comment as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::PortalUrl;
use crate::api::openapi::words;
use crate::domain::id::{CaseId, CommentId};
use crate::domain::support_case::{Comment, Done, SupportCase, Whose};
use crate::domain::text::{Line, Prose, Slug};
use crate::domain::time::rfc3339;

/// A support case.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SupportCase")]
pub(super) struct Shown<'a> {
    /// Its id.
    id: CaseId,
    /// The tenant's key.
    tenant: &'a Slug,
    /// Its number.
    number: &'a Line,
    /// What it is about.
    title: &'a Line,
    /// The same in more words.
    description: Option<&'a Prose>,
    /// Whether it is open or closed.
    #[schemars(extend("enum" = ["open", "closed"]))]
    state: &'static str,
    /// Who opened it.
    opened: ByWhom,
    /// Who said anew what it is about, if anybody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ByWhom")]
    changed: Option<ByWhom>,
    /// Who closed it, if anybody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ByWhom")]
    closed: Option<ByWhom>,
    /// Where people see it.
    #[schemars(with = "words::Address")]
    url: String,
}

/// A comment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Comment")]
pub(super) struct Said<'a> {
    /// Its id.
    id: CommentId,
    /// Who said it.
    #[serde(rename = "said")]
    words: ByWhom,
    /// What was said.
    comment: &'a Prose,
}

/// Who did it, on whose word, and when.
#[derive(Debug, Serialize, JsonSchema)]
struct ByWhom {
    /// When.
    #[schemars(with = "words::Instant")]
    at: String,
    /// On whose word: the customer's, the provider's, or a machine's of the provider.
    side: Whose,
    /// By whom.
    by: String,
}

impl ByWhom {
    fn of(done: &Done) -> Self {
        Self {
            at: rfc3339(done.at),
            side: Whose::word(&done.by),
            by: done.by.name(),
        }
    }
}

impl<'a> Shown<'a> {
    /// A case of this tenant.
    pub fn of(case: &'a SupportCase, tenant: &'a Slug, portal: &PortalUrl) -> Self {
        Self {
            id: case.id,
            tenant,
            number: &case.number,
            title: &case.title,
            description: case.description.as_ref(),
            state: if case.is_open() { "open" } else { "closed" },
            opened: ByWhom::of(&case.opened),
            changed: case.changed.as_ref().map(ByWhom::of),
            closed: case.closed.as_ref().map(ByWhom::of),
            url: portal.of_case(case.id),
        }
    }
}

impl<'a> Said<'a> {
    /// A comment.
    pub fn of(comment: &'a Comment) -> Self {
        Self {
            id: comment.id,
            words: ByWhom::of(&comment.said),
            comment: &comment.text,
        }
    }
}
