//! The real program under load, and something breaks: the process, its database, its disk, its mail server.
//!
//! After each of them nothing that was acknowledged is missing, nothing was done twice, the log is whole, access is where
//! the acknowledged acts put it, and every letter went out under its one Message-ID (PROOF 14 and 18).

mod activity;
mod disk;
mod house;
mod killed;
mod load;
mod nodes;
mod postgres;
