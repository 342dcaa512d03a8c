//! Accepting newer activation terms while the lockbox is on.

use super::setting::{change, unfit};
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::lockbox::Lockbox as Setting;
use crate::domain::terms::TermsVersion;

/// Accepts the terms that were shown, by the SHA-256 of their text. Nothing else changes: what the tenant accepted as
/// not covered stays as it is.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn accept_terms(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    terms_sha256: &str,
) -> Result<(), ActError> {
    let shown = lockbox.terms_shown(terms_sha256)?;
    change(lockbox, by, tenant, |_, row| match &row.lockbox {
        Setting::Off => Err(unfit("lockbox", "Customer Lockbox is off.")),
        Setting::On { terms, .. } if *terms == shown => Err(unfit(
            "terms",
            "These activation terms are accepted already.",
        )),
        Setting::On { .. } => Ok(Fact::TermsAccepted { terms: shown }),
    })
    .map(drop)
}

impl Lockbox {
    /// The terms in force, if they are those that were shown.
    pub(super) fn terms_shown(&self, sha256: &str) -> Result<TermsVersion, ActError> {
        let terms = self.terms.version.clone();
        if terms.sha256 == sha256 {
            Ok(terms)
        } else {
            let words = "The activation terms have changed. Read the new ones and accept them.";
            Err(unfit("terms", words))
        }
    }
}
