//! What `tests/bench.sh` needs besides wrk.
//!
//! * `bench fill DATABASE_URL REQUESTS` founds a deployment with that many requests of one tenant. Prints
//!   `{"email", "password", "foreign"}`: somebody who may see the list, and the reference of another tenant's request.
//! * `bench sign-in DATABASE_URL BASE_URL EMAIL PASSWORD` prints that person's new session as `name=value`.
//! * `bench strangers BASE_URL COOKIE REFERENCE TRIES` asks for another tenant's request and for ones that were never
//!   filed, by turns. Prints both medians in microseconds, and their ratio.
//! * `bench doors DATABASE_URL TRIES` tries wrong passwords of somebody known, of somebody without one and of a stranger,
//!   and says that theirs are forgotten, by turns. Prints the medians in microseconds, and their ratios to the stranger's.
//! * `bench acts DATABASE_URL TENANTS` prints updates and acts a second, and their ratio.
//! * `bench gate DATABASE_URL` founds a deployment with a live window. Prints `{"email", "password", "api_key"}`:
//!   somebody who may revoke, and a key that may ask and file.
//! * `bench windows DATABASE_URL COUNT` fills it up to that many live windows, and prints questions that are answered
//!   with yes, one in a line.
//! * `bench fsync FOLDER` prints how many milliseconds the disk takes to keep something.
//! * `bench revocation DATABASE_URL BASE_URL COOKIE API_KEY COUNT` revokes that many windows. Prints the median and the
//!   99th percentile of the time until the answer, the same from the answer to the first denial, in milliseconds, how
//!   many questions were allowed in between, and how many revocations had to be sent again.
//! * `bench filings BASE_URL API_KEY` files and withdraws until it is told to stop. Prints acts a second.
//! * `bench guesses BASE_URL` tries wrong passwords until it is told to stop. Prints tries a second.
//!
//! The server key is `LOCKBOX_SECRET_KEY`. Passwords are hashed at a cost that is for tests only.

mod acts;
mod crowd;
mod doors;
mod fill;
mod flood;
mod fsync;
mod gate;
mod named;
mod revocation;
mod sign_in;
mod strangers;
mod times;

use std::error::Error;

use chrono::TimeDelta;
use lockbox::acts::Lockbox;
use lockbox::acts::sign_in::{Fresh, SignedIn};
use lockbox::clock::{Clock, Entropy, HeldClock};
use lockbox::config::KeySource;
use lockbox::domain::text::EmailAddress;
use lockbox::founding::{self, Opening};
use lockbox::identity::password::PasswordCost;
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::people;
use secrecy::SecretString;

/// The product's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: bench fill DATABASE_URL REQUESTS | sign-in DATABASE_URL BASE_URL EMAIL PASSWORD \
    | strangers BASE_URL COOKIE REFERENCE TRIES | doors DATABASE_URL TRIES | acts DATABASE_URL TENANTS \
    | gate DATABASE_URL | windows DATABASE_URL COUNT | fsync FOLDER \
    | revocation DATABASE_URL BASE_URL COOKIE API_KEY COUNT | filings BASE_URL API_KEY | guesses BASE_URL";

#[actix_web::main]
async fn main() -> Done<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["fill", url, requests] => fill::fill(url, requests.parse()?).await,
        ["sign-in", url, base_url, email, password] => {
            let (lockbox, _) = open(url, TimeDelta::zero())?;
            let session = sign_in::sign_in(&lockbox, base_url, email, password).await?;
            println!("{session}");
            Ok(())
        }
        ["strangers", base_url, cookie, reference, tries] => {
            strangers::compare(base_url, cookie, reference, tries.parse()?).await
        }
        ["doors", url, tries] => doors::compare(url, tries.parse()?).await,
        ["acts", url, tenants] => acts::measure(url, tenants.parse()?).await,
        ["gate", url] => gate::found(url).await,
        ["windows", url, count] => gate::fill_up(url, count.parse()?),
        ["fsync", folder] => fsync::measure(folder),
        ["revocation", url, base_url, cookie, api_key, count] => {
            let lockbox = open_at(url, Clock::system())?;
            revocation::measure(&lockbox, (base_url, cookie, api_key), count.parse()?).await
        }
        ["filings", base_url, api_key] => flood::filings(base_url, api_key).await,
        ["guesses", base_url] => flood::guesses(base_url).await,
        _ => Err(USAGE.into()),
    }
}

/// The deployment, its clock standing still that long ago.
fn open(url: &str, ago: TimeDelta) -> Done<(Lockbox, HeldClock)> {
    let (clock, held) = Clock::held_at(Clock::system().now() - ago);
    Ok((open_at(url, clock)?, held))
}

fn open_at(url: &str, clock: Clock) -> Done<Lockbox> {
    let url = DatabaseUrl::parse(url)?;
    let key = KeySource::Given(SecretString::from(std::env::var("LOCKBOX_SECRET_KEY")?));
    Ok(founding::open(Opening {
        connections: 8,
        password_cost: PasswordCost::cheap_for_tests(),
        may_create: true,
        ..Opening::of(&url, &key, clock, Entropy::system())
    })?)
}

/// Somebody as if they had signed in this moment.
fn by(lockbox: &Lockbox, email: &str) -> Done<Fresh> {
    let email = EmailAddress::parse(email)?;
    let found = lockbox.store.read(|conn| people::by_email(conn, &email))?;
    let person = found.ok_or("nobody has this address")?;
    let now = lockbox.store.clock().now();
    let who = SignedIn::with_app(person, "bench", now);
    Ok(who.fresh(now).ok_or("the clock moves")?)
}
