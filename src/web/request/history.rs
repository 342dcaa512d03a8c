//! What happened to a request so far: its timeline, and what was granted on which ground.

use super::shown::Shown;
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::fact::{Endorsed, Fact, Verdict};
use crate::domain::id::Reference;
use crate::domain::request::{Basis, Request, State};
use crate::domain::support_case::SupportCase;
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::{Stored, audit, requests, support_cases as cases};
use crate::web::guard::Member;
use crate::web::view::{Grant, Happening, Person, Previous, RequestCase, Times};
use crate::web::{support_cases, words};

/// Most facts of one request that are shown, the last ones. A request has about ten.
const FACTS_MAX: i64 = 200;
/// Most passes among them, the last ones, which are few lines. The audit log has all.
const PASSES_MAX: i64 = 200;

/// Most requests that are shown which ask for more time after one.
const FOLLOWING_MAX: i64 = 20;

/// What lies behind a request.
#[derive(Debug)]
pub struct History {
    /// The facts, the oldest first.
    entries: Vec<Entry>,
    /// The case it belongs to.
    case: Option<SupportCase>,
    /// The rejected request before it.
    previous: Option<Request>,
    /// Those that ask for more time after it.
    followed_by: Vec<Reference>,
}

impl History {
    /// Reads it.
    ///
    /// # Errors
    /// When a row makes no sense.
    pub fn load(conn: &mut Conn, request: &Request) -> Stored<Self> {
        let log = Log::Tenant(request.tenant);
        let mut entries = audit::entries_about(conn, log, request.id, FACTS_MAX)?;
        let passes = audit::passes_of(conn, log, request.id, PASSES_MAX)?;
        entries.extend(passes);
        entries.sort_by_key(|entry| entry.seq);
        Ok(Self {
            entries,
            case: match request.case {
                Some(case) => cases::by_id(conn, request.tenant, case)?,
                None => None,
            },
            previous: requests::rejected_before(conn, request)?,
            followed_by: requests::following(conn, request, FOLLOWING_MAX)?,
        })
    }

    /// Every fact, the newest first, with what time did and nobody has written down yet.
    #[must_use]
    pub fn timeline(&self, shown: &Shown, times: Times) -> Vec<Happening> {
        let lapse = words::of_lapse(&shown.request.state).filter(|_| shown.lapsed);
        let lapse = lapse.map(|(at, fact)| happening(at, &fact, Person::new("Lockbox", ""), times));
        lapse
            .into_iter()
            .chain(lines(&self.entries, times))
            .collect()
    }

    /// What was granted, by the fact that granted it.
    #[must_use]
    pub fn grant(&self) -> Option<Grant> {
        let grant = self
            .entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.fact {
                Fact::RequestEndorsed(Endorsed::Granted { grant, .. })
                | Fact::RequestApproved {
                    verdict: Verdict::Granted { grant, .. },
                    ..
                } => Some(grant),
                _ => None,
            })?;
        Some(Grant {
            duration: grant.duration.to_string(),
            basis: match grant.basis {
                Basis::CustomerDecision => format!("Approved by {}", self.approved_by()),
                other => words::basis(other).to_owned(),
            },
        })
    }

    fn approved_by(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for entry in &self.entries {
            let name = words::actor(&entry.author.actor).to_string();
            if matches!(entry.fact, Fact::RequestApproved { .. }) && !names.contains(&name) {
                names.push(name);
            }
        }
        names.join("; ")
    }

    /// The case, and who opened it.
    #[must_use]
    pub fn case(&self, tenant: &Tenant) -> Option<RequestCase> {
        let case = self.case.as_ref()?;
        Some(RequestCase {
            href: support_cases::href(case.id),
            name: format!("{}: {}", case.number, case.title),
            opened: case.who_opened(&tenant.name),
        })
    }

    /// What the requests are called that ask for more time after it.
    #[must_use]
    pub fn followed_by(&self) -> Vec<String> {
        self.followed_by.iter().map(ToString::to_string).collect()
    }

    /// The rejected request before it.
    #[must_use]
    pub fn previous(&self, times: Times) -> Option<Previous> {
        let previous = self.previous.as_ref()?;
        let State::Rejected { at, by, why } = &previous.state else {
            return None;
        };
        Some(Previous {
            reference: previous.reference.to_string(),
            by: words::actor(by),
            rejected: times.at(*at),
            reason: why.to_string(),
        })
    }
}

/// Who brought the request to where it stands, for somebody who was slower; nothing where the state itself says so.
pub async fn who_was_faster(member: &Member, request: &Request) -> Option<String> {
    let open = matches!(
        request.state,
        State::AwaitingCustomer { .. } | State::Approved { .. } | State::Active { .. }
    );
    if !open {
        return None;
    }
    let (log, id) = (Log::Tenant(request.tenant), request.id);
    let last = member
        .lockbox()
        .reading(move |conn| audit::entries_about(conn, log, id, 1))
        .await;
    // The page can do without: it then says only where the request stands.
    last.ok()?
        .first()
        .and_then(|entry| words::of_last(entry, member.times()))
}

/// What these entries tell, the newest first. A pass is taken every few minutes, so those that one person took one after
/// the other are one line.
fn lines(entries: &[Entry], times: Times) -> Vec<Happening> {
    let together = entries.chunk_by(|one, next| {
        let passes = [one, next].map(|entry| matches!(entry.fact, Fact::AccessPassIssued { .. }));
        passes == [true; 2] && one.author.actor == next.author.actor
    });
    let lines = together.rev().filter_map(|together| {
        let last = together.last()?;
        let who = words::actor(&last.author.actor);
        let line = happening(last.happened_at(), &last.fact, who, times);
        Some(match together.len() {
            1 => line,
            count => of_several(line, count),
        })
    });
    lines.collect()
}

/// The last of several that are alike, telling of all of them.
fn of_several(last: Happening, count: usize) -> Happening {
    let all = i64::try_from(count).is_ok_and(|count| count < PASSES_MAX);
    let at_least = if all { "" } else { "at least " };
    let when = last.when.words_of_a_moment();
    Happening {
        what: format!("{} {at_least}{count} times, last {when}", last.what),
        ..last
    }
}

fn happening(at: Moment, fact: &Fact, who: Person, times: Times) -> Happening {
    let told = words::of(fact);
    Happening {
        when: times.at(at),
        what: told.what,
        who,
        note: told.note,
        tone: told.tone,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use chrono_tz::Tz;
    use uuid::Uuid;

    use super::*;
    use crate::domain::audit::entry::{Actor, Author};
    use crate::domain::id::{PassId, TenantId};
    use crate::domain::text::Line;

    /// Midnight, and so many minutes.
    fn minute(minutes: i64) -> Moment {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    /// A pass that this operator took; nothing else where it is nobody.
    fn entry(minutes: i64, who: &str) -> Entry {
        let until = minute(minutes + 15);
        let (name, fact) = if who.is_empty() {
            let (due, deadline) = (minute(minutes), until);
            ("root", Fact::AccessEndingSoon { due, deadline })
        } else {
            let pass = PassId(Uuid::nil());
            (who, Fact::AccessPassIssued { pass, until })
        };
        let name = Line::parse(name).unwrap();
        Entry {
            log: Log::Tenant(TenantId(Uuid::nil())),
            seq: 0,
            at: minute(minutes),
            author: Author::local(Actor::Operator { name }),
            asked: None,
            request: None,
            fact,
        }
    }

    fn told(entries: &[Entry]) -> Vec<String> {
        let times = Times {
            zone: Tz::UTC,
            now: minute(600),
        };
        let lines = lines(entries, times);
        lines.into_iter().map(|line| line.what).collect()
    }

    #[test]
    fn passes_taken_one_after_the_other_are_one_line() {
        let taken: Vec<Entry> = (1..=14).map(|count| entry(count * 10, "ivo")).collect();
        let several = "Access pass taken 14 times, last at 02:20 UTC";
        assert_eq!(told(&taken), [several]);
        assert_eq!(told(&taken[..1]), ["Access pass taken"]);
        assert_eq!(told(&[]), [""; 0]);
    }

    #[test]
    fn what_lies_between_and_who_took_them_part_them() {
        let between = told(&[
            entry(10, "ivo"),
            entry(20, "ivo"),
            entry(30, ""),
            entry(40, "ivo"),
            entry(50, "root"),
            entry(60, "root"),
        ]);
        let (last, first) = (
            "Access pass taken 2 times, last at 01:00 UTC",
            "Access pass taken 2 times, last at 00:20 UTC",
        );
        assert_eq!([&between[0], &between[1]], [last, "Access pass taken"]);
        assert_eq!((between.len(), between[3].as_str()), (4, first));
    }

    #[test]
    fn a_number_that_may_not_be_all_says_so() {
        let most: Vec<Entry> = (0..PASSES_MAX).map(|count| entry(count, "ivo")).collect();
        let words = "Access pass taken at least 200 times, last at 03:19 UTC";
        assert_eq!(told(&most), [words]);
    }
}
