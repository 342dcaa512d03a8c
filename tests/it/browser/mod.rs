//! Real people at a real Chromium, in front of the real application.
//!
//! Every page they come to is looked over by [`inspection`]; pictures of it are kept in `target/screenshots`.

mod accessibility;
mod album;
mod chromium;
mod decisions;
mod demo;
mod inspection;
mod lists;
mod logs;
mod looks;
mod passkeys;
mod people;
mod person;
mod pictures;
mod revocation;
mod session;
mod setting;
mod single_sign_on;
mod systems;
mod whole_loop;
