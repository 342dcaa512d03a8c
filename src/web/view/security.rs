//! Security: what somebody signs in with.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::joining::AppOffer;
use super::shell::Shell;
use super::when::When;

/// `GET /security`.
#[derive(Clone, Debug, Template)]
#[template(path = "security.html")]
pub struct SecurityPage {
    /// The frame.
    pub shell: Shell,
    /// Since when there is an authenticator app, if there is one.
    pub app: Option<When>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// The zone of every time in their table.
    pub zone: String,
    /// Whether passkeys can be used here.
    pub offered: bool,
    /// How many recovery codes are left.
    pub codes_left: usize,
    /// When they were made.
    pub codes_since: Option<When>,
}

/// One passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub since: When,
    /// When it was last used.
    pub used: Option<When>,
}

/// `GET` and `POST /security/passkeys/new`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-passkey.html")]
pub struct NewPasskeyPage {
    /// The frame.
    pub shell: Shell,
    /// What it will be called.
    pub name: Field,
    /// The field for a stale second factor; then the passkey itself comes after it.
    pub code: Option<CodeField>,
    /// What kept it from being added.
    pub problem: Option<String>,
}

impl NewPasskeyPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let code = ("verification_code", code_error(self.code.as_ref()));
        ErrorSummary::of([("name", self.name.error.as_deref()), code]).and(self.problem.as_deref())
    }
}

/// `GET` and `POST /security/passkeys/{passkey}`.
#[derive(Clone, Debug, Template)]
#[template(path = "passkey.html")]
pub struct PasskeyPage {
    /// The frame.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// What it is called now.
    pub called: String,
    /// Since when.
    pub since: When,
    /// When it was last used.
    pub used: Option<When>,
    /// What it will be called.
    pub name: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl PasskeyPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let code = ("verification_code", code_error(self.code.as_ref()));
        ErrorSummary::of([("name", self.name.error.as_deref()), code])
    }
}

/// `GET` and `POST /security/passkeys/{passkey}/removal`.
#[derive(Clone, Debug, Template)]
#[template(path = "remove-passkey.html")]
pub struct PasskeyRemovalPage {
    /// The frame.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// What it is called.
    pub called: String,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept it from being removed.
    pub problem: Option<String>,
}

impl PasskeyRemovalPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
            .and(self.problem.as_deref())
    }
}

/// `GET` and `POST /security/recovery-codes`, before there are new ones.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery-codes.html")]
pub struct RecoveryCodesPage {
    /// The frame.
    pub shell: Shell,
    /// How many are left of the present ones.
    pub left: usize,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl RecoveryCodesPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
    }
}

/// The answer to `POST /security/recovery-codes`: the only page that shows them.
#[derive(Clone, Debug, Template)]
#[template(path = "made-codes.html")]
pub struct MadeCodesPage {
    /// The frame.
    pub shell: Shell,
    /// The address they let in with.
    pub address: String,
    /// When they were made.
    pub made: When,
    /// The codes.
    pub codes: Vec<String>,
}

/// `GET` and `POST /security/authenticator-app`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-app.html")]
pub struct NewAppPage {
    /// The frame.
    pub shell: Shell,
    /// The secret; none while a fresh second factor is asked for first.
    pub app: Option<AppOffer>,
    /// The new app's code, or that of the second factor there is.
    pub code: CodeField,
}

impl NewAppPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", self.code.error.as_deref())])
    }
}

/// `GET` and `POST /security/password`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-password.html")]
pub struct NewPasswordPage {
    /// The frame.
    pub shell: Shell,
    /// Whose it is, for those who have passwords kept for them.
    pub email: String,
    /// What is wrong with the present password.
    pub current_error: Option<String>,
    /// What is wrong with the new one. Neither is ever filled in again.
    pub password_error: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl NewPasswordPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("current", self.current_error.as_deref()),
            ("password", self.password_error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
    }
}
