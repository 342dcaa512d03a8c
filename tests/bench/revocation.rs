//! How long a revocation takes until it is answered, and from then on until the gate is closed.

use std::time::{Duration, Instant};

use lockbox::acts::Lockbox;
use lockbox::store::requests::Found;
use reqwest::header::{COOKIE, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Deserialize;

use super::Done;
use super::gate::{FIRST, OPENER, live_windows, question};
use super::sign_in::token;
use super::times::percentile;

/// By when the gate must be closed for there to be anything to measure.
const DENIED_WITHIN: Duration = Duration::from_secs(30);

/// A server, and those who come to it.
struct Doors<'a> {
    client: Client,
    base_url: &'a str,
    /// The session of who revokes.
    cookie: &'a str,
    /// The key that asks.
    api_key: &'a str,
}

#[derive(Deserialize)]
struct Decision {
    decision: bool,
}

/// Revokes so many windows, one after the other. Prints the median and the 99th percentile of the time until the answer,
/// and of that from the answer to the first denial, all in milliseconds; how many questions were allowed in between,
/// which none may be; and how many revocations had to be sent again, since the server was too busy.
pub async fn measure(
    lockbox: &Lockbox,
    (base_url, cookie, api_key): (&str, &str, &str),
    count: usize,
) -> Done<()> {
    let doors = Doors {
        client: Client::builder().redirect(Policy::none()).build()?,
        base_url,
        cookie,
        api_key,
    };
    let of_first = |window: &Found| window.tenant == FIRST && window.engineer != OPENER;
    let windows: Vec<Found> = live_windows(lockbox)?
        .into_iter()
        .filter(of_first)
        .collect();
    let windows = windows
        .get(..count)
        .ok_or("there are not as many windows")?;
    let csrf = match windows.first() {
        Some(window) => doors.csrf(window).await?,
        None => return Err("there is nothing to revoke".into()),
    };
    let (mut answered, mut denied) = (Vec::new(), Vec::new());
    let (mut let_in, mut again) = (0_u32, 0_u32);
    for window in windows {
        if !doors.allow(window).await? {
            return Err("a window was closed before it was revoked".into());
        }
        let since = Instant::now();
        while !doors.revoke(window, &csrf).await? {
            again += 1;
        }
        answered.push(since.elapsed());
        let since = Instant::now();
        while doors.allow(window).await? {
            let_in += 1;
            if since.elapsed() > DENIED_WITHIN {
                return Err("a window that was revoked is not closed".into());
            }
        }
        denied.push(since.elapsed());
    }
    for times in [answered, denied] {
        let median = percentile(times.clone(), 50) / 1000.0;
        print!("{median:.1} {:.1} ", percentile(times, 99) / 1000.0);
    }
    if let_in > 0 {
        return Err(format!("{let_in} questions were allowed after the revocation").into());
    }
    println!("{let_in} {again}");
    Ok(())
}

impl Doors<'_> {
    fn address(&self, window: &Found) -> Done<String> {
        let access = window.access.as_ref().ok_or("a window makes no sense")?;
        Ok(format!(
            "{}/requests/{}/revocation",
            self.base_url, access.reference
        ))
    }

    async fn csrf(&self, window: &Found) -> Done<String> {
        let page = self
            .client
            .get(self.address(window)?)
            .header(COOKIE, self.cookie);
        token(&page.send().await?.error_for_status()?.text().await?)
    }

    /// Whether it was done; it was not where the server was too busy.
    async fn revoke(&self, window: &Found, csrf: &str) -> Done<bool> {
        let form = [("csrf", csrf), ("reason", "The bench takes it back.")];
        let posted = self
            .client
            .post(self.address(window)?)
            .header(COOKIE, self.cookie);
        let answer = posted.form(&form).send().await?;
        let status = answer.status();
        // Whoever must sign in first is sent on, too.
        let to = answer.headers().get(LOCATION).map(HeaderValue::as_bytes);
        let done =
            status == StatusCode::SEE_OTHER && to.is_some_and(|to| to.ends_with(b"/outcome"));
        answer.bytes().await?;
        match status {
            _ if done => Ok(true),
            StatusCode::SERVICE_UNAVAILABLE => Ok(false),
            _ => Err(format!("a revocation is answered with {status}").into()),
        }
    }

    /// What the gate says; it is asked again where the server cannot tell.
    async fn allow(&self, window: &Found) -> Done<bool> {
        let address = format!("{}/access/v1/evaluation", self.base_url);
        loop {
            let asked = self.client.post(&address).bearer_auth(self.api_key);
            let answer = asked.json(&question(window)).send().await?;
            if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
                let answer: Decision = answer.error_for_status()?.json().await?;
                return Ok(answer.decision);
            }
        }
    }
}
