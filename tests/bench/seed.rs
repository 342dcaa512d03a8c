//! Fills a database for `tests/bench.sh`, through the acts, and signs somebody in over HTTP.
//!
//! * `bench_seed fill DATABASE_URL REQUESTS` founds a deployment, enrols the demo's people and files that many
//!   requests for one tenant over the last weeks. The last is active, the one before waits for the customer, one in
//!   ten of the others was used, the rest were taken back. Prints `{"email", "password", "api_key", "evaluation"}`:
//!   somebody who may see the list, a key that may ask, and a question that is answered with yes.
//! * `bench_seed sign-in DATABASE_URL BASE_URL EMAIL PASSWORD` prints that person's new session as `name=value`.
//!
//! The server key is `LOCKBOX_SECRET_KEY`. Passwords are hashed at a cost that is for tests only.

use std::error::Error;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use lockbox::acts::file_request::{NewCase, NewRequest, file};
use lockbox::acts::sign_in::{Fresh, SignedIn, open_second_factor};
use lockbox::acts::{Lockbox, decide};
use lockbox::clock::{Clock, Entropy, HeldClock};
use lockbox::config::KeySource;
use lockbox::demo::{self, DemoFile};
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{EmailAddress, Line, Prose, Slug};
use lockbox::domain::time::Minutes;
use lockbox::founding::{self, Opening};
use lockbox::identity::password::PasswordCost;
use lockbox::post::{Mailer, Sender};
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::people;
use lockbox::work::outbox::{PostOffice, deliver_due};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use scraper::{Html, Selector};
use secrecy::SecretString;
use serde_json::json;

type Done<T> = Result<T, Box<dyn Error>>;

/// How far apart the requests were filed.
const APART: TimeDelta = TimeDelta::minutes(3);
const READER: &str = "kim@fabrikam.example";
const USAGE: &str =
    "usage: bench_seed fill DATABASE_URL REQUESTS | sign-in DATABASE_URL BASE_URL EMAIL PASSWORD";

#[actix_web::main]
async fn main() -> Done<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["fill", url, requests] => fill(url, requests.parse()?).await,
        ["sign-in", url, base_url, email, password] => {
            let (lockbox, _) = open(url, TimeDelta::zero())?;
            sign_in(&lockbox, base_url, email, password).await
        }
        _ => Err(USAGE.into()),
    }
}

/// The deployment, its clock standing still that long ago.
fn open(url: &str, ago: TimeDelta) -> Done<(Lockbox, HeldClock)> {
    let url = DatabaseUrl::parse(url)?;
    let key = KeySource::Given(SecretString::from(std::env::var("LOCKBOX_SECRET_KEY")?));
    let (clock, held) = Clock::held_at(Clock::system().now() - ago);
    let lockbox = founding::open(Opening {
        password_cost: PasswordCost::cheap_for_tests(),
        may_create: true,
        ..Opening::of(&url, &key, clock, Entropy::system())
    })?;
    Ok((lockbox, held))
}

async fn fill(url: &str, requests: i32) -> Done<()> {
    let (lockbox, clock) = open(url, APART * requests)?;
    let demo = demo::enrol_everybody(&lockbox, String::new()).await?;
    for count in (1..=requests).rev() {
        one_request(&lockbox, count)?;
        if count % 100 == 1 {
            send_letters(&lockbox).await?;
        }
        clock.advance(APART);
    }
    println!("{}", seeded(&demo)?);
    Ok(())
}

/// One request and all that comes of it. `left` counts down to 1, the last one.
fn one_request(lockbox: &Lockbox, left: i32) -> Done<()> {
    let engineer = by(lockbox, "ivo@provider.example")?;
    let request = file(lockbox, &engineer, &new_request(left)?)?;
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

fn seen(request: &Request) -> decide::Seen {
    decide::Seen {
        reference: request.reference.clone(),
        version: request.version,
    }
}

fn new_request(left: i32) -> Done<NewRequest> {
    let services = ["exchange-online", "sharepoint-online", "onedrive", "teams"];
    let service = usize::try_from(left - 1)? % services.len();
    Ok(NewRequest {
        tenant: Slug::parse("fabrikam")?,
        service: Slug::parse(services[service])?,
        case: Some(NewCase {
            number: Line::parse(&(4400 + left / 3).to_string())?,
            title: Line::parse("Calendar invitations vanish")?,
        }),
        reason: Prose::parse("Invitations vanish after a minute; I must see the calendar.")?,
        scope: Scope::parse(Prose::parse("Kim's calendar and delivery rules")?, [], [])?,
        asked: Minutes::hours(4),
    })
}

/// One of the demo's people, as if they had signed in this moment.
fn by(lockbox: &Lockbox, email: &str) -> Done<Fresh> {
    let email = EmailAddress::parse(email)?;
    let found = lockbox.store.read(|conn| people::by_email(conn, &email))?;
    let (person, _) = found.ok_or("nobody has this address")?;
    let now = lockbox.store.clock().now();
    let who = SignedIn {
        person,
        session: "bench".to_owned(),
        source: None,
        second_factor_at: now,
    };
    Ok(who.fresh(now).ok_or("the clock moves")?)
}

/// Empties the outbox, so that the server that is measured sends nothing.
async fn send_letters(lockbox: &Lockbox) -> Done<()> {
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

fn seeded(demo: &DemoFile) -> Done<serde_json::Value> {
    let reader = demo.people.iter().find(|account| account.email == READER);
    Ok(json!({
        "email": READER,
        "password": reader.ok_or("the demo has no such person")?.password,
        "api_key": demo.api_key,
        "evaluation": {
            "subject": {"type": "engineer", "id": "ivo@provider.example"},
            "action": {"name": "access"},
            "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam"}},
        },
    }))
}

async fn sign_in(lockbox: &Lockbox, base_url: &str, email: &str, password: &str) -> Done<()> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    let address = EmailAddress::parse(email)?;
    let found = lockbox
        .store
        .read(|conn| people::by_email(conn, &address))?;
    let (person, credentials) = found.ok_or("nobody has this address")?;
    let secret = open_second_factor(lockbox, person.id, &credentials.second_factor_sealed)?;
    let code = secret.code_at(u64::try_from(lockbox.store.clock().now().timestamp())?);

    let door = client.get(format!("{base_url}/sign-in")).send().await?;
    let visitor = cookie(&door)?;
    let csrf = token(&door.text().await?)?;
    let first = [
        ("csrf", csrf.as_str()),
        ("email", email),
        ("password", password),
    ];
    let half_in = client
        .post(format!("{base_url}/sign-in"))
        .header(COOKIE, visitor);
    let half_in = cookie(&half_in.form(&first).send().await?)?;
    let address = format!("{base_url}/sign-in/second-factor");
    let page = client.get(&address).header(COOKIE, &half_in).send().await?;
    let csrf = token(&page.text().await?)?;
    let second = [
        ("csrf", csrf.as_str()),
        ("verification_code", code.as_str()),
    ];
    let signed_in = client.post(&address).header(COOKIE, half_in).form(&second);
    println!("{}", cookie(&signed_in.send().await?)?);
    Ok(())
}

fn token(page: &str) -> Done<String> {
    let field = Selector::parse("input[name=csrf]").map_err(|e| e.to_string())?;
    let page = Html::parse_document(page);
    let token = page
        .select(&field)
        .next()
        .and_then(|field| field.attr("value"));
    Ok(token.ok_or("a form without a token")?.to_owned())
}

/// The cookie that an answer sets, as `name=value`.
fn cookie(answer: &Response) -> Done<String> {
    let set = answer.headers().get(SET_COOKIE);
    let set = set.ok_or_else(|| format!("{} sets no cookie: {}", answer.url(), answer.status()))?;
    let (pair, _) = set.to_str()?.split_once(';').ok_or("a bare cookie")?;
    Ok(pair.to_owned())
}
