//! State × command: what comes of it before the deadline, and from the deadline on (PROOF 1, 8 and 11).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use lockbox::domain::access_hours::AccessHours;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::id::{PersonId, ServiceId};
use lockbox::domain::lockbox::{Limits, Lockbox};
use lockbox::domain::request::decide::{Circumstances, Command, Refusal, decide};
use lockbox::domain::request::state::WaitingFor;
use lockbox::domain::request::{
    Approval, Basis, FiledBy, Grant, HowEnded, Request, State, StateKind,
};
use lockbox::domain::terms::TermsVersion;
use lockbox::domain::text::{Line, Prose};
use lockbox::domain::time::{Minutes, Moment};
use uuid::Uuid;

use super::{Grid, filed};
use crate::world::beginning;

/// Every state × every command, decided on by an approver who has not approved yet.
#[test]
fn every_command_does_to_every_state_what_the_grid_says() {
    let mut grid = grid();
    for kind in StateKind::ALL {
        rows_of(&mut grid, kind.as_str(), &Case::of(kind));
    }
    insta::assert_snapshot!("every_command_on_every_state", grid.text());
}

/// What else a decision depends on: the lockbox, the limits, who approved before and who may approve now.
#[test]
fn circumstances_change_a_decision_as_the_grid_says() {
    let waiting = |approvals: &[Approval]| {
        let mut case = Case::of(StateKind::AwaitingCustomer);
        case.request.quorum = 2;
        case.request.state = State::AwaitingCustomer {
            expires_at: deadline(),
            approvals: approvals.to_vec(),
        };
        case
    };
    let by = |person, hours| Approval {
        person,
        at: beginning(),
        duration: Minutes::hours(hours),
    };
    let mut grid = grid();
    let mut row = |label: &str, case: &Case| rows_of(&mut grid, label, case);

    let mut case = Case::of(StateKind::AwaitingManager);
    case.lockbox = Lockbox::Off;
    row("filed, lockbox off", &case);
    let mut case = Case::of(StateKind::AwaitingManager);
    case.lockbox = lockbox_on(&[case.request.service]);
    row("filed, service not covered", &case);
    row("two needed, nobody yet", &waiting(&[]));
    row("two needed, this one did", &waiting(&[by(DECIDER, 4)]));
    row("two needed, another did", &waiting(&[by(ANOTHER, 4)]));
    row("two needed, another for 1 h", &waiting(&[by(ANOTHER, 1)]));
    row("two needed, one who left did", &waiting(&[by(NOBODY, 4)]));
    let mut case = waiting(&[by(ANOTHER, 4)]);
    case.limits.approvals_needed = 3;
    row("three needed by now", &case);
    let mut case = waiting(&[by(ANOTHER, 4)]);
    case.limits.approvals_needed = 1;
    row("one needed by now, two at filing", &case);
    let mut case = Case::of(StateKind::AwaitingCustomer);
    case.limits.longest_access = Minutes::hours(1);
    row("1 h allowed by now", &case);
    let mut case = Case::of(StateKind::Approved);
    case.limits.longest_access = Minutes::hours(1);
    row("approved, 1 h allowed by now", &case);
    let mut case = Case::of(StateKind::Approved);
    case.limits.access_hours = AccessHours::parse("sun 08:00-18:00").unwrap();
    row("approved, nobody let in by now", &case);
    insta::assert_snapshot!("circumstances", grid.text());
}

const DECIDER: PersonId = PersonId(Uuid::from_u128(1));
const ANOTHER: PersonId = PersonId(Uuid::from_u128(4));
/// Once an approver.
const NOBODY: PersonId = PersonId(Uuid::from_u128(5));

/// A request and what a decision on it depends on.
struct Case {
    request: Request,
    lockbox: Lockbox,
    limits: Limits,
}

impl Case {
    /// A request for 4 hours in this state, of a tenant whose lockbox is on.
    fn of(kind: StateKind) -> Self {
        Self {
            request: Request {
                state: state(kind),
                ..filed(FiledBy::Engineer)
            },
            lockbox: lockbox_on(&[]),
            limits: Limits::default(),
        }
    }

    /// What comes of it, in a word or two: the state that follows, or why none does.
    fn outcome(&self, command: Command, now: Moment) -> String {
        let around = Circumstances {
            lockbox: &self.lockbox,
            limits: &self.limits,
            zone: chrono_tz::Tz::UTC,
            approvers: &BTreeSet::from([DECIDER, ANOTHER]),
        };
        let fact = match decide(&self.request, command, &decider(), &around, now) {
            Ok(fact) => fact,
            Err(Refusal::NotNow(met)) => {
                assert_eq!(
                    *met,
                    self.request.state.at(now),
                    "whoever is refused is told"
                );
                return "·".to_owned();
            }
            Err(Refusal::TooLong(longest)) => return format!("at most {longest}"),
            Err(Refusal::ApprovedBefore) => return "approved before".to_owned(),
            Err(Refusal::OutsideHours(_)) => return "closed".to_owned(),
            Err(Refusal::NotDue) => return "not due".to_owned(),
        };
        let next = self.request.apply(&fact, &decider(), now).unwrap();
        assert_eq!(next.version, self.request.version + 1);
        match next.state {
            State::AwaitingCustomer { approvals, .. } if !approvals.is_empty() => {
                format!("{} counted", approvals.len())
            }
            State::Approved { grant, .. } => format!("approved, {}", grant.duration),
            State::Active { until, .. } => {
                let minutes = u32::try_from((until - now).num_minutes()).unwrap();
                format!("active, {}", Minutes::new(minutes).unwrap())
            }
            state => state.kind().as_str().to_owned(),
        }
    }
}

fn grid() -> Grid {
    Grid::of(commands().iter().map(name))
}

/// Where there is a deadline, two rows: up to the last microsecond before it, and from it on.
fn rows_of(grid: &mut Grid, label: &str, case: &Case) {
    let row = |now: Moment| -> Vec<String> {
        let outcome = |command| case.outcome(command, now);
        commands().into_iter().map(outcome).collect()
    };
    let last = TimeDelta::microseconds(1);
    match case.request.state.deadline() {
        None => grid.row(label, row(deadline())),
        Some(deadline) => {
            assert_eq!(row(beginning()), row(deadline - last), "{label}");
            assert_eq!(row(deadline + last), row(deadline), "{label}");
            grid.row(label, row(deadline - last));
            grid.row(format!("{label}, deadline"), row(deadline));
        }
    }
}

/// Every command; approving for as long as asked, and for less.
fn commands() -> Vec<Command> {
    let first = Command::Endorse;
    std::iter::successors(Some(first), next_command).collect()
}

/// The next in line: a new command must be put in line, or this is not compiled.
fn next_command(command: &Command) -> Option<Command> {
    let why = Prose::parse("Because.").unwrap();
    let approve = |duration| Command::Approve {
        duration,
        note: None,
    };
    match command {
        Command::Endorse => Some(approve(Minutes::hours(4))),
        Command::Approve { duration, .. } if *duration == Minutes::hours(4) => {
            Some(approve(Minutes::hours(1)))
        }
        Command::Approve { .. } => Some(Command::RejectAsManager { why }),
        Command::RejectAsManager { .. } => Some(Command::RejectAsCustomer { why }),
        Command::RejectAsCustomer { .. } => Some(Command::Withdraw),
        Command::Withdraw => Some(Command::Start),
        Command::Start => Some(Command::Finish),
        Command::Finish => Some(Command::Revoke { why }),
        Command::Revoke { .. } => Some(Command::Lapse),
        Command::Lapse => None,
    }
}

fn name(command: &Command) -> String {
    match command {
        Command::Approve { duration, .. } => format!("approve {duration}"),
        command => command.name().to_owned(),
    }
}

fn decider() -> Actor {
    Actor::Person {
        id: DECIDER,
        name: Line::parse("Somebody").unwrap(),
        roles: Vec::new(),
    }
}

fn deadline() -> Moment {
    beginning() + TimeDelta::hours(4)
}

fn lockbox_on(uncovered: &[ServiceId]) -> Lockbox {
    Lockbox::On {
        terms: TermsVersion {
            version: "1".to_owned(),
            sha256: "0".repeat(64),
        },
        accepted_by: DECIDER,
        accepted_at: beginning(),
        turned_on_at: None,
        uncovered: uncovered.iter().copied().collect(),
    }
}

fn state(kind: StateKind) -> State {
    let (at, by, since) = (beginning(), decider(), beginning());
    let why = Prose::parse("Because.").unwrap();
    let grant = Grant {
        duration: Minutes::hours(4),
        basis: Basis::CustomerDecision,
    };
    match kind {
        StateKind::AwaitingManager => State::AwaitingManager {
            expires_at: deadline(),
        },
        StateKind::AwaitingCustomer => State::AwaitingCustomer {
            expires_at: deadline(),
            approvals: Vec::new(),
        },
        StateKind::Approved => State::Approved {
            grant,
            start_by: deadline(),
        },
        StateKind::Active => State::Active {
            grant,
            since,
            until: deadline(),
        },
        StateKind::Rejected => State::Rejected { at, by, why },
        StateKind::Expired => State::Expired {
            at,
            waiting_for: WaitingFor::Customer,
        },
        StateKind::Withdrawn => State::Withdrawn {
            at,
            by,
            with_case: false,
        },
        StateKind::Revoked => State::Revoked {
            at,
            by,
            why,
            since: Some(since),
        },
        StateKind::Ended => State::Ended {
            at,
            how: HowEnded::Time,
            since,
        },
    }
}
