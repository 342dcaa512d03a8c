//! What the document says of activity.

use serde_json::json;

use super::{Recorded, Report};
use crate::api::key::ActivityWrite;
use crate::api::openapi::{Operation, Schemas, Subject};
use crate::api::problem::Kind;

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let example = json!({
        "activity": [{"request": "LBX-7Q2M-9XKD", "at": "2026-11-21T17:30:00Z", "action": "read", "object": "mailbox/kim"}],
    });
    vec![
        Operation::post::<ActivityWrite>("/api/v1/activity", "reportActivity")
            .about(Subject::Activity)
            .says(
                "Reports what was done",
                "Records what was done under requests: all of it, or nothing. The customer reads it beside the request, also what was done before the start or after the end.",
            )
            .once()
            .body(&schemas.read::<Report>(), &example)
            .answer(201, "It is recorded.", &schemas.written::<Recorded>())
            .with_replayed()
            .but(&[Kind::Unfit]),
    ]
}
