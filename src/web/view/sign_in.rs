//! The way in: address and password, then the second factor.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field};
use super::shell::Shell;

/// `GET` and `POST /sign-in`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign-in.html")]
pub struct SignInPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// The address, as it was typed.
    pub email: Field,
    /// One neutral text for every failure.
    pub problem: Option<String>,
    /// The path to land on afterwards; empty for the usual one.
    pub next: String,
    /// Whether a passkey can be used here.
    pub passkeys: bool,
    /// The demo's people; empty everywhere else.
    pub demo: Vec<DemoPerson>,
}

impl SignInPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("email", self.email.error.as_deref())]).and(self.problem.as_deref())
    }

    /// The way past the password.
    fn single_sign_on(&self) -> String {
        let next: String = url::form_urlencoded::byte_serialize(self.next.as_bytes()).collect();
        format!("/sign-in/sso?next={next}")
    }
}

/// `GET` and `POST /sign-in/second-factor`.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor.html")]
pub struct SecondFactorPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// The code.
    pub code: CodeField,
    /// Where to go for whoever lost the device.
    pub lost: String,
    /// The path to land on afterwards; empty for the usual one.
    pub next: String,
}

impl SecondFactorPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", self.code.error.as_deref())])
    }
}

/// `GET` and `POST /sign-in/recovery`.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery.html")]
pub struct RecoveryPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// The recovery code; never shown again.
    pub code: Field,
    /// The path to land on afterwards; empty for the usual one.
    pub next: String,
    /// The page for those who have their device after all.
    pub back: String,
}

impl RecoveryPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("recovery_code", self.code.error.as_deref())])
    }
}

/// Somebody of the demo. "Use this account" posts the address to `/demo/use`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// The name.
    pub name: String,
    /// The roles in words.
    pub roles: String,
    /// The tenant's or the provider's name; people of one stand together.
    pub organisation: String,
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The verification code of this half minute.
    pub code: String,
}
