//! The provider's customers, and who administers them.

use askama::Template;

use super::badge::Badge;
use super::field::{CodeField, ErrorSummary, Field, Select, code_error};
use super::paging::Paging;
use super::shell::Shell;
use super::when::When;

/// `GET /tenants`.
#[derive(Clone, Debug, Template)]
#[template(path = "tenants.html")]
pub struct TenantsPage {
    /// The frame.
    pub shell: Shell,
    /// What was searched for; empty shows every tenant.
    pub wanted: String,
    /// The tenants, by key.
    pub tenants: Vec<TenantRow>,
    /// Whether the one who looks enrols tenants.
    pub may_enrol: bool,
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
    /// Since when it is suspended, if it is.
    pub suspended: Option<When>,
    /// What it is entitled to, in one line.
    pub entitlement: String,
    /// When it asked for a trial that nobody has answered yet.
    pub trial_asked: Option<When>,
    /// A new administrator that is being made: who, and when they become it.
    pub recovery: Option<(String, When)>,
}

impl TenantRow {
    const fn badge(&self) -> Badge {
        if self.suspended.is_some() {
            Badge::Suspended
        } else {
            Badge::Enrolled
        }
    }
}

/// `GET /tenants/{tenant}`.
#[derive(Clone, Debug, Template)]
#[template(path = "tenant.html")]
pub struct TenantPage {
    /// The frame.
    pub shell: Shell,
    /// The tenant.
    pub tenant: TenantRow,
    /// Its time zone's name.
    pub zone: String,
    /// Whether nobody of it has come yet.
    pub empty: bool,
    /// Whether the one who looks makes administrators.
    pub may_appoint: bool,
    /// Whether the one who looks says what it is entitled to, and suspends it.
    pub may_enrol: bool,
}

/// `GET` and `POST /new-tenant`.
#[derive(Clone, Debug, Template)]
#[template(path = "enrol.html")]
pub struct EnrolPage {
    /// The frame.
    pub shell: Shell,
    /// What machines call it.
    pub key: Field,
    /// What people call it.
    pub name: Field,
    /// Its time zone.
    pub zone: Field,
    /// What it is entitled to.
    pub given: Select,
    /// The plan's name.
    pub plan: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl EnrolPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("key", self.key.error.as_deref()),
            ("name", self.name.error.as_deref()),
            ("zone", self.zone.error.as_deref()),
            ("given", self.given.error.as_deref()),
            ("plan", self.plan.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }
}

/// `GET` and `POST /tenants/{tenant}/entitlement`.
#[derive(Clone, Debug, Template)]
#[template(path = "entitle.html")]
pub struct EntitlePage {
    /// The frame.
    pub shell: Shell,
    /// The tenant.
    pub tenant: TenantRow,
    /// What it is entitled to.
    pub given: Select,
    /// The plan's name.
    pub plan: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl EntitlePage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("given", self.given.error.as_deref()),
            ("plan", self.plan.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }
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
