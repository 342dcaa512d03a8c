//! What the document says of tenants and services.

use super::{Asked, Services, Tenants};
use crate::api::key::RequestsRead;
use crate::api::openapi::{Operation, Schemas, Subject, link};

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        Operation::get::<RequestsRead>("/api/v1/tenants", "listTenants")
            .about(Subject::Directory)
            .says(
                "Lists tenants",
                "The tenants that the key can see, by their keys: what requests can be filed for.",
            )
            .query::<Asked>(schemas)
            .answer(200, "A page of tenants.", &schemas.written::<Tenants>())
            .with("Link", &link()),
        Operation::get::<RequestsRead>("/api/v1/services", "listServices")
            .about(Subject::Directory)
            .says(
                "Lists services",
                "The services that the key can see, by their keys.",
            )
            .query::<Asked>(schemas)
            .answer(200, "A page of services.", &schemas.written::<Services>())
            .with("Link", &link()),
    ]
}
