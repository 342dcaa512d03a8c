//! Another tenant's request beside one that was never filed: nobody may tell them apart by the time it takes.

use std::time::Instant;

use lockbox::clock::Entropy;
use lockbox::domain::id::Reference;
use reqwest::header::COOKIE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::Done;
use super::times::median;

/// Asks for both by turns, on one connection, and prints their medians.
pub async fn compare(base_url: &str, cookie: &str, foreign: &str, tries: usize) -> Done<()> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    let entropy = Entropy::system();
    let ask = async |reference: &str| {
        let since = Instant::now();
        let asked = client
            .get(format!("{base_url}/requests/{reference}"))
            .header(COOKIE, cookie);
        let answer = asked.send().await?;
        let status = answer.status();
        answer.bytes().await?;
        if status == StatusCode::NOT_FOUND {
            Done::Ok(since.elapsed())
        } else {
            Err(format!("{reference} is answered with {status}").into())
        }
    };
    let (mut of_foreign, mut of_unknown) = (Vec::new(), Vec::new());
    for _ in 0..tries / 2 {
        of_foreign.push(ask(foreign).await?);
        let unknown = Reference::from_random(entropy.bytes());
        of_unknown.push(ask(unknown.as_str()).await?);
    }
    let (foreign, unknown) = (median(of_foreign), median(of_unknown));
    println!("{foreign:.1} {unknown:.1} {:.3}", foreign / unknown);
    Ok(())
}
