//! Lockbox: an open, self-hosted Customer Lockbox.
//!
//! **The one idea.** Each tenant's audit log has a head, and advancing that head is the first statement of every
//! act's transaction. That one `UPDATE` is SQLite's write lock, PostgreSQL's row lock, the order of the log, and a
//! race-free place to decide.
//!
//! **Seven laws.**
//!
//! 1. The domain does no I/O, reads no clock, rolls no dice.
//! 2. Nothing of the domain changes without a fact, sealed in the same transaction. Bookkeeping goes through
//!    `Store::keep`, which may touch only its own tables.
//! 3. One fact, three uses: audit entry, notices, webhook body.
//! 4. Time decides; workers only write it down. Every answer is `state.at(now)`.
//! 5. Nothing leaves the house inside a transaction: mail and webhooks go through the outbox, with a lease.
//! 6. A handler's parameters are its access rule; every lookup takes the tenant.
//! 7. A row that makes no sense is an error, never a default; a decision that cannot be made is a denial.
//!
//! **The rooms**, in reading order: [`domain`] is what a lockbox is; [`identity`] is proof of who is asking;
//! [`store`] is memory; [`acts`] is what somebody can do; [`post`] writes letters and delivers webhooks, [`outside`] is
//! the way to other machines; [`work`] is the night shift;
//! [`web`] and [`api`] are the doors, and [`ops`] is the back door for whoever runs the house, each with its
//! [`url_table`]. [`founding`], [`app`], [`cli`] and [`demo`] put them together from [`config`] and [`clock`]. Which
//! room may know which is kept by a test in `tests/it/tidy.rs`.

pub mod acts;
pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod founding;
pub mod identity;
pub mod ops;
pub mod outside;
pub mod post;
pub mod store;
pub mod url_table;
pub mod web;
pub mod work;
