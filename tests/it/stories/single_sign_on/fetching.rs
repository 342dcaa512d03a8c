//! Asking an identity provider that misbehaves, or that is no place to ask.

use std::time::Duration;

use lockbox::clock::Stopwatch;
use lockbox::identity::oidc::fetch::{FetchError, Fetcher, Sent};
use lockbox::outside::{NoAnswer, WayOutConfig};
use url::Url;

use super::{back, sent_away, set_up};
use crate::world::identity_provider::{IdentityProvider, Odd};
use crate::world::{certificate, stories};

const DESCRIPTION: &str = "/.well-known/openid-configuration";

stories! {
    async fn an_odd_answer_signs_nobody_in_and_is_waited_for_no_longer_than_5_seconds(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        for (at, odd) in [
            ("/token", Odd::Huge),
            ("/token", Odd::Redirect),
            ("/token", Odd::Html),
            ("/token", Odd::Broken),
            ("/token", Odd::Slow),
        ] {
            let visitor = world.visitor();
            let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
            provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
            provider.says().odd = Some((at, odd));
            let began = Stopwatch::start();
            let page = back(&visitor, &provider, "fabrikam", &attempt).await;
            assert!(began.elapsed() < Duration::from_secs(8), "{odd:?}");
            super::assert_not_signed_in(&visitor, &page, &format!("{odd:?}")).await;
            provider.says().odd = None;
        }
    }
}

async fn asked(config: &WayOutConfig, url: &str) -> Result<(), FetchError> {
    let url = Url::parse(url).unwrap();
    let fetcher = Fetcher::new(config).unwrap();
    fetcher.ask(&url, None, Sent::Nothing).await.map(drop)
}

fn trusting(private_addresses: bool) -> WayOutConfig {
    WayOutConfig {
        ca_file: Some(certificate::of_this_run().authority.clone()),
        private_addresses,
        plain_http: false,
    }
}

#[actix_web::test]
async fn each_odd_answer_is_called_by_its_name() {
    let provider = IdentityProvider::start().await;
    let url = format!("{}{DESCRIPTION}", provider.issuer);
    asked(&trusting(true), &url).await.unwrap();
    for odd in [Odd::Huge, Odd::Redirect, Odd::Html, Odd::Broken, Odd::Slow] {
        provider.says().odd = Some((DESCRIPTION, odd));
        let error = asked(&trusting(true), &url).await.unwrap_err();
        let right = match odd {
            Odd::Huge => matches!(error, FetchError::TooLarge),
            Odd::Redirect => matches!(error, FetchError::Redirect),
            Odd::Html => matches!(error, FetchError::NotJson),
            Odd::Broken => matches!(error, FetchError::BrokenOff(_)),
            Odd::Slow => matches!(error, FetchError::TooSlow),
        };
        assert!(right, "{odd:?}: {error}");
    }
}

#[actix_web::test]
async fn nobody_is_asked_without_tls_at_a_private_address_or_with_anothers_certificate() {
    let provider = IdentityProvider::start().await;
    let url = format!("{}{DESCRIPTION}", provider.issuer);
    // The name is public enough; what it means is not.
    let error = asked(&trusting(false), &url).await.unwrap_err();
    assert!(
        matches!(error, FetchError::NoAnswer(NoAnswer::Private)),
        "{error}"
    );
    for host in [
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "10.0.0.1",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ] {
        let error = asked(&trusting(false), &format!("https://{host}/"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, FetchError::NoAnswer(NoAnswer::Private)),
            "{host}: {error}"
        );
    }
    let plain = url.replace("https:", "http:");
    let error = asked(&trusting(true), &plain).await.unwrap_err();
    assert!(
        matches!(error, FetchError::NoAnswer(NoAnswer::NotHttps)),
        "{error}"
    );
    let stranger = WayOutConfig {
        ca_file: None,
        private_addresses: true,
        plain_http: false,
    };
    let error = asked(&stranger, &url).await.unwrap_err();
    assert!(
        matches!(&error, FetchError::NoAnswer(NoAnswer::Connection(why)) if why.contains("certificate")),
        "{error}"
    );
    assert_eq!(provider.times_asked(DESCRIPTION), 0);
}

/// A flood of sign-ins at one that hangs holds up nobody: there are so many turns, and no queue for them.
#[actix_web::test]
async fn one_more_than_32_at_the_same_time_is_refused_at_once() {
    let provider = IdentityProvider::start().await;
    provider.says().odd = Some((DESCRIPTION, Odd::Slow));
    let url = Url::parse(&format!("{}{DESCRIPTION}", provider.issuer)).unwrap();
    let fetcher = Fetcher::new(&trusting(true)).unwrap();
    let begin = || {
        let (fetcher, url) = (fetcher.clone(), url.clone());
        actix_web::rt::spawn(async move { fetcher.ask(&url, None, Sent::Nothing).await.map(drop) })
    };
    let waiting: Vec<_> = std::iter::repeat_with(begin).take(32).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Stopwatch::start();
    let error = begin().await.unwrap().unwrap_err();
    assert!(matches!(error, FetchError::Busy), "{error}");
    assert!(began.elapsed() < Duration::from_secs(1));
    for one in waiting {
        let error = one.await.unwrap().unwrap_err();
        assert!(matches!(error, FetchError::TooSlow), "{error}");
    }
}
