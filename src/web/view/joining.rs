//! Getting in for the first time, or again: an invitation, a forgotten password, the first authenticator app.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field};
use super::shell::Shell;

/// A secret for an authenticator app, as a picture, as a link and as text.
#[derive(Clone, Debug)]
pub struct AppOffer {
    /// The picture: finished HTML, with nothing in it that was typed.
    pub picture: String,
    /// What opens the app on the device that shows the page.
    pub address: String,
    /// The secret in groups of four.
    pub secret: String,
    /// The secret, sealed, for the form to send back.
    pub sealed: String,
}

/// `GET` and `POST /join`, with the token of the link.
#[derive(Clone, Debug, Template)]
#[template(path = "join.html")]
pub struct JoinPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// Who was invited.
    pub name: String,
    /// Their address.
    pub email: String,
    /// As what: "auditor, access approver".
    pub roles: String,
    /// To what.
    pub organisation: String,
    /// The token of the link.
    pub link: String,
    /// What is wrong with the password. A password is never filled in again.
    pub password_error: Option<String>,
    /// The app.
    pub app: AppOffer,
    /// The code.
    pub code: CodeField,
}

impl JoinPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("password", self.password_error.as_deref()),
            ("verification_code", self.code.error.as_deref()),
        ])
    }
}

/// `GET` and `POST /set-up`, with the token of the address.
#[derive(Clone, Debug, Template)]
#[template(path = "set-up.html")]
pub struct SetUpPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// The token of the address.
    pub link: String,
    /// The mail address.
    pub email: Field,
    /// The name.
    pub name: Field,
    /// What is wrong with the password.
    pub password_error: Option<String>,
    /// The app.
    pub app: AppOffer,
    /// The code.
    pub code: CodeField,
}

impl SetUpPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("name", self.name.error.as_deref()),
            ("email", self.email.error.as_deref()),
            ("password", self.password_error.as_deref()),
            ("verification_code", self.code.error.as_deref()),
        ])
    }
}

/// `GET` and `POST /sign-in/authenticator`.
#[derive(Clone, Debug, Template)]
#[template(path = "authenticator.html")]
pub struct AuthenticatorPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// The app.
    pub app: AppOffer,
    /// The code.
    pub code: CodeField,
    /// The path to land on afterwards.
    pub next: String,
}

impl AuthenticatorPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", self.code.error.as_deref())])
    }
}

/// `GET` and `POST /password/forgotten`.
#[derive(Clone, Debug, Template)]
#[template(path = "forgotten.html")]
pub struct ForgottenPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// Whether it was said. The answer is the same for every address.
    pub said: bool,
}

/// `GET` and `POST /password/reset`, with the token of the link.
#[derive(Clone, Debug, Template)]
#[template(path = "reset-password.html")]
pub struct ResetPasswordPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// Whose password it is.
    pub email: String,
    /// The token of the link.
    pub link: String,
    /// What is wrong with the password.
    pub password_error: Option<String>,
}

impl ResetPasswordPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("password", self.password_error.as_deref())])
    }
}
