//! API keys: which there are, one of them, making one, and the one time that its text is shown.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, Select, code_error};
use super::paging::Paging;
use super::people::RoleChoice;
use super::shell::Shell;
use super::when::When;

/// `GET /api-keys`.
#[derive(Clone, Debug, Template)]
#[template(path = "api-keys.html")]
pub struct ApiKeysPage {
    /// The frame.
    pub shell: Shell,
    /// The keys, by name.
    pub keys: Vec<ApiKeyRow>,
    /// Whether the one who looks makes and revokes them.
    pub may_manage: bool,
    /// Whether they are a tenant's own.
    pub of_tenant: bool,
    /// The zone of every time in the table.
    pub zone: String,
    /// The way on.
    pub paging: Paging,
}

/// A key of the list.
#[derive(Clone, Debug)]
pub struct ApiKeyRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: String,
    /// What it is bound to; none where it is for everything.
    pub bounds: Option<String>,
    /// How it stands, in one word.
    pub state: &'static str,
    /// When it was used last.
    pub last: Option<When>,
    /// Until when it can be used; none where it has no end.
    pub until: Option<When>,
}

/// `GET /api-keys/{key}`.
#[derive(Clone, Debug, Template)]
#[template(path = "api-key.html")]
pub struct ApiKeyPage {
    /// The frame.
    pub shell: Shell,
    /// The key.
    pub key: ApiKeyRow,
    /// Its id.
    pub id: String,
    /// What it may do, a sentence for each scope.
    pub may: Vec<&'static str>,
    /// The name of the person whose own it is.
    pub owner: Option<String>,
    /// The name of the person who made it.
    pub made_by: Option<String>,
    /// When it was revoked.
    pub revoked: Option<When>,
    /// Whether the one who looks may revoke it.
    pub may_revoke: bool,
}

/// `GET` and `POST /api-keys/new`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-api-key.html")]
pub struct NewKeyPage {
    /// The frame.
    pub shell: Shell,
    /// The name.
    pub name: Field,
    /// What it may do.
    pub scopes: Vec<RoleChoice>,
    /// What is wrong with that.
    pub scopes_error: Option<String>,
    /// The tenants it is bound to; none on a tenant's own form.
    pub tenants: Option<Field>,
    /// The services it is bound to.
    pub services: Field,
    /// How long it works.
    pub days: Select,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl NewKeyPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let tenants = self.tenants.as_ref();
        ErrorSummary::of([
            ("name", self.name.error.as_deref()),
            ("scopes", self.scopes_error.as_deref()),
            ("tenants", tenants.and_then(|field| field.error.as_deref())),
            ("services", self.services.error.as_deref()),
            ("days", self.days.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
    }
}

/// The answer to `POST /api-keys/new`: the key's text, this once.
#[derive(Clone, Debug, Template)]
#[template(path = "made-api-key.html")]
pub struct IssuedKeyPage {
    /// The frame.
    pub shell: Shell,
    /// The key's page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Until when it can be used.
    pub until: Option<When>,
}
