//! What the document says of support cases.

use serde_json::json;

use super::shown::{Said, Shown};
use super::{Asked, Cases, Comments, NothingMore, Place, TypedCase, TypedComment};
use crate::api::key::{CasesWrite, RequestsRead};
use crate::api::openapi::{Operation, Schemas, Subject, link, location};
use crate::api::problem::Kind;
use crate::domain::id::CaseId;

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        Operation::get::<RequestsRead>("/api/v1/support-cases", "listSupportCases")
            .about(Subject::Cases)
            .says(
                "Lists support cases",
                "The support cases that the key can see, newest first.",
            )
            .query::<Asked>(schemas)
            .answer(200, "A page of support cases.", &schemas.written::<Cases>())
            .with("Link", &link())
            .but(&[Kind::NotFound]),
        bring_in(schemas),
        Operation::get::<RequestsRead>("/api/v1/support-cases/{case}", "getSupportCase")
            .about(Subject::Cases)
            .says("Shows a support case", "What it is about, and who opened and closed it.")
            .path_of("case", CASE, &schemas.read::<CaseId>())
            .answer(200, "The case.", &schemas.written::<Shown>())
            .but(&[Kind::NotFound]),
        Operation::get::<RequestsRead>("/api/v1/support-cases/{case}/comments", "listComments")
            .about(Subject::Cases)
            .says("Lists what was said in a case", "The comments, newest first.")
            .path_of("case", CASE, &schemas.read::<CaseId>())
            .query::<Place>(schemas)
            .answer(200, "A page of comments.", &schemas.written::<Comments>())
            .with("Link", &link())
            .but(&[Kind::NotFound]),
        Operation::post::<CasesWrite>("/api/v1/support-cases/{case}/comments", "addComment")
            .about(Subject::Cases)
            .says("Says something in a case", "The tenant's people read it.")
            .path_of("case", CASE, &schemas.read::<CaseId>())
            .once()
            .body(&schemas.read::<TypedComment>(), &json!({"comment": "It goes on."}))
            .answer(201, "It is said.", &schemas.written::<Said>())
            .but(&[Kind::Unfit, Kind::NotFound, Kind::Conflict]),
        Operation::post::<CasesWrite>("/api/v1/support-cases/{case}/close", "closeSupportCase")
            .about(Subject::Cases)
            .says(
                "Closes a case",
                "Ends whatever was asked for because of it. One that is closed stays closed, and is answered as it is.",
            )
            .path_of("case", CASE, &schemas.read::<CaseId>())
            .body(&schemas.read::<NothingMore>(), &json!({}))
            .answer(200, "It is closed.", &schemas.written::<Shown>())
            .but(&[Kind::Unfit, Kind::NotFound, Kind::Conflict]),
    ]
}

const CASE: &str = "The case's id.";

fn bring_in(schemas: &mut Schemas) -> Operation {
    let example = json!({
        "tenant": "fabrikam",
        "number": "8801",
        "title": "Search finds old versions",
        "description": "Since October.",
    });
    let shown = schemas.written::<Shown>();
    Operation::post::<CasesWrite>("/api/v1/support-cases", "bringInSupportCase")
        .about(Subject::Cases)
        .says(
            "Brings a case in",
            "A case is known by its tenant and number: one that is there is changed, or left as it is. What a customer opened keeps the customer's words.",
        )
        .body(&schemas.read::<TypedCase>(), &example)
        .answer(200, "It was there.", &shown)
        .answer(201, "It is new.", &shown)
        .with("Location", &location())
        .but(&[Kind::Unfit, Kind::NotFound, Kind::Conflict])
}
