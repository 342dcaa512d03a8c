//! A deployment with many requests of one tenant.
//!
//! The newest [`ACTED`] of them are filed through the acts: the last is active, the one before waits for the customer,
//! one in ten of the others was used, the rest were taken back. The older ones are copies of their rows, further in
//! the past, which the log does not know: filing them all would take longer than measuring.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use lockbox::acts::file_request::{CaseNamed, NewCase, NewRequest, file};
use lockbox::acts::{Lockbox, decide};
use lockbox::demo::{self, DemoFile};
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{Line, Prose, Slug};
use lockbox::domain::time::Minutes;
use lockbox::post::{Mailer, Sender};
use lockbox::store::conn::{Conn, DatabaseUrl, Manager};
use lockbox::work::outbox::{PostOffice, deliver_due};
use serde_json::json;

use super::named::Named;
use super::{Done, by, open};

/// How far apart the requests were filed.
const APART: TimeDelta = TimeDelta::minutes(3);
/// How many are filed through the acts.
const ACTED: i32 = 1000;
const READER: &str = "kim@fabrikam.example";

/// Founds the deployment and prints what is needed to measure it.
pub async fn fill(url: &str, requests: i32) -> Done<()> {
    let acted = requests.min(ACTED);
    let (lockbox, clock) = open(url, APART * acted)?;
    let demo = demo::enrol_everybody(&lockbox, String::new()).await?;
    let foreign = file(
        &lockbox,
        &by(&lockbox, "ivo@provider.example")?,
        &new_request("contoso", 1)?,
    )?;
    for left in (1..=acted).rev() {
        one_request(&lockbox, left)?;
        if left % 100 == 1 {
            send_letters(&lockbox).await?;
        }
        clock.advance(APART);
    }
    copy_into_the_past(url, requests / acted - 1)?;
    println!("{}", seeded(&demo, &foreign)?);
    Ok(())
}

/// As many copies of each request that is over as asked for, each with an id and a reference of its own.
fn copy_into_the_past(url: &str, copies: i32) -> Done<()> {
    const KEPT: &str = "tenant_id, service_id, engineer_id, filed_by, case_id, reason, scope, asked_minutes, quorum, \
        endorsement, state_kind, state, deadline, version";
    let url = DatabaseUrl::parse(url)?;
    let Named { id, reference } = Named::in_sql_of(&url);
    let minutes = APART.num_minutes() * i64::from(ACTED);
    let (filed_at, numbers, or_ignore, ignored) = if matches!(url, DatabaseUrl::Postgres(_)) {
        (
            format!("filed_at - copy.number * interval '{minutes} minutes'"),
            format!("generate_series(1, {copies}) AS copy (number)"),
            "",
            "ON CONFLICT DO NOTHING",
        )
    } else {
        (
            format!("filed_at - copy.number * {}", minutes * 60_000_000),
            format!(
                "(WITH RECURSIVE n (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < {copies}) \
                 SELECT number FROM n) AS copy"
            ),
            "OR IGNORE",
            "",
        )
    };
    let mut conn: Conn = Manager(url).open()?;
    conn.batch_execute(&format!(
        "INSERT {or_ignore} INTO requests (id, reference, filed_at, {KEPT}) \
         SELECT {id}, {reference}, {filed_at}, {KEPT} FROM requests, {numbers} \
         WHERE deadline IS NULL {ignored}"
    ))?;
    Ok(conn.batch_execute("ANALYZE")?)
}

/// One request and all that comes of it. `left` counts down to 1, the last one.
fn one_request(lockbox: &Lockbox, left: i32) -> Done<()> {
    let engineer = by(lockbox, "ivo@provider.example")?;
    let request = file(lockbox, &engineer, &new_request("fabrikam", left)?)?;
    let used = left == 1 || left % 10 == 0;
    if !used && left != 2 {
        decide::withdraw(lockbox, &engineer, &request.reference)?;
        return Ok(());
    }
    let manager = by(lockbox, "rosa@provider.example")?;
    let request = decide::endorse(lockbox, &manager, &seen(&request))?;
    if left == 2 {
        return Ok(());
    }
    let approver = by(lockbox, "ada@fabrikam.example")?;
    let request = decide::approve(lockbox, &approver, &seen(&request), request.asked, None)?;
    let request = decide::start(lockbox, &engineer, &seen(&request))?;
    if left != 1 {
        decide::finish(lockbox, &engineer, &request.reference)?;
    }
    Ok(())
}

/// The request as it is now.
pub fn seen(request: &Request) -> decide::Seen {
    decide::Seen {
        reference: request.reference.clone(),
        version: request.version,
    }
}

fn new_request(tenant: &str, left: i32) -> Done<NewRequest> {
    let services = ["exchange-online", "sharepoint-online", "onedrive", "teams"];
    let service = usize::try_from(left - 1)? % services.len();
    Ok(NewRequest {
        tenant: Slug::parse(tenant)?,
        service: Slug::parse(services[service])?,
        case: Some(CaseNamed::Numbered(NewCase {
            number: Line::parse(&(4400 + left / 3).to_string())?,
            title: Line::parse("Calendar invitations vanish")?,
        })),
        reason: Prose::parse("Invitations vanish after a minute; I must see the calendar.")?,
        scope: Scope::parse(Prose::parse("Kim's calendar and delivery rules")?, [], [])?,
        asked: Minutes::hours(4),
        follows: None,
    })
}

/// Empties the outbox, so that the server that is measured sends nothing.
pub async fn send_letters(lockbox: &Lockbox) -> Done<()> {
    let post = Arc::new(PostOffice {
        mailer: Mailer::Memory(Arc::new(Mutex::default())),
        sender: Sender {
            from: "Lockbox <lockbox@provider.example>".parse()?,
            reply_to: None,
            base_url: "http://localhost".parse()?,
        },
    });
    while deliver_due(lockbox, &post).await?.taken > 0 {}
    Ok(())
}

fn seeded(demo: &DemoFile, foreign: &Request) -> Done<serde_json::Value> {
    Ok(json!({
        "email": READER,
        "password": password(demo, READER)?,
        "foreign": foreign.reference,
    }))
}

/// With what somebody of the demo signs in.
pub fn password<'a>(demo: &'a DemoFile, email: &str) -> Done<&'a str> {
    let account = demo.people.iter().find(|account| account.email == email);
    let account = account.ok_or("the demo has no such person")?;
    Ok(&account.password)
}
