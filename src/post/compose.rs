//! A letter becomes a message.

use std::time::SystemTime;

use askama::Template;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use url::Url;
use uuid::Uuid;

use super::facts::{self, Row};
use super::inert;
use super::words::{self, Words};
use crate::domain::notice::{Audience, Letter};
use crate::domain::one_time_link::LinkKind;
use crate::domain::time::Moment;

/// Who writes: the same for every mail of a deployment.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The From address.
    pub from: Mailbox,
    /// The provider's support, which answers go to.
    pub reply_to: Option<Mailbox>,
    /// Where the portal is. Every link begins with it, and its host names the messages.
    pub base_url: Url,
}

/// Why a letter could not be composed. None of these goes away by trying again.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The letter is about a request and has none.
    #[error("the letter is about a request and names none")]
    NoRequest,
    /// The letter is about a change of the setting and names none.
    #[error("the letter is about a change of the setting and names none")]
    NoChange,
    /// The letter is about a person and has none.
    #[error("the letter is about a person and names none")]
    NoPerson,
    /// The letter carries a one-time link, and its token is not at hand.
    #[error("the token of the letter's one-time link is not at hand")]
    NoToken,
    /// The letter speaks of a deadline and has none.
    #[error("the letter speaks of a deadline and names none")]
    NoDeadline,
    /// The base URL names no host.
    #[error("the base URL names no host")]
    NoHost,
    /// The recipient's address is none that mail can be sent to.
    #[error("the recipient's address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// A template could not be filled.
    #[error("the template: {0}")]
    Template(#[from] askama::Error),
    /// The parts could not be put together.
    #[error("the message: {0}")]
    Message(#[from] lettre::error::Error),
    /// A part could not be encoded for mail.
    #[error("a part of the message could not be encoded")]
    Encoding,
}

/// The largest message in bytes: larger ones are cut off by some mail services (Gmail at 102 kB).
pub const LARGEST: usize = 100_000;

/// Bounds of each typed text, in characters. The first holds all that the domain accepts; the second is
/// for the rare mail that is too large with it.
const BOUNDS: [usize; 2] = [2_000, 400];

/// The message of a letter: text first, then HTML, under 100 kB. `mail_id` and `written_at` name and
/// date it, so that composing again makes the very same message.
///
/// # Errors
/// When the letter lacks what its kind speaks of, or the sender cannot stand in a mail.
pub fn compose(
    letter: &Letter,
    mail_id: Uuid,
    written_at: Moment,
    sender: &Sender,
) -> Result<Message, ComposeError> {
    compose_with(letter, mail_id, written_at, sender, None)
}

/// The same, for a letter that carries a one-time link with this token.
///
/// # Errors
/// As [`compose`].
pub fn compose_with(
    letter: &Letter,
    mail_id: Uuid,
    written_at: Moment,
    sender: &Sender,
    token: Option<&str>,
) -> Result<Message, ComposeError> {
    let [ample, tight] = BOUNDS;
    let message = compose_within(letter, mail_id, written_at, sender, token, ample)?;
    if message.formatted().len() < LARGEST {
        return Ok(message);
    }
    compose_within(letter, mail_id, written_at, sender, token, tight)
}

#[derive(Template)]
#[template(path = "mail/letter.txt", escape = "none")]
struct Plain<'a> {
    said: &'a Said<'a>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    said: &'a Said<'a>,
}

/// What both parts say.
struct Said<'a> {
    letter: &'a Letter,
    words: Words,
    facts: Vec<Row>,
    /// Nothing where the tenant wants no links.
    link: Option<String>,
}

impl Said<'_> {
    /// For the text part: as it was typed; where the tenant wants no links, without anything a client would make
    /// one of.
    fn text(&self, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        if self.letter.links {
            text.to_owned()
        } else {
            inert::apart(text)
        }
    }
}

fn compose_within(
    letter: &Letter,
    mail_id: Uuid,
    written_at: Moment,
    sender: &Sender,
    token: Option<&str>,
    most: usize,
) -> Result<Message, ComposeError> {
    let host = sender.base_url.host_str().ok_or(ComposeError::NoHost)?;
    let said = Said {
        letter,
        words: words::of(letter)?,
        facts: facts::of(letter, most),
        // Whoever has to come by a link gets it, whatever the tenant wants of its other mails.
        link: (letter.links || letter.enclosed.is_some())
            .then(|| link(letter, &sender.base_url, token))
            .transpose()?,
    };
    let to = Mailbox::new(
        Some(literal(letter.to_name.as_str())),
        letter.to.as_str().parse()?,
    );
    let mut message = Message::builder()
        .from(sender.from.clone())
        .to(to)
        .subject(literal(&said.words.subject))
        .date(SystemTime::from(written_at))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("X-Auto-Response-Suppress", "All"));
    if let Some(reply_to) = &sender.reply_to {
        message = message.reply_to(reply_to.clone());
    }
    let id = mail_id.simple();
    message = match &letter.request {
        Some(request) => {
            let thread = format!("<{}@{host}>", request.reference);
            message
                .message_id(Some(format!("<{}.{id}@{host}>", request.reference)))
                .in_reply_to(thread.clone())
                .references(thread)
        }
        None => message.message_id(Some(format!("<lockbox.{id}@{host}>"))),
    };
    if letter.kind.asks_to_act() && letter.audience == Audience::Approvers {
        // Three names for one thing: RFC 2156 has two of them, and some clients read only the third.
        message = message
            .raw_header(raw("Importance", "high"))
            .raw_header(raw("Priority", "urgent"))
            .raw_header(raw("X-Priority", "1"));
    }
    // RFC 2045 recommends "=_": neither encoding below can bring it forth inside a part.
    let parts = MultiPart::alternative()
        .boundary(format!("=_{id}"))
        .singlepart(part(
            ContentType::TEXT_PLAIN,
            &Plain { said: &said }.render()?,
        )?)
        .singlepart(part(
            ContentType::TEXT_HTML,
            &Html { said: &said }.render()?,
        )?);
    Ok(message.multipart(parts)?)
}

/// The page the button opens: no token, no query. The link carries no authority, unless it is a one-time link: its
/// token stands in the query, which no log of ours keeps.
fn link(letter: &Letter, base_url: &Url, token: Option<&str>) -> Result<String, ComposeError> {
    let mut url = base_url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let mut path = url.path_segments_mut().map_err(|()| ComposeError::NoHost)?;
    path.pop_if_empty();
    match (&letter.request, letter.enclosed) {
        (_, Some(enclosed)) => path.extend(one_time_path(enclosed.kind)),
        (Some(request), None) => path.extend(["requests", request.reference.as_str()]),
        (None, None) => path.extend(words::page(letter).path),
    };
    drop(path);
    if letter.enclosed.is_some() {
        let token = token.ok_or(ComposeError::NoToken)?;
        url.query_pairs_mut().append_pair("link", token);
    }
    Ok(url.into())
}

const fn one_time_path(kind: LinkKind) -> &'static [&'static str] {
    match kind {
        LinkKind::Invitation => &["join"],
        LinkKind::PasswordReset => &["password", "reset"],
    }
}

/// Keeps a typed "=?utf-8?…?=" from being read as an encoded word (RFC 2047) in a header.
fn literal(text: &str) -> String {
    text.replace("=?", "=\u{200C}?")
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A part in the shorter of the two encodings that carry any text through any server.
fn part(kind: ContentType, text: &str) -> Result<SinglePart, ComposeError> {
    let encoded = |encoding| {
        Body::new_with_encoding(text.to_owned(), encoding).map_err(|_| ComposeError::Encoding)
    };
    let quoted = encoded(ContentTransferEncoding::QuotedPrintable)?;
    let base64 = encoded(ContentTransferEncoding::Base64)?;
    let body = if base64.len() < quoted.len() {
        base64
    } else {
        quoted
    };
    Ok(SinglePart::builder().header(kind).body(body))
}

#[cfg(test)]
mod tests;
