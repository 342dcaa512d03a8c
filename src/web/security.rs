//! Security: what somebody signs in with.

pub mod app;
pub mod codes;
pub mod passkeys;
pub mod password;

use actix_web::HttpRequest;

use super::guard::Member;
use super::page::{Answer, page};
use super::view::{Message, PasskeyRow, Place, SecurityPage, Tone};
use crate::domain::second_factor::FactorKind;
use crate::store::{Stored, credentials, passkeys as stored, recovery_codes};

/// `GET /security`, and what was done just before it: `?added`, `?renamed`, `?removed`, `?app`,
/// `?password`.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let person = member.person().id;
    let (app, passkeys, codes) = member
        .lockbox()
        .reading(move |conn| {
            let app = credentials::authenticator(conn, person)?;
            let passkeys = stored::of_person(conn, person)?;
            let codes = recovery_codes::left(conn, person)?;
            Stored::Ok((app, passkeys, codes))
        })
        .await?;
    let times = member.times();
    let mut shell = member.shell(Place::Elsewhere);
    let done = match request.query_string() {
        "added" => Some("The passkey was added."),
        "renamed" => Some("The passkey has its new name."),
        "removed" => Some("The passkey was removed."),
        "app" => Some("The authenticator app was set up."),
        "password" => Some("Your password was changed."),
        _ => None,
    };
    if let Some(done) = done {
        let words = format!("{done} You were signed out everywhere else, and told so by mail.");
        shell.messages.push(Message::new(Tone::Good, words));
    }
    if member.who.second_factor.kind == FactorKind::RecoveryCode {
        let words = "You came in by a recovery code. You can read, and confirm nothing. Add a second factor now: \
                     for five minutes the recovery code is enough for that.";
        shell.messages.push(Message::new(Tone::Warning, words));
    }
    page(&SecurityPage {
        shell,
        app: app.map(|(_, since)| times.at(since)),
        passkeys: passkeys
            .into_iter()
            .map(|passkey| PasskeyRow {
                id: passkey.id.to_string(),
                name: passkey.name.to_string(),
                since: times.at(passkey.since),
                used: passkey.last_used_at.map(|at| times.at(at)),
            })
            .collect(),
        zone: times.zone_words(),
        offered: member.site().passkeys.is_some(),
        codes_left: codes.len(),
        codes_since: codes.first().map(|(_, since)| times.at(*since)),
    })
}
