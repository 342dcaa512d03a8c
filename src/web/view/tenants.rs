//! The provider's customers, and who administers them.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::paging::Paging;
use super::shell::Shell;
use super::when::When;

/// `GET /tenants`.
#[derive(Clone, Debug, Template)]
#[template(path = "tenants.html")]
pub struct TenantsPage {
    /// The frame.
    pub shell: Shell,
    /// The tenants, by key.
    pub tenants: Vec<TenantRow>,
    /// The way on.
    pub paging: Paging,
}

/// A tenant.
#[derive(Clone, Debug)]
pub struct TenantRow {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// A new administrator that is being made: who, and when they become it.
    pub recovery: Option<(String, When)>,
}

/// `GET /tenants/{tenant}`.
#[derive(Clone, Debug, Template)]
#[template(path = "tenant.html")]
pub struct TenantPage {
    /// The frame.
    pub shell: Shell,
    /// The tenant.
    pub tenant: TenantRow,
    /// Whether nobody of it has come yet.
    pub empty: bool,
    /// Whether the one who looks makes administrators.
    pub may_appoint: bool,
}

/// `GET` and `POST /tenants/{tenant}/administrator`.
#[derive(Clone, Debug, Template)]
#[template(path = "appoint.html")]
pub struct AppointPage {
    /// The frame.
    pub shell: Shell,
    /// The tenant.
    pub tenant: TenantRow,
    /// Whether it is the first administrator; else it takes 72 hours.
    pub first: bool,
    /// The address.
    pub email: Field,
    /// The name.
    pub name: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl AppointPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("email", self.email.error.as_deref()),
            ("name", self.name.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }
}
