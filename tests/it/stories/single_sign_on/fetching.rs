//! Asking an identity provider that misbehaves, or that is no place to ask.

use std::time::Duration;

use chrono::TimeDelta;
use lockbox::clock::Stopwatch;
use lockbox::domain::text::Issuer;
use lockbox::identity::oidc::fetch::{FetchError, Fetcher, Sent};
use lockbox::outside::{NoAnswer, WayOutConfig};
use url::Url;

use super::{assert_not_signed_in, back, sent_away, set_up, set_up_for};
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
            assert_not_signed_in(&visitor, &page, &format!("{odd:?}")).await;
            provider.says().odd = None;
        }
    }

    /// A flood of sign-ins at one tenant's identity provider that hangs keeps nobody of another tenant out.
    async fn one_that_hangs_holds_up_nobody_of_another_tenant(world: &World) {
        let (hangs, contosos) = (IdentityProvider::start().await, IdentityProvider::start().await);
        set_up(world, &hangs).await;
        set_up_for(world, &contosos, "sam", "contoso", "sam@contoso.example").await;
        // What they said of themselves is too old by then.
        world.pass(TimeDelta::hours(1));
        let asked = hangs.times_asked(DESCRIPTION);
        hangs.says().odd = Some((DESCRIPTION, Odd::Slow));
        let visitor = world.visitor();
        let begin = || {
            let (client, url) = (visitor.client.clone(), visitor.url("/sign-in/sso/fabrikam"));
            actix_web::rt::spawn(async move { client.get(url).send().await.unwrap().status() })
        };
        let waiting: Vec<_> = std::iter::repeat_with(begin).take(32).collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let sam = world.visitor();
        let attempt = sent_away(&sam, "/sign-in/sso/contoso").await;
        contosos.names("sam-1", "sam@contoso.example", &attempt, world.now());
        let page = back(&sam, &contosos, "contoso", &attempt).await;
        assert_eq!(page.location(), Some("/sign-in/second-factor"), "{}", page.words());
        for one in waiting {
            assert_eq!(one.await.unwrap(), 422);
        }
        assert!(hangs.times_asked(DESCRIPTION) - asked <= 4, "asked {} times", hangs.times_asked(DESCRIPTION) - asked);
    }

    /// Who did not describe itself is left alone for ten seconds, but by the administrator who tries the setting.
    async fn one_that_failed_is_left_alone_for_a_moment(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        world.pass(TimeDelta::hours(1));
        let kim = world.signed_in("kim").await;
        provider.says().odd = Some((DESCRIPTION, Odd::Html));
        let asked = || provider.times_asked(DESCRIPTION);
        let (visitor, before) = (world.visitor(), asked());
        for _ in 0..3 {
            let page = visitor.get_one("/sign-in/sso/fabrikam").await;
            assert_not_signed_in(&visitor, &page, "it answers with a page").await;
        }
        assert_eq!(asked() - before, 1);
        for _ in 0..2 {
            kim.get_one("/settings/single-sign-on/test").await.expect_status(422).expect("The test failed");
        }
        assert_eq!(asked() - before, 3, "each test asks");
        provider.says().odd = None;
        let page = visitor.get_one("/sign-in/sso/fabrikam").await;
        assert_not_signed_in(&visitor, &page, "it failed a moment ago").await;
        assert_eq!(asked() - before, 3);
        world.pass(TimeDelta::seconds(10));
        sent_away(&visitor, "/sign-in/sso/fabrikam").await;
        assert_eq!(asked() - before, 4);
    }
}

async fn asked(config: &WayOutConfig, url: &str) -> Result<(), FetchError> {
    let url = Url::parse(url).unwrap();
    let fetcher = Fetcher::new(config).unwrap();
    fetcher
        .ask(&issuer(0), &url, None, Sent::Nothing)
        .await
        .map(drop)
}

fn issuer(number: usize) -> Issuer {
    Issuer::parse(&format!("https://login-{number}.example")).unwrap()
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

/// A flood of sign-ins at those that hang holds up nobody: there are so many turns, few for one, and no queue for them.
#[actix_web::test]
async fn one_more_than_4_of_one_and_32_of_all_at_the_same_time_is_refused_at_once() {
    let provider = IdentityProvider::start().await;
    provider.says().odd = Some((DESCRIPTION, Odd::Slow));
    let url = Url::parse(&format!("{}{DESCRIPTION}", provider.issuer)).unwrap();
    let fetcher = Fetcher::new(&trusting(true)).unwrap();
    let begin = |number: usize| {
        let (fetcher, url, issuer) = (fetcher.clone(), url.clone(), issuer(number));
        actix_web::rt::spawn(async move {
            fetcher
                .ask(&issuer, &url, None, Sent::Nothing)
                .await
                .map(drop)
        })
    };
    let refused = async |number: usize| {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Stopwatch::start();
        let error = begin(number).await.unwrap().unwrap_err();
        assert!(matches!(error, FetchError::Busy), "{error}");
        assert!(began.elapsed() < Duration::from_secs(1));
    };
    let mut waiting: Vec<_> = (0..4).map(|_| begin(0)).collect();
    refused(0).await;
    waiting.extend((4..32).map(|count| begin(count / 4)));
    refused(8).await;
    for one in waiting {
        let error = one.await.unwrap().unwrap_err();
        assert!(matches!(error, FetchError::TooSlow), "{error}");
    }
}
