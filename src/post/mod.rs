//! Mail and webhooks: composes and sends. Knows no database.
//!
//! [`compose`] turns a [`Letter`](crate::domain::notice::Letter) into a message; [`Mailer`] hands it
//! to a server, a folder or a test. One letter and one mail id always make the same message, so that
//! sending again after a crash makes no second mail.
//!
//! In reading order: `words` says what happened to this reader, `facts` fills the table, `when`
//! writes times in the reader's zone, `inert` keeps what people typed from becoming a link,
//! `compose` puts it all under the right headers. Then `transport` and its `smtp`.

pub mod compose;
mod facts;
mod inert;
pub mod smtp;
pub mod transport;
pub mod webhook;
mod when;
mod words;

pub use compose::{ComposeError, Sender, compose, compose_with};
pub use smtp::{Smtp, SmtpConfig, SmtpConfigError};
pub use transport::{Mailer, SendError};
