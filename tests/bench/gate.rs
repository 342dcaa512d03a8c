//! A deployment with live windows, and the questions about them.
//!
//! One window is opened through the acts. The others are copies of its request, each of another engineer or for another
//! tenant, which the log does not know: opening a hundred thousand of them would take longer than measuring.

use diesel::connection::SimpleConnection;
use lockbox::acts::file_request::file;
use lockbox::acts::{Lockbox, decide};
use lockbox::clock::Clock;
use lockbox::demo;
use lockbox::domain::text::Slug;
use lockbox::store::conn::{Conn, DatabaseUrl, Manager};
use lockbox::store::requests::{self, Found};
use serde_json::{Value, json};

use super::acts::new_request;
use super::fill::{password, seen, send_letters};
use super::named::Named;
use super::{Done, by, crowd, open_at};

/// Of whom the windows are that are copies.
const ENGINEERS: usize = 1000;
/// For whom, besides the first tenant.
const TENANTS: usize = 99;
/// The tenant whose windows come first.
pub const FIRST: &str = "fabrikam";
/// Whose window is no copy.
pub const OPENER: &str = "ivo@provider.example";
const APPROVER: &str = "ada@fabrikam.example";
/// Most questions that are asked by turns.
const QUESTIONS: usize = 1000;

/// Founds the deployment, opens one window, and prints what is needed to measure it.
pub async fn found(url: &str) -> Done<()> {
    let lockbox = open_at(url, Clock::system())?;
    let demo = demo::enrol_everybody(&lockbox, String::new()).await?;
    crowd::tenants(&lockbox, TENANTS)?;
    crowd::engineers(&lockbox, ENGINEERS).await?;
    open_one(&lockbox)?;
    send_letters(&lockbox).await?;
    let seeded = json!({
        "email": APPROVER,
        "password": password(&demo, APPROVER)?,
        "api_key": demo.api_key,
    });
    println!("{seeded}");
    Ok(())
}

fn open_one(lockbox: &Lockbox) -> Done<()> {
    let engineer = by(lockbox, OPENER)?;
    let request = file(lockbox, &engineer, &new_request(&Slug::parse(FIRST)?)?)?;
    let manager = by(lockbox, "rosa@provider.example")?;
    let request = decide::endorse(lockbox, &manager, &seen(&request))?;
    let approver = by(lockbox, APPROVER)?;
    let request = decide::approve(lockbox, &approver, &seen(&request), request.asked, None)?;
    decide::start(lockbox, &engineer, &seen(&request))?;
    Ok(())
}

/// Copies the window until so many are live, and prints questions about up to [`QUESTIONS`] of them, one in a line. No
/// server may run meanwhile: it would not learn of the copies.
pub fn fill_up(url: &str, windows: usize) -> Done<()> {
    if windows > (TENANTS + 1) * ENGINEERS {
        return Err("there are not as many engineers and tenants".into());
    }
    let lockbox = open_at(url, Clock::system())?;
    let url = DatabaseUrl::parse(url)?;
    let mut conn: Conn = Manager(url.clone()).open()?;
    let mut live = live_windows(&lockbox)?;
    // A reference that was drawn twice leaves one too few.
    while live.len() < windows {
        let before = live.len();
        conn.batch_execute(&copies(&url, windows - before))?;
        live = live_windows(&lockbox)?;
        if live.len() == before {
            return Err("nothing was copied".into());
        }
    }
    conn.batch_execute("ANALYZE")?;
    let step = live.len().div_ceil(QUESTIONS).max(1);
    for window in live.iter().step_by(step) {
        println!("{}", question(window));
    }
    Ok(())
}

/// Every window that is open.
pub fn live_windows(lockbox: &Lockbox) -> Done<Vec<Found>> {
    let live = lockbox
        .store
        .read(|conn| requests::active_after(conn, None, i64::MAX))?;
    Ok(live.into_iter().map(|(_, window)| window).collect())
}

/// Whether its engineer may use it.
pub fn question(window: &Found) -> Value {
    json!({
        "subject": {"type": "engineer", "id": window.engineer},
        "action": {"name": "access"},
        "resource": {"type": "service", "id": window.service, "properties": {"tenant": window.tenant}},
    })
}

/// At most so many copies for engineers and tenants that have none, those of the first tenant first.
fn copies(url: &DatabaseUrl, most: usize) -> String {
    const KEPT: &str = "service_id, filed_by, case_id, reason, scope, asked_minutes, filed_at, quorum, endorsement, \
        state_kind, state, deadline, version";
    let Named { id, reference } = Named::in_sql_of(url);
    let (or_ignore, ignored) = match url {
        DatabaseUrl::Postgres(_) => ("", "ON CONFLICT DO NOTHING"),
        DatabaseUrl::Sqlite(_) => ("OR IGNORE", ""),
    };
    format!(
        "INSERT {or_ignore} INTO requests (id, reference, tenant_id, engineer_id, {KEPT}) \
         SELECT {id}, {reference}, of_tenant, of_engineer, {KEPT} FROM requests, ( \
           SELECT tenants.id AS of_tenant, people.id AS of_engineer FROM tenants, people \
           WHERE (tenants.key = '{FIRST}' OR tenants.key LIKE 'tenant-%') AND people.email LIKE 'engineer-%' \
           AND NOT EXISTS ( \
             SELECT 1 FROM requests AS there WHERE there.engineer_id = people.id \
             AND there.tenant_id = tenants.id AND there.state_kind = 'active') \
           ORDER BY tenants.key, people.email LIMIT {most}) AS places \
         WHERE requests.engineer_id = (SELECT id FROM people WHERE email = '{OPENER}') \
         AND requests.state_kind = 'active' {ignored}"
    )
}
