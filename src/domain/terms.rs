//! The activation terms: what a tenant accepts when it turns its lockbox on.

use serde::{Deserialize, Serialize};

use super::hex::sha256_hex;

/// Which text was accepted: its version and the SHA-256 of its bytes, as 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsVersion {
    /// The version named in the text's first line.
    pub version: String,
    /// SHA-256 of the whole text, in hex.
    pub sha256: String,
}

/// The terms in force in this deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which text it is.
    pub version: TermsVersion,
    /// The text after its first line: paragraphs apart by an empty line.
    pub text: String,
}

/// The text does not begin with a line `Version: …`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the activation terms must begin with a line such as \"Version: 2026-11\"")]
pub struct NoVersion;

impl Terms {
    /// Reads a terms file: a first line `Version: …`, then the text.
    ///
    /// # Errors
    /// [`NoVersion`] when the first line does not name a version.
    pub fn parse(file: &str) -> Result<Self, NoVersion> {
        let (first, text) = file.split_once('\n').ok_or(NoVersion)?;
        let version = first
            .strip_prefix("Version:")
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .ok_or(NoVersion)?;
        Ok(Self {
            version: TermsVersion {
                version: version.to_owned(),
                sha256: sha256_hex(file.as_bytes()),
            },
            text: text.trim().to_owned(),
        })
    }
}
