//! Proof of who is asking. This room knows no database, reads no clock and rolls no dice: random bytes and
//! Unix seconds come in as arguments.
//!
//! * [`password`]: the first factor, argon2id, a bounded number at a time.
//! * [`totp`]: the second factor, RFC 6238; [`qr`] draws it for a phone to scan.
//! * [`passkey`]: both factors at once, by `WebAuthn`; [`recovery`]: codes for whoever lost the device.
//! * [`token`]: API keys, shown once and kept as hashes.
//! * [`link_token`]: the tokens of one-time links, kept as hashes.
//! * [`pass`]: access passes, by which an engineer says at a gate who comes.
//! * [`call`]: the id of an HTTP request and the address it comes from, past the proxies that are trusted.
//! * [`oidc`]: single sign-on, the one proof that another house gives; it alone speaks to other machines.
//! * [`webhook_secret`]: what this house signs deliveries with.
//! * [`csrf`]: the form token that belongs to one session.
//! * [`sealed`]: the server's secret key, what is sealed under it, and the keys derived from it;
//!   [`key_file`] keeps it on disk, outside the database.

pub mod call;
pub mod csrf;
pub mod key_file;
pub mod link_token;
mod mac;
pub mod oidc;
pub mod pass;
pub mod passkey;
pub mod password;
pub mod qr;
pub mod recovery;
pub mod sealed;
pub mod token;
pub mod totp;
pub mod webhook_secret;
