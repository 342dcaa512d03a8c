//! Two at once.
//!
//! After every try of every race: access is live only if its request is approved, unrevoked and unexpired; each
//! request has at most one outcome and one window; each act has exactly one audit entry and its notices.
//!
//! Each race is run 50 times; `LOCKBOX_RACE_TRIES` says otherwise, and `tests/prove.sh` says 1,000.

mod arena;
mod cases;
mod codes;
mod decisions;
mod doors;
mod filing;
mod founding;
mod nights;
mod passkeys;
mod people;
pub mod race;
mod reminders;
mod sessions;
mod setting;
