//! Floods: as much of one thing as the server takes, until this process is told to stop.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use actix_web::rt::spawn;
use lockbox::clock::Entropy;
use lockbox::domain::hex::hex;
use reqwest::header::COOKIE;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::gate::FIRST;
use super::sign_in::{cookie, token};
use super::{Done, crowd};

/// How many do it at once.
const CALLERS: usize = 8;

#[derive(Default)]
struct Flood {
    over: Cell<bool>,
    done: Cell<u32>,
}

#[derive(Deserialize)]
struct Filed {
    reference: String,
}

/// A key files requests of one tenant, whose log is thus never at rest, and takes them back. Prints acts a second.
pub async fn filings(base_url: &str, api_key: &str) -> Done<()> {
    let flood = Rc::new(Flood::default());
    let callers = (0..CALLERS).map(|number| {
        let (base_url, api_key) = (base_url.to_owned(), api_key.to_owned());
        spawn(file_and_withdraw(
            Rc::clone(&flood),
            base_url,
            api_key,
            number,
        ))
    });
    let callers: Vec<_> = callers.collect();
    until_told(&flood).await?;
    for caller in callers {
        caller.await??;
    }
    Ok(())
}

/// Strangers sign in with passwords that are wrong, each from an address of its own, as a server behind a proxy sees
/// them. Prints tries a second.
pub async fn guesses(base_url: &str) -> Done<()> {
    let flood = Rc::new(Flood::default());
    let callers = (0..CALLERS).map(|_| spawn(guess(Rc::clone(&flood), base_url.to_owned())));
    let callers: Vec<_> = callers.collect();
    until_told(&flood).await?;
    for caller in callers {
        caller.await??;
    }
    Ok(())
}

async fn until_told(flood: &Flood) -> Done<()> {
    let since = Instant::now();
    signal(SignalKind::terminate())?.recv().await;
    flood.over.set(true);
    println!(
        "{:.0}",
        f64::from(flood.done.get()) / since.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn file_and_withdraw(
    flood: Rc<Flood>,
    base_url: String,
    api_key: String,
    number: usize,
) -> Done<()> {
    let client = Client::new();
    let address = format!("{base_url}/api/v1/data-access-requests");
    let new = json!({
        "tenant": FIRST,
        "service": "teams",
        "engineer": crowd::engineer(number),
        "reason": "Invitations vanish after a minute; I must see the calendar.",
        "scope": {"description": "Kim's calendar and delivery rules"},
        "duration": "PT4H",
    });
    while !flood.over.get() {
        let filing = client.post(&address).bearer_auth(&api_key).json(&new);
        let Some(filed) = flood.count(filing.send().await?, &[StatusCode::CREATED])? else {
            continue;
        };
        let Filed { reference } = filed.json().await?;
        // Too many that stay open would stop the flood.
        loop {
            let withdrawal = client.post(format!("{address}/{reference}/withdrawal"));
            let withdrawn = withdrawal.bearer_auth(&api_key).send().await?;
            if let Some(withdrawn) = flood.count(withdrawn, &[StatusCode::OK])? {
                withdrawn.bytes().await?;
                break;
            }
        }
    }
    Ok(())
}

async fn guess(flood: Rc<Flood>, base_url: String) -> Done<()> {
    let (client, entropy) = (Client::new(), Entropy::system());
    let address = format!("{base_url}/sign-in");
    let door = client.get(&address).send().await?;
    let visitor = cookie(&door)?;
    let csrf = token(&door.text().await?)?;
    while !flood.over.get() {
        let [a, b, c] = entropy.bytes::<3>();
        let email = format!("{}@fabrikam.example", hex(&entropy.bytes::<8>()));
        let form = [
            ("csrf", csrf.as_str()),
            ("email", email.as_str()),
            ("password", "a guess of nobody"),
        ];
        let guess = client
            .post(&address)
            .header(COOKIE, &visitor)
            .header("X-Forwarded-For", format!("10.{a}.{b}.{c}"));
        let wrong = [
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if let Some(answer) = flood.count(guess.form(&form).send().await?, &wrong)? {
            answer.bytes().await?;
        }
    }
    Ok(())
}

impl Flood {
    /// Counts an answer as it should be, and gives it back; a server that is too busy is no failure of a flood.
    fn count(&self, answer: Response, expected: &[StatusCode]) -> Done<Option<Response>> {
        let status = answer.status();
        if expected.contains(&status) {
            self.done.set(self.done.get() + 1);
            Ok(Some(answer))
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            Ok(None)
        } else {
            Err(format!("{} is answered with {status}", answer.url()).into())
        }
    }
}
