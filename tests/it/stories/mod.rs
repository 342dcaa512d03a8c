//! Journeys over HTTP, each on both databases.

mod api;
mod authzen;
mod deadlines;
mod filing;
mod home;
mod hostile;
mod lists;
mod logs;
mod main_loop;
mod notifications;
mod operations;
mod outbox;
mod outcomes;
mod own;
mod passkeys;
mod questions;
mod recovery_codes;
mod reminders;
mod revocation;
mod security;
mod sessions;
mod setting;
mod sign_in;
mod stale;
mod tries;
mod walls;
