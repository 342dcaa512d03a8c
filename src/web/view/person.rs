//! A person as others see them.

use std::fmt;

/// A name and a role, never an address. Shown as `Ana Silva, access approver`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name, or "The system", or an API key's name.
    pub name: String,
    /// The role in words, empty where there is none.
    pub role: String,
}

impl Person {
    /// Somebody with a role.
    #[must_use]
    pub fn new(name: impl Into<String>, role: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            role: role.into(),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        if !self.role.is_empty() {
            out.write_str(", ")?;
            out.write_str(&self.role)?;
        }
        Ok(())
    }
}
