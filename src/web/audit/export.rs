//! The log as a file: every entry that the filters let through, newest first; and its signed head.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse};
use chrono_tz::Tz;

use super::asked::Asked;
use super::reading::{Found, Reading};
use crate::acts::{ActError, Lockbox};
use crate::domain::rights::Denied;
use crate::domain::time::rfc3339;
use crate::store::audit::{self, Stretch};
use crate::web::csv;
use crate::web::guard::Member;
use crate::web::page::Answer;
use crate::web::paged::{Making, Piece, file};
use crate::web::view::Times;
use crate::web::words;

/// Entries written at a time.
const ROWS: usize = 500;

const HEADINGS: [&str; 11] = [
    "No.",
    "Time (UTC)",
    "Who",
    "Roles",
    "Act",
    "What",
    "Note",
    "Request",
    "Outcome",
    "Source address",
    "Leaf hash",
];

/// `GET /audit.csv`, with the query of the log.
///
/// # Errors
/// 404 for whoever reads no log whole, 422 for a filter that cannot be read.
pub async fn as_csv(member: Member, request: HttpRequest) -> Answer {
    download(&member, &request, Form::Csv).await
}

/// `GET /audit.json`: an array of the entries exactly as they were sealed.
///
/// # Errors
/// 404 for whoever reads no log whole, 422 for a filter that cannot be read.
pub async fn as_json(member: Member, request: HttpRequest) -> Answer {
    download(&member, &request, Form::Json).await
}

/// `GET /audit/checkpoint`: the signed head of the log.
///
/// # Errors
/// 404 for whoever reads no log whole.
pub async fn checkpoint(member: Member) -> Answer {
    let who = member.person().clone();
    let head = member
        .lockbox()
        .reading(move |conn| {
            let reading = Reading::of(conn, &who, None)?.ok_or(Denied::NotThere)?;
            Ok::<_, ActError>(audit::head(conn, reading.log)?)
        })
        .await?;
    let name = format!(
        "attachment; filename=\"checkpoint-{}.txt\"",
        head.frontier.size()
    );
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(head.checkpoint))
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Json,
}

async fn download(member: &Member, request: &HttpRequest, form: Form) -> Answer {
    let asked = Asked::of(request)?;
    let (who, looked_for) = (member.person().clone(), asked.clone());
    let (reading, stretch) = member
        .lockbox()
        .reading(move |conn| {
            let named = looked_for.reference();
            let reading = Reading::of(conn, &who, named.as_ref())?
                .filter(|reading| reading.whole)
                .ok_or(Denied::NotThere)?;
            let head = audit::head(conn, reading.log)?;
            let stretch = reading.stretch(conn, &head, &looked_for)?;
            Ok::<_, ActError>((reading, stretch))
        })
        .await?;
    if !asked.reference.trim().is_empty() && reading.about.is_none() {
        return Err(Denied::NotThere.into());
    }
    let (ending, kind) = match form {
        Form::Csv => ("csv", "text/csv; charset=utf-8"),
        Form::Json => ("json", "application/json"),
    };
    let name = format!(
        "audit-log-{}.{ending}",
        member.now().format("%Y%m%dT%H%M%SZ")
    );
    let export = Export {
        lockbox: member.lockbox().clone(),
        reading,
        asked,
        form,
        written: 0,
    };
    let stretch = stretch.map_err(ActError::Unfit)?;
    Ok(file(&name, kind, export.begin(stretch)))
}

#[derive(Clone)]
struct Export {
    lockbox: Lockbox,
    reading: Reading,
    asked: Asked,
    form: Form,
    /// Entries written so far.
    written: usize,
}

impl Export {
    fn begin(self, stretch: Stretch) -> Making {
        let mut text = String::new();
        match self.form {
            Form::Csv => {
                text.push_str(csv::BEGINNING);
                csv::line(&mut text, HEADINGS);
            }
            Form::Json => text.push('['),
        }
        let rest = Some(self.page(stretch));
        Box::pin(std::future::ready(Ok(Piece { text, rest })))
    }

    fn page(mut self, stretch: Stretch) -> Making {
        Box::pin(async move {
            let this = self.clone();
            let (text, written, next) = self
                .lockbox
                .reading(move |conn| {
                    let page = this.reading.look(conn, stretch, &this.asked, ROWS)?;
                    let references = this.reading.references(conn, &page.found)?;
                    let mut text = String::new();
                    for (place, found) in page.found.iter().enumerate() {
                        match this.form {
                            Form::Csv => {
                                let reference = found.1.request.and_then(|id| references.get(&id));
                                write_line(&mut text, found, reference.map_or("", |r| r.as_str()));
                            }
                            Form::Json => {
                                text.push_str(if this.written + place == 0 {
                                    "\n"
                                } else {
                                    ",\n"
                                });
                                text.push_str(&found.0.body);
                            }
                        }
                    }
                    Ok::<_, ActError>((text, page.found.len(), page.next))
                })
                .await?;
            self.written += written;
            let rest = match next {
                Some(next) => self.page(Stretch {
                    before: Some(next),
                    ..stretch
                }),
                None => self.end(),
            };
            Ok(Piece {
                text,
                rest: Some(rest),
            })
        })
    }

    fn end(self) -> Making {
        let text = match self.form {
            Form::Csv => String::new(),
            Form::Json => "\n]\n".to_owned(),
        };
        Box::pin(std::future::ready(Ok(Piece { text, rest: None })))
    }
}

fn write_line(text: &mut String, (row, entry): &Found, reference: &str) {
    let times = Times {
        zone: Tz::UTC,
        now: entry.at,
    };
    let (author, told) = (&entry.author, words::of_entry(entry, times));
    let cells = [
        &entry.seq.to_string(),
        &rfc3339(entry.at),
        &author.actor.name(),
        &author.actor.roles(),
        entry.fact.act(),
        &told.what,
        told.note.as_deref().unwrap_or_default(),
        reference,
        entry.fact.outcome(),
        &author
            .source
            .map(|source| source.to_string())
            .unwrap_or_default(),
        &row.leaf().map(|leaf| leaf.to_string()).unwrap_or_default(),
    ];
    csv::line(text, cells);
}
