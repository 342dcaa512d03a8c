//! What a lockbox is: words, states, rights and times.
//!
//! This room is pure. It does no I/O, reads no clock and rolls no dice: time and
//! randomness come in as arguments, and everything here can be tested by calling it.

pub mod access_hours;
pub mod activity;
pub mod audit;
pub mod entitlement;
pub mod fact;
pub mod gate;
pub mod hex;
pub mod id;
pub mod key;
pub mod lockbox;
pub mod notice;
pub mod notification_setting;
pub mod one_time_link;
pub mod person;
pub mod recovery;
pub mod request;
pub mod rights;
pub mod scope;
pub mod second_factor;
pub mod service;
pub mod single_sign_on;
pub mod support_case;
pub mod tenant;
pub mod terms;
pub mod text;
pub mod time;
pub mod weakening;
pub mod webhook;
