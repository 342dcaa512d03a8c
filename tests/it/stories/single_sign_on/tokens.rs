//! What an identity provider says and must not be believed (PROOF 3, 10 and 17).

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{assert_not_signed_in, back, sent_away, set_up, set_up_for};
use crate::world::identity_provider::{IdentityProvider, Says, with_factor};
use crate::world::{Page, Visitor, World, stories};

const KIM: (&str, &str) = ("kim-1", "kim@fabrikam.example");

/// One attempt of a visitor, with the identity provider saying all but this rightly.
async fn tries<'w>(
    world: &'w World,
    provider: &IdentityProvider,
    who: (&str, &str),
    but: impl FnOnce(&mut Says),
) -> (Visitor<'w>, Page) {
    let visitor = world.visitor();
    let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
    provider.names(who.0, who.1, &attempt, world.now());
    but(&mut provider.says());
    let page = back(&visitor, provider, "fabrikam", &attempt).await;
    (visitor, page)
}

fn claim(name: &'static str, value: Value) -> impl FnOnce(&mut Says) {
    move |says| says.claims[name] = value
}

stories! {
    async fn no_wrong_token_signs_anybody_in(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let (_, page) = tries(world, &provider, KIM, |says| with_factor(&mut says.claims, TimeDelta::zero())).await;
        assert_eq!(page.location(), Some("/"), "the right one does: {}", page.words());
        let entries = world.entries();
        let now = world.now().timestamp();
        for (name, value) in [
            ("nonce", json!("another")),
            ("nonce", Value::Null),
            ("iss", json!("https://localhost:1")),
            ("iss", json!(format!("{}/", provider.issuer))),
            ("aud", json!("another")),
            ("aud", json!(["lockbox", "another"])),
            ("azp", json!("another")),
            ("exp", json!(now - 61)),
            ("iat", json!(now - 601)),
            ("nbf", json!(now + 61)),
            ("sub", json!("")),
            ("auth_time", Value::Null),
        ] {
            let (visitor, page) = tries(world, &provider, KIM, claim(name, value.clone())).await;
            assert_not_signed_in(&visitor, &page, &format!("{name} {value}")).await;
        }
        for alg in ["none", "HS256", "ES256", "RS256"] {
            let (visitor, page) = tries(world, &provider, KIM, |says| says.head["alg"] = json!(alg)).await;
            assert_not_signed_in(&visitor, &page, alg).await;
        }
        let (visitor, page) = tries(world, &provider, KIM, |says| says.signs_with = 2).await;
        provider.says().signs_with = 1;
        assert_not_signed_in(&visitor, &page, "another key by the name of the one shown").await;
        assert_eq!(world.entries(), entries);
    }

    async fn a_new_key_is_looked_for_once_a_minute(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let looks = || provider.times_asked("/keys");
        let before = looks();
        let rotated = |says: &mut Says| {
            says.signs_with = 2;
            says.head["kid"] = json!("key-2");
        };
        // Not shown yet: looked for at once, or not at all within the minute.
        let (visitor, page) = tries(world, &provider, KIM, rotated).await;
        assert_not_signed_in(&visitor, &page, "a key nobody shows").await;
        let (visitor, page) = tries(world, &provider, KIM, rotated).await;
        assert_not_signed_in(&visitor, &page, "a key nobody shows, again").await;
        assert!(looks() - before <= 1, "looked {} times", looks() - before);
        provider.says().shows = vec![2];
        world.pass(TimeDelta::minutes(1));
        let (_, page) = tries(world, &provider, KIM, rotated).await;
        assert_eq!(page.location(), Some("/sign-in/second-factor"), "{}", page.words());
        assert!(looks() - before <= 2);
    }

    async fn its_second_factor_counts_only_if_the_token_says_so_and_is_fresh_by_its_time(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        // One factor, whichever it is, is one factor.
        for one in ["otp", "hwk", "pwd"] {
            let (visitor, page) = tries(world, &provider, KIM, claim("amr", json!([one]))).await;
            assert_eq!(page.location(), Some("/sign-in/second-factor"), "{one}");
            assert_eq!(visitor.get_one("/").await.location(), Some("/sign-in"), "{one}");
        }
        let (visitor, page) = tries(world, &provider, KIM, claim("amr", json!(["pwd"]))).await;
        assert_eq!(page.location(), Some("/sign-in/second-factor"));
        assert_eq!(visitor.get_one("/").await.location(), Some("/sign-in"), "half in is not in");
        // Ours is asked, and then they are in.
        let page = visitor.get("/sign-in/second-factor").await;
        let form = page.form("Verify").with("verification_code", &world.code("kim"));
        assert_eq!(visitor.submit_one(form).await.location(), Some("/"));

        let asks = async |ago, amr: Value| {
            let (visitor, page) = tries(world, &provider, KIM, |says| {
                with_factor(&mut says.claims, ago);
                says.claims["amr"] = amr;
            }).await;
            assert_eq!(page.location(), Some("/"), "{}", page.words());
            let page = visitor.get("/settings/notifications").await;
            let asked = page.has("#verification_code");
            assert_eq!(asked, page.has("a[href=\"/sign-in/sso/fabrikam?anew=1&next=%2Fsettings%2Fnotifications\"]"));
            asked
        };
        assert!(!asks(TimeDelta::minutes(4), json!(["mfa"])).await, "fresh");
        assert!(asks(TimeDelta::minutes(5), json!(["pwd", "hwk"])).await, "stale");
    }

    /// How old a proof may be is asked for, so its age is looked at: one of no time counts as little as one that is too old.
    async fn a_proof_is_no_older_than_was_asked_for(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let asked = TimeDelta::hours(12) + TimeDelta::minutes(1);
        let (_, page) = tries(world, &provider, KIM, |says| with_factor(&mut says.claims, asked)).await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        let older = asked + TimeDelta::seconds(1);
        let (visitor, page) = tries(world, &provider, KIM, |says| with_factor(&mut says.claims, older)).await;
        assert_eq!(page.location(), Some("/sign-in/sso/fabrikam?anew=1&next=%2F"), "a new one is asked for: {}", page.words());
        let attempt = sent_away(&visitor, page.location().unwrap()).await;
        provider.names(KIM.0, KIM.1, &attempt, world.now());
        with_factor(&mut provider.says().claims, older);
        let page = back(&visitor, &provider, "fabrikam", &attempt).await;
        assert_not_signed_in(&visitor, &page, "older, and asked for a new one").await;
        // Whoever tries the setting is told what the identity provider has to send.
        let kim = world.signed_in("kim").await;
        let attempt = sent_away(&kim, "/settings/single-sign-on/test").await;
        assert!(attempt.as_str().contains("max_age=43200"));
        provider.names(KIM.0, KIM.1, &attempt, world.now());
        provider.says().claims.as_object_mut().unwrap().remove("auth_time");
        let page = back(&kim, &provider, "fabrikam", &attempt).await;
        assert!(page.status == 422 && page.says("have the identity provider send auth_time"), "{}", page.words());
    }

    async fn proving_anew_takes_a_proof_of_now(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        for (ago, signs_in) in [(TimeDelta::zero(), true), (TimeDelta::minutes(2), false)] {
            let visitor = world.visitor();
            let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam?anew=1&next=/help").await;
            assert!(attempt.as_str().contains("prompt=login&max_age=0"));
            provider.names(KIM.0, KIM.1, &attempt, world.now());
            with_factor(&mut provider.says().claims, ago);
            let page = back(&visitor, &provider, "fabrikam", &attempt).await;
            assert_eq!(page.location() == Some("/help"), signs_in, "{ago}: {}", page.words());
        }
    }

    async fn an_identity_provider_names_its_own_tenants_people_alone(world: &World) {
        let (own, contosos) = (IdentityProvider::start().await, IdentityProvider::start().await);
        set_up(world, &own).await;
        set_up_for(world, &contosos, "sam", "contoso", "sam@contoso.example").await;
        let entries = world.entries();
        for (subject, email) in [
            ("x-1", "sam@contoso.example"),
            ("x-2", "ivo@provider.example"),
            ("x-3", "nobody@fabrikam.example"),
            ("x-4", "<script>alert(1)</script>@fabrikam.example"),
        ] {
            let (visitor, page) = tries(world, &own, (subject, email), |_| {}).await;
            assert_not_signed_in(&visitor, &page, email).await;
            assert!(!page.html.contains("<script>alert"));
        }
        for unverified in [json!(false), json!("true"), Value::Null] {
            let (visitor, page) = tries(world, &own, ("kim-9", KIM.1), claim("email_verified", unverified.clone())).await;
            assert_not_signed_in(&visitor, &page, &unverified.to_string()).await;
        }
        assert_eq!(world.entries(), entries);
    }
}
