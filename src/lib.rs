//! x
pub mod acts;
pub mod clock;
pub mod domain;
pub mod identity;
pub mod store;
