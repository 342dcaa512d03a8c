//! What people do to a request, each behind its confirming form.
//!
//! The order is always the same: rights, the request's state, the version that was seen, what was typed, the second
//! factor, the act. A form that is not taken is shown again with everything kept.

pub mod approval;
pub mod endorsement;
pub mod engineer;
pub mod outcome;
pub mod rejection;
pub mod revocation;

use serde::Deserialize;

/// A form that carries nothing but the version of the request it was shown for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenVersion {
    version: String,
}
