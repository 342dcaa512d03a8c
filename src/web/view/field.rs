//! What a form shows: fields with their kept answers and their errors.

/// A text that somebody typed, kept as typed, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// The answer so far.
    pub value: String,
    /// What to change, as an instruction: "Enter a reason".
    pub error: Option<String>,
}

impl Field {
    /// A field with an answer and nothing wrong.
    #[must_use]
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            error: None,
        }
    }

    /// The same answer, refused.
    #[must_use]
    pub fn refused(self, error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..self
        }
    }
}

/// A choice from a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// What can be chosen, in the order shown.
    pub choices: Vec<Choice>,
    /// What to change.
    pub error: Option<String>,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Whether it is the present choice.
    pub chosen: bool,
}

impl Choice {
    /// A choice, by what is sent and what is read.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            chosen: false,
        }
    }

    /// A list that begins with an empty choice, each choice by what is sent and what is read.
    #[must_use]
    pub fn list<'a>(
        nothing: &'a str,
        all: impl IntoIterator<Item = (&'a str, &'a str)>,
        chosen: &str,
    ) -> Vec<Self> {
        [("", nothing)]
            .into_iter()
            .chain(all)
            .map(|(value, label)| Self {
                chosen: value == chosen,
                ..Self::new(value, label)
            })
            .collect()
    }

    /// The same, as the present choice.
    #[must_use]
    pub fn chosen(self) -> Self {
        Self {
            chosen: true,
            ..self
        }
    }
}

/// The field "Verification code". It is on a form only where the second factor is stale, and a
/// code is never filled in again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeField {
    /// What was wrong with the last code.
    pub error: Option<String>,
    /// Whether a passkey can be shown instead.
    pub passkey: bool,
    /// The way to prove it anew at an identity provider, for whoever came by one.
    pub single_sign_on: Option<String>,
}

impl CodeField {
    /// The field after a code that was refused or missing.
    #[must_use]
    pub fn refused(error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..Self::default()
        }
    }

    /// The field, with the way to an identity provider below it.
    #[must_use]
    pub fn or_single_sign_on(self, single_sign_on: Option<String>) -> Self {
        Self {
            single_sign_on,
            ..self
        }
    }

    /// The field, with the button for a passkey beside it.
    #[must_use]
    pub fn or_passkey(self, passkey: bool) -> Self {
        Self { passkey, ..self }
    }
}

/// One error and the field it belongs to: a line of the summary above the heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError<'a> {
    /// The `id` of the field, or nothing where the whole form was refused.
    pub id: Option<&'a str>,
    /// What to change.
    pub text: &'a str,
}

/// Everything that kept a form from being taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorSummary<'a> {
    /// The errors in the order of the fields.
    pub errors: Vec<FieldError<'a>>,
}

impl<'a> ErrorSummary<'a> {
    /// Collects the errors of a form: each field's `id` and its error, if it has one.
    pub fn of(fields: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let errors = fields
            .into_iter()
            .filter_map(|(id, error)| {
                Some(FieldError {
                    id: Some(id),
                    text: error?,
                })
            })
            .collect();
        Self { errors }
    }

    /// Puts what is wrong with the whole form first.
    #[must_use]
    pub fn and(mut self, problem: Option<&'a str>) -> Self {
        if let Some(text) = problem {
            self.errors.insert(0, FieldError { id: None, text });
        }
        self
    }

    /// How the page's title begins.
    #[must_use]
    pub fn title(&self) -> &'static str {
        if self.errors.is_empty() {
            ""
        } else {
            "Error: "
        }
    }
}

/// The error of a code field that may not be on the form.
pub(super) fn code_error(code: Option<&CodeField>) -> Option<&str> {
    code.and_then(|code| code.error.as_deref())
}
