//! A support case and a comment as JSON.

use serde::Serialize;

use crate::api::PortalUrl;
use crate::domain::id::{CaseId, CommentId};
use crate::domain::support_case::{Comment, Done, SupportCase, Whose};
use crate::domain::text::{Line, Prose, Slug};
use crate::domain::time::rfc3339;

/// A case.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    id: CaseId,
    tenant: &'a Slug,
    number: &'a Line,
    title: &'a Line,
    description: Option<&'a Prose>,
    state: &'static str,
    opened: ByWhom,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<ByWhom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<ByWhom>,
    url: String,
}

/// A comment.
#[derive(Debug, Serialize)]
pub(super) struct Said<'a> {
    id: CommentId,
    #[serde(rename = "said")]
    words: ByWhom,
    comment: &'a Prose,
}

/// Who did it, on whose word, and when.
#[derive(Debug, Serialize)]
struct ByWhom {
    at: String,
    side: Whose,
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
