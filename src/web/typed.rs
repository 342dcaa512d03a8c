//! What people typed, read at the door: a value of the domain, or what to change.

use crate::domain::text::{Line, Prose, Slug, TextError};

/// A text that must be there.
///
/// # Errors
/// What to change, as an instruction.
pub fn prose(name: &str, text: &str) -> Result<Prose, String> {
    Prose::parse(text).map_err(|error| instruction(name, error))
}

/// A text that may be left out.
///
/// # Errors
/// What to change, as an instruction.
pub fn optional_prose(name: &str, text: &str) -> Result<Option<Prose>, String> {
    if text.trim().is_empty() {
        Ok(None)
    } else {
        prose(name, text).map(Some)
    }
}

/// One line that must be there.
///
/// # Errors
/// What to change, as an instruction.
pub fn line(name: &str, text: &str) -> Result<Line, String> {
    Line::parse(text).map_err(|error| instruction(name, error))
}

/// What somebody or something is called from now on.
///
/// # Errors
/// What to change, as an instruction.
pub fn called(name: &str, text: &str) -> Result<Line, String> {
    Line::name(text).map_err(|error| instruction(name, error))
}

/// A key, which machines call something by.
///
/// # Errors
/// What to change, as an instruction.
pub fn slug(text: &str) -> Result<Slug, String> {
    Slug::parse(text.trim()).map_err(|error| match error {
        TextError::Form => {
            "Write the key in small letters, digits and hyphens, without a hyphen at its beginning or end."
                .to_owned()
        }
        other => instruction("key", other),
    })
}

fn instruction(name: &str, error: TextError) -> String {
    match error {
        TextError::Empty => format!("Enter the {name}."),
        TextError::TooLong(most) => {
            format!("Shorten the {name}: it can have {most} characters at most.")
        }
        TextError::Control => format!(
            "Take out of the {name} the characters that do not show or that turn the text around."
        ),
        TextError::Form => format!("Correct the {name}: it is not of the form expected."),
    }
}
