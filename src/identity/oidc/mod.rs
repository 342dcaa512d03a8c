//! Single sign-on: OpenID Connect Core 1.0, the authorization code flow with PKCE (RFC 7636), as a client.
//!
//! The order of a sign-in: [`provider`] says where the identity provider's doors are; [`attempt`] sends the browser
//! there and knows its answer again; [`exchange`] turns the answer's code into tokens; [`id_token`] is what it says of
//! a person, believed only with a signature of [`keys`]. [`fetch`] is the one place that asks identity providers, when
//! it is their turn by [`turns`], and [`directory`] remembers what was fetched.
//!
//! Written here, on ring's signatures that TLS uses already, and not with a library: each check that is made can be
//! read, none can be switched off, and the time is the house's own.

pub mod attempt;
pub mod directory;
pub mod exchange;
pub mod fetch;
pub mod id_token;
pub mod keys;
pub mod provider;
pub mod turns;

use fetch::FetchError;

/// Why somebody was not signed in. Words for the administrator who sets it up; visitors read none of them.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// It could not be asked.
    #[error("{what} could not be fetched: {why}")]
    Fetch {
        /// What was asked for.
        what: &'static str,
        /// Why it did not come.
        why: FetchError,
    },
    /// It answered what it must not.
    #[error("{0}")]
    Answer(&'static str),
    /// It said no: an error code of OAuth 2.0.
    #[error("the identity provider refused: {0}")]
    Refused(String),
    /// The ID token is signed with a key that it does not show.
    #[error("the ID token is signed with a key that is not among the identity provider's")]
    UnknownKey,
    /// The proof of who they are is older than was asked for.
    #[error(
        "the proof of who they are is older than was asked for: the identity provider did not ask anew"
    )]
    ProofTooOld,
    /// The ID token is not to be believed.
    #[error("the ID token is not valid: {0}")]
    Token(&'static str),
}
