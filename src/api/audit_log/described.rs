//! What the document says of the audit log.

use super::{Asked, Shown};
use crate::api::key::LogRead;
use crate::api::openapi::{Operation, Schemas, Subject, link};

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        Operation::get::<LogRead>("/api/v1/audit-log", "readAuditLog")
            .about(Subject::Log)
            .says(
                "Reads the audit log",
                "The log of the key's side, the provider's or a tenant's, from a place on, with the checkpoint that proves it. What is given is what was hashed.",
            )
            .query::<Asked>(schemas)
            .answer(200, "A stretch of the log.", &schemas.written::<Shown>())
            .with("Link", &link()),
    ]
}
