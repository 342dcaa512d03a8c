//! What only the demo has: signing in with one click, and the mails it sent.

use std::path::Path;

use actix_session::Session;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::error::WebError;
use super::form::Posted;
use super::guard::visitor_shell;
use super::page::{Answer, page, see_other};
use super::sign_in::{enter, inside};
use super::site::{DemoSite, Site};
use super::view::{DemoMailPage, DemoMailRow, DemoMailsPage, Link};
use crate::acts::Lockbox;
use crate::domain::second_factor::SecondFactor;
use crate::domain::text::EmailAddress;
use crate::domain::time::Moment;
use crate::store::people;
use crate::store::sessions::Ground;

/// A mail as the demo shows it.
struct SentMail {
    subject: String,
    to: String,
    date: Moment,
    text: String,
}

/// Most mails the demo lists.
const MAILS_MAX: usize = 200;

/// The form "Use this account".
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    email: String,
    #[serde(default)]
    next: String,
}

/// `POST /demo/use`: signs one of the demo's people in, both factors at once.
///
/// # Errors
/// 404 for what the demo does not have.
pub async fn use_account(
    request: HttpRequest,
    session: Session,
    form: Posted<Use>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let listed = demo(&site)?;
    if !(listed.people)(&lockbox)
        .iter()
        .any(|person| person.email == form.fields.email)
    {
        return Err(WebError::NotFound);
    }
    let email = EmailAddress::parse(&form.fields.email).map_err(|_| WebError::NotFound)?;
    let person = lockbox
        .reading(move |conn| people::by_email(conn, &email))
        .await?
        .ok_or(WebError::NotFound)?;
    let now = lockbox.store.clock().now();
    let factor = SecondFactor::app(person.second_factor_since.unwrap_or(now));
    let ground = Ground::Arrival;
    enter(
        &request, &session, &lockbox, &site, person.id, factor, ground,
    )
    .await?;
    Ok(see_other(inside(&form.fields.next)))
}

/// `GET /demo/mail`.
///
/// # Errors
/// 404 for what the demo does not have.
pub async fn mails(request: HttpRequest, site: web::Data<Site>) -> Answer {
    let folder = demo(&site)?.mail_folder.clone();
    let read = web::block(move || newest(&folder))
        .await
        .map_err(|e| WebError::Session(e.to_string()))?;
    let shell = visitor_shell(&request);
    let mails = read
        .into_iter()
        .map(|(name, mail)| DemoMailRow {
            href: format!("/demo/mail/{name}"),
            subject: mail.subject,
            to: mail.to,
            when: shell.times.at(mail.date),
        })
        .collect();
    let zone = shell.times.zone_words();
    page(&DemoMailsPage { shell, mails, zone })
}

/// `GET /demo/mail/{name}`.
///
/// # Errors
/// 404 for what the demo does not have.
pub async fn mail(request: HttpRequest, name: web::Path<String>, site: web::Data<Site>) -> Answer {
    let folder = demo(&site)?.mail_folder.clone();
    let name = name.into_inner();
    let found = web::block(move || {
        newest(&folder)
            .into_iter()
            .find(|(known, _)| *known == name)
    })
    .await
    .map_err(|e| WebError::Session(e.to_string()))?;
    let (_, mail) = found.ok_or(WebError::NotFound)?;
    let shell = visitor_shell(&request);
    let links = links_inside(&mail.text, &site)
        .into_iter()
        .map(|path| Link::new(path.clone(), format!("Review request: {path}")))
        .collect();
    let when = shell.times.at(mail.date);
    page(&DemoMailPage {
        shell,
        subject: mail.subject,
        to: mail.to,
        when,
        text: mail.text,
        links,
    })
}

fn demo(site: &Site) -> Result<&DemoSite, WebError> {
    site.demo.as_ref().ok_or(WebError::NotFound)
}

/// The newest mails of a folder with their file names. A name from the address is only ever compared with these.
fn newest(folder: &Path) -> Vec<(String, SentMail)> {
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut mails: Vec<(String, SentMail)> = files
        .flatten()
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let is_mail = Path::new(&name)
                .extension()
                .is_some_and(|ending| ending == "eml");
            let mail = is_mail.then(|| std::fs::read(file.path()).ok())??;
            Some((name, read(&mail)?))
        })
        .collect();
    mails.sort_by_key(|(name, mail)| (std::cmp::Reverse::<Moment>(mail.date), name.clone()));
    mails.truncate(MAILS_MAX);
    mails
}

fn read(mail: &[u8]) -> Option<SentMail> {
    let mail = mail_parser::MessageParser::default().parse(mail)?;
    let to = mail
        .to()
        .and_then(|to| to.first())
        .and_then(|to| to.address());
    Some(SentMail {
        subject: mail.subject().unwrap_or_default().to_owned(),
        to: to.unwrap_or_default().to_owned(),
        date: Moment::from_timestamp(mail.date()?.to_timestamp(), 0)?,
        text: mail.body_text(0)?.into_owned(),
    })
}

/// The paths of links in a mail's text that lead into this portal.
fn links_inside(text: &str, site: &Site) -> Vec<String> {
    let base = site.base_url.as_str().trim_end_matches('/');
    let mut paths: Vec<String> = text
        .split_whitespace()
        .filter_map(|word| word.strip_prefix(base))
        .map(|path| path.trim_end_matches(['.', ',', ')']).to_owned())
        .filter(|path| inside(path) == path && path != "/")
        .collect();
    paths.dedup();
    paths
}
