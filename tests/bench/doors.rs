//! The door: whether an address is somebody's must not show in the time that an answer takes.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use lockbox::acts::people::{NewPerson, invite};
use lockbox::acts::sign_in::{Shown, show_password};
use lockbox::acts::tries::Origin;
use lockbox::acts::{Lockbox, forgotten_password};
use lockbox::clock::HeldClock;
use lockbox::demo;
use lockbox::domain::person::Role;
use lockbox::domain::text::{EmailAddress, Line};

use super::times::median;
use super::{Done, by, open};

/// Somebody with a password, somebody who has none yet, and nobody.
const ASKED: [(&str, &str); 3] = [
    ("known", "kim@fabrikam.example"),
    ("invited", "noa@fabrikam.example"),
    ("stranger", "abc@fabrikam.example"),
];
/// Rounds after which tries are counted anew: fewer than any budget has.
const ROUNDS: usize = 4;

/// Tries wrong passwords, and says that passwords are forgotten, by turns, in a deployment of its own with the people of
/// the demo. Prints what was asked, the medians in microseconds and their ratios to the stranger's.
pub async fn compare(url: &str, tries: usize) -> Done<()> {
    let (lockbox, clock) = open(url, TimeDelta::zero())?;
    demo::enrol_everybody(&lockbox, String::new()).await?;
    let new = NewPerson {
        email: EmailAddress::parse(ASKED[1].1)?,
        name: Line::parse("Noa Weiss")?,
        roles: vec![Role::Auditor],
    };
    invite(&lockbox, &by(&lockbox, ASKED[0].1)?, &new)?;
    let mut passwords = [const { Vec::new() }; ASKED.len()];
    let mut forgotten = [const { Vec::new() }; ASKED.len()];
    for round in 0..tries {
        if round % ROUNDS == 0 {
            begin_anew(&lockbox, &clock)?;
        }
        // Who comes first is somebody else each time.
        for turn in 0..ASKED.len() {
            let who = (round + turn) % ASKED.len();
            let email = ASKED[who].1;
            passwords[who].push(wrong_password(&lockbox, email, round).await?);
            let since = Instant::now();
            forgotten_password::note(&lockbox, email, &from(round))?;
            forgotten[who].push(since.elapsed());
        }
        forgotten_password::see_to(&lockbox)?;
    }
    print("password", passwords);
    print("forgotten", forgotten);
    Ok(())
}

/// Long enough later that nothing counts any more that was tried.
fn begin_anew(lockbox: &Lockbox, clock: &HeldClock) -> Done<()> {
    clock.advance(TimeDelta::hours(3));
    let before = lockbox.store.clock().now() - TimeDelta::hours(2);
    lockbox.store.keep(|books| books.sweep_tries(before))?;
    Ok(())
}

async fn wrong_password(lockbox: &Lockbox, email: &str, round: usize) -> Done<Duration> {
    let since = Instant::now();
    let shown = show_password(lockbox, email, "a guess of nobody".into(), from(round)).await?;
    let took = since.elapsed();
    if shown == Shown::Wrong {
        Ok(took)
    } else {
        Err(format!("{email} was answered with {shown:?}").into())
    }
}

/// A browser that nobody knows, at an address that nobody else has.
fn from(round: usize) -> Origin {
    let [.., a, b, c] = round.to_be_bytes();
    Origin {
        device: None,
        address: Some(IpAddr::from(Ipv4Addr::new(10, a, b, c))),
    }
}

fn print(what: &str, times: [Vec<Duration>; ASKED.len()]) {
    let medians = times.map(median);
    let stranger = medians[ASKED.len() - 1];
    for ((who, _), median) in ASKED.iter().zip(medians) {
        println!("{what} {who} {median:.1} {:.3}", median / stranger);
    }
}
