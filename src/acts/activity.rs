//! Activity: recording what is done under requests, and sealing it.
//!
//! A deed is recorded without a fact of its own, since there may be thousands a second. Once a minute what is new is
//! sealed in the tenant's log, as one entry with the root over it.

mod recorder;

pub use recorder::{NotRecorded, Recorder, record_once};

use super::evaluate::{Answer, Question, Why};
use super::{ActError, Flaw, Lockbox};
use crate::domain::activity::{ACTION_MAX, Deed, KnownBy, OBJECT_MAX, root};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::id::{DeedId, Reference, TenantId};
use crate::domain::key::Bounds;
use crate::domain::text::{Line, is_unseen};
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::{Facts, StoreError, activity, requests};

/// Most deeds that one entry seals; a further entry seals the rest. Whoever acts meanwhile waits for one of them at most.
pub const SEALED_MAX: i64 = 2_000;
/// Most deeds of one report.
pub const REPORTED_MAX: usize = 500;
/// How far ahead of ours a reporter's clock may be.
const AHEAD_MAX: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// Tenants looked at together.
const TENANTS: i64 = 100;

/// Records what is about to be done because it was allowed, and gives the answer back. Where it cannot be recorded the
/// answer is a denial: nobody is let in unseen.
pub async fn record_allowed(
    lockbox: &Lockbox,
    question: Question,
    answer: Answer,
    recorded_by: Line,
) -> Answer {
    let Answer::Allow { under, .. } = &answer else {
        return answer;
    };
    let now = lockbox.store.clock().now();
    let deed = Deed {
        id: DeedId(lockbox.entropy.uuid(now)),
        tenant: under.tenant,
        request: under.request,
        happened_at: now,
        recorded_at: now,
        action: cut(question.action, ACTION_MAX),
        object: question.object.map(|object| cut(object, OBJECT_MAX)),
        known_by: KnownBy::Allowed,
        recorded_by,
    };
    match lockbox.recorder.record(&lockbox.store, vec![deed]).await {
        Ok(()) => answer,
        // The recorder has said so, once for all who waited.
        Err(_) => Answer::Deny(Why::Undecidable),
    }
}

/// What is recorded of a text that was part of a question: covered scopes hold only clean texts, any other is shortened.
fn cut(text: String, max: usize) -> String {
    if text.len() <= max && is_plain(&text) {
        return text;
    }
    text.chars().filter(|c| is_seen(*c)).take(max).collect()
}

fn is_plain(text: &str) -> bool {
    text.chars().all(is_seen)
}

fn is_seen(c: char) -> bool {
    !c.is_control() && !is_unseen(c)
}

/// One thing that a system says was done.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Under which request.
    pub request: Reference,
    /// When; the present where it is not said.
    pub at: Option<Moment>,
    /// What.
    pub action: String,
    /// To what.
    pub object: Option<String>,
}

/// The deeds of a report, ready to be recorded. Requests beyond the bounds of the key that reports are not there.
///
/// # Errors
/// [`ActError::Unfit`] naming each item that does not fit; then none is recorded.
pub fn of_report(
    lockbox: &Lockbox,
    conn: &mut Conn,
    bounds: &Bounds,
    report: &[Reported],
    recorded_by: &Line,
) -> Result<Vec<Deed>, ActError> {
    let now = lockbox.store.clock().now();
    let mut flaws = Vec::new();
    let mut deeds = Vec::with_capacity(report.len());
    if report.is_empty() || report.len() > REPORTED_MAX {
        let words = format!("Report 1 to {REPORTED_MAX} items at once.");
        return Err(ActError::Unfit(vec![Flaw::of("activity", words)]));
    }
    for (place, reported) in report.iter().enumerate() {
        match one_of_report(lockbox, conn, bounds, reported, recorded_by, now)? {
            Ok(deed) => deeds.push(deed),
            Err(words) => flaws.push(Flaw::of("activity", format!("Item {place}: {words}"))),
        }
    }
    if !flaws.is_empty() {
        return Err(ActError::Unfit(flaws));
    }
    // What was reported in one order is shown in it.
    let mut ids: Vec<DeedId> = deeds.iter().map(|deed| deed.id).collect();
    ids.sort_unstable();
    for (deed, id) in deeds.iter_mut().zip(ids) {
        deed.id = id;
    }
    Ok(deeds)
}

fn one_of_report(
    lockbox: &Lockbox,
    conn: &mut Conn,
    bounds: &Bounds,
    reported: &Reported,
    recorded_by: &Line,
    now: Moment,
) -> Result<Result<Deed, &'static str>, StoreError> {
    let Some(request) = requests::within(conn, bounds, &reported.request)? else {
        return Ok(Err("there is no such request."));
    };
    // A deed before the start or after the end is recorded all the same: it is what an auditor looks for.
    let was_started = request.state.window().is_some();
    let fits = |text: &str, max: usize| {
        !text.trim().is_empty() && text.chars().count() <= max && is_plain(text)
    };
    let happened_at = reported.at.unwrap_or(now);
    Ok(if !was_started {
        Err("no access was ever started under this request.")
    } else if !fits(&reported.action, ACTION_MAX) {
        Err("the action must have 1 to 64 characters.")
    } else if reported
        .object
        .as_ref()
        .is_some_and(|object| !fits(object, OBJECT_MAX))
    {
        Err("the object must have 1 to 500 characters.")
    } else if happened_at > now + AHEAD_MAX {
        Err("it lies in the future.")
    } else if happened_at < request.filed_at {
        Err("it lies before the request was filed.")
    } else {
        Ok(Deed {
            id: DeedId(lockbox.entropy.uuid(now)),
            tenant: request.tenant,
            request: request.id,
            happened_at,
            recorded_at: now,
            action: reported.action.clone(),
            object: reported.object.clone(),
            known_by: KnownBy::Reported,
            recorded_by: recorded_by.clone(),
        })
    })
}

/// Seals what is not sealed yet, of every tenant.
///
/// # Errors
/// When the store does not answer.
pub fn seal_all(lockbox: &Lockbox) -> Result<(), ActError> {
    let mut after = None;
    loop {
        let tenants = lockbox
            .store
            .read(|conn| activity::unsealed_tenants(conn, after, TENANTS))?;
        for tenant in &tenants {
            while i64::try_from(seal(lockbox, *tenant)?).unwrap_or(0) == SEALED_MAX {}
        }
        after = tenants.last().copied();
        if i64::try_from(tenants.len()).unwrap_or(0) < TENANTS {
            return Ok(());
        }
    }
}

/// Nothing was left to seal: another node was faster.
#[derive(Debug)]
enum Sealing {
    Nothing,
    Act(ActError),
}

impl<E: Into<ActError>> From<E> for Sealing {
    fn from(error: E) -> Self {
        Self::Act(error.into())
    }
}

/// Seals at most [`SEALED_MAX`] deeds of a tenant; says how many.
fn seal(lockbox: &Lockbox, tenant: TenantId) -> Result<usize, ActError> {
    let system = Author::local(Actor::System);
    let sealed = lockbox.store.write(Log::Tenant(tenant), &system, |tx| {
        let place = tx.next_place();
        let deeds = activity::seal(tx, tenant, place, SEALED_MAX)?;
        let count = deeds.len();
        if count == 0 {
            return Err(Sealing::Nothing);
        }
        let root = root(deeds).map_err(|e| StoreError::Sealing(e.to_string()))?;
        let fact = Fact::ActivitySealed {
            deeds: u64::try_from(count).unwrap_or(u64::MAX),
            root: root.hex(),
        };
        Ok((count, Facts::one(fact)))
    });
    match sealed {
        Ok(count) => Ok(count),
        Err(Sealing::Nothing) => Ok(0),
        Err(Sealing::Act(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_recorded_as_it_is_and_any_other_without_what_is_not_seen() {
        for (asked, recorded) in [
            ("read", "read"),
            ("", ""),
            ("\u{e4}\u{e4}\u{e4}\u{e4}", "\u{e4}\u{e4}\u{e4}\u{e4}"),
            ("re\u{202E}ad", "read"),
            ("re\nad", "read"),
            ("export", "expo"),
            ("ex\u{200B}port", "expo"),
        ] {
            assert_eq!(cut(asked.to_owned(), 4), recorded, "{asked:?}");
        }
    }
}
