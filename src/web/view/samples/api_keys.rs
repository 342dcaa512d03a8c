//! API keys.

use super::super::{
    ApiKeyPage, ApiKeyRow, ApiKeysPage, Choice, CodeField, Field, IssuedKeyPage, NewKeyPage,
    Paging, Place, RoleChoice, Select,
};
use super::{Sample, administrator, after, auditor, before, manager, sample};

fn row(name: &str) -> ApiKeyRow {
    ApiKeyRow {
        href: "/api-keys/0190aaaa-0000-7000-8000-0000000000aa".to_owned(),
        name: name.to_owned(),
        scopes: "requests:write, requests:read, access:read".to_owned(),
        bounds: Some("Fabrikam, Exchange Online".to_owned()),
        state: "Working",
        last: Some(before(25)),
        until: Some(after(60 * 24 * 300)),
    }
}

fn revoked() -> ApiKeyRow {
    ApiKeyRow {
        bounds: None,
        state: "Revoked",
        last: None,
        until: None,
        ..row("<script>alert(1)</script> O'Neill-Überlang, the gate before everything")
    }
}

fn form() -> NewKeyPage {
    let scope = |name, hint| RoleChoice {
        name,
        label: name.to_owned(),
        hint,
        chosen: name == "access:read",
    };
    NewKeyPage {
        shell: manager(Place::ApiKeys),
        name: Field::default(),
        scopes: vec![
            scope("requests:read", "Reads data access requests."),
            scope("access:read", "Asks whether an engineer has access now."),
        ],
        scopes_error: None,
        tenants: Some(Field::default()),
        services: Field::of("exchange-online"),
        days: Select {
            choices: vec![Choice::new("365", "1 year").chosen()],
            error: None,
        },
        code: None,
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let list = ApiKeysPage {
        shell: manager(Place::ApiKeys),
        keys: vec![row("helpdesk"), revoked()],
        may_manage: true,
        of_tenant: false,
        zone: "Europe/Berlin (CET)".to_owned(),
        paging: Paging {
            first: None,
            next: Some("/api-keys?after=x".to_owned()),
        },
    };
    let none = ApiKeysPage {
        shell: auditor(Place::ApiKeys),
        keys: Vec::new(),
        may_manage: false,
        of_tenant: true,
        paging: Paging {
            first: None,
            next: None,
        },
        ..list.clone()
    };
    let one = ApiKeyPage {
        shell: administrator(Place::ApiKeys),
        key: row("helpdesk"),
        id: "0190aaaa-0000-7000-8000-0000000000aa".to_owned(),
        may: vec!["Reads data access requests."],
        owner: Some("Jordan Park".to_owned()),
        made_by: Some("Ana Silva".to_owned()),
        revoked: None,
        may_revoke: true,
    };
    let over = ApiKeyPage {
        key: revoked(),
        owner: None,
        made_by: None,
        revoked: Some(before(3)),
        may_revoke: false,
        ..one.clone()
    };
    let refused = NewKeyPage {
        name: Field::of("gate").refused("A key of this name was made before."),
        scopes_error: Some("Choose at least one thing that it may do.".to_owned()),
        tenants: None,
        code: Some(CodeField::refused("This code is wrong.")),
        ..form()
    };
    let made = IssuedKeyPage {
        shell: administrator(Place::ApiKeys),
        href: "/api-keys/0190aaaa-0000-7000-8000-0000000000aa".to_owned(),
        name: "helpdesk".to_owned(),
        text: format!("lbx_{}", "A".repeat(43)),
        until: Some(after(60 * 24 * 365)),
    };
    vec![
        sample("api-keys", &list),
        sample("api-keys-none", &none),
        sample("api-key", &one),
        sample("api-key-revoked", &over),
        sample("new-api-key", &form()),
        sample("new-api-key-refused", &refused),
        sample("made-api-key", &made),
    ]
}
