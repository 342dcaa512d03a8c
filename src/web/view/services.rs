//! The provider's services.

use askama::Template;

use super::badge::Badge;
use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::shell::Shell;

/// `GET /services`.
#[derive(Clone, Debug, Template)]
#[template(path = "services.html")]
pub struct ServicesPage {
    /// The frame.
    pub shell: Shell,
    /// Every service, by name.
    pub services: Vec<ServiceRow>,
    /// Whether the one who looks adds services and proposes.
    pub may_add: bool,
}

/// A service.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// Where its proposal is changed.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Whether it is proposed to be covered.
    pub covered: bool,
}

impl ServiceRow {
    const fn badge(&self) -> Badge {
        if self.covered {
            Badge::Covered
        } else {
            Badge::NotCovered
        }
    }
}

/// `GET` and `POST /new-service`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-service.html")]
pub struct AddServicePage {
    /// The frame.
    pub shell: Shell,
    /// What machines call it.
    pub key: Field,
    /// What people call it.
    pub name: Field,
    /// Whether it is proposed to be covered.
    pub covered: bool,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl AddServicePage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("key", self.key.error.as_deref()),
            ("name", self.name.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }
}
