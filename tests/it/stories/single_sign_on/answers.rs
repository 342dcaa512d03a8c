//! What a browser brings back and must not sign anybody in (PROOF 7 and 10).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

use super::{assert_not_signed_in, back, back_with, sent_away, set_up, set_up_for, state};
use crate::world::identity_provider::{IdentityProvider, with_factor};
use crate::world::stories;

stories! {
    async fn an_answer_counts_once_in_its_own_browser_in_time_and_from_its_own_provider(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let kim = async |visitor: &crate::world::Visitor<'_>| {
            let attempt = sent_away(visitor, "/sign-in/sso/fabrikam").await;
            provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
            with_factor(&mut provider.says().claims, TimeDelta::zero());
            attempt
        };
        // Login CSRF: somebody else's answer, brought by a browser that began nothing or something else.
        let (attacker, victim) = (world.visitor(), world.visitor());
        let theirs = kim(&attacker).await;
        let page = back(&victim, &provider, "fabrikam", &theirs).await;
        assert_not_signed_in(&victim, &page, "no attempt of this browser").await;
        sent_away(&victim, "/sign-in/sso/fabrikam").await;
        let page = back(&victim, &provider, "fabrikam", &theirs).await;
        assert_not_signed_in(&victim, &page, "another attempt of this browser").await;
        assert_eq!(provider.times_asked("/token"), 1, "nothing was redeemed but the test");

        let visitor = world.visitor();
        let attempt = kim(&visitor).await;
        let (state, iss) = (state(&attempt), provider.issuer.as_str());
        let code = ("code", "c-1");
        for (answer, why) in [
            (vec![code, ("iss", iss)], "no state"),
            (vec![code, ("state", "x"), ("iss", iss)], "another state"),
            (vec![code, ("state", state.as_str())], "it names itself, and here it does not"),
            (vec![code, ("state", &state), ("iss", "https://evil.example")], "another's answer"),
            (vec![("state", &state), ("iss", iss)], "no code"),
            (vec![("error", "access_denied"), ("error_description", "<script>alert(1)</script>"), ("state", &state), ("iss", iss)], "a refusal"),
            (vec![code, ("state", &state), ("state", &state), ("iss", iss)], "twice"),
        ] {
            let page = back_with(&visitor, "fabrikam", &answer).await;
            assert!(!page.html.contains("alert(1)"));
            assert_not_signed_in(&visitor, &page, why).await;
        }
        let held = visitor.cookie("lockbox-sso");
        let page = back(&visitor, &provider, "fabrikam", &attempt).await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        // The same answer again, by the same browser and its attempt as it was.
        let again = world.visitor();
        again.set_cookie("lockbox-sso", &held);
        let page = back(&again, &provider, "fabrikam", &attempt).await;
        assert_not_signed_in(&again, &page, "used before").await;

        let late = world.visitor();
        let attempt = kim(&late).await;
        world.pass(TimeDelta::minutes(10));
        let page = back(&late, &provider, "fabrikam", &attempt).await;
        assert_not_signed_in(&late, &page, "too late").await;
    }

    async fn an_answer_for_one_organisation_is_none_for_another(world: &World) {
        let (own, contosos) = (IdentityProvider::start().await, IdentityProvider::start().await);
        set_up(world, &own).await;
        set_up_for(world, &contosos, "sam", "contoso", "sam@contoso.example").await;
        let visitor = world.visitor();
        let attempt = sent_away(&visitor, "/sign-in/sso/contoso").await;
        contosos.names("sam-1", "sam@contoso.example", &attempt, world.now());
        for key in ["fabrikam", "provider", "nobody", "Fabrikam", "%ff", "..%2fcontoso"] {
            let page = back(&visitor, &contosos, key, &attempt).await;
            assert_not_signed_in(&visitor, &page, key).await;
        }
        let page = back(&visitor, &contosos, "contoso", &attempt).await;
        assert_eq!(page.location(), Some("/sign-in/second-factor"), "{}", page.words());
    }

    /// Nor where both have one identity provider, as the large ones are.
    async fn an_answer_for_one_organisation_is_none_for_another_with_the_same_identity_provider(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        set_up_for(world, &provider, "sam", "contoso", "sam@contoso.example").await;
        let redeemed = provider.times_asked("/token");
        let visitor = world.visitor();
        let attempt = sent_away(&visitor, "/sign-in/sso/contoso").await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        with_factor(&mut provider.says().claims, TimeDelta::zero());
        let page = back(&visitor, &provider, "fabrikam", &attempt).await;
        assert_not_signed_in(&visitor, &page, "begun at Contoso's").await;
        assert_eq!(provider.times_asked("/token"), redeemed, "nothing was redeemed");
    }

    /// A code is worth something with its own attempt's verifier alone (RFC 7636).
    async fn a_code_is_redeemed_with_the_verifier_of_its_own_attempt(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let mut verifiers = std::collections::BTreeSet::new();
        for _ in 0..2 {
            let visitor = world.visitor();
            let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
            provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
            back(&visitor, &provider, "fabrikam", &attempt).await;
            let sent = provider.says().asked.iter().rfind(|(path, _)| path == "/token").unwrap().1.clone();
            let form = sent.split_once("\r\n\r\n").unwrap().1;
            let verifier = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "code_verifier").unwrap().1.into_owned();
            let challenge = attempt.query_pairs().find(|(name, _)| name == "code_challenge").unwrap().1.into_owned();
            assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)), challenge);
            verifiers.insert(verifier);
        }
        assert_eq!(verifiers.len(), 2, "each attempt has its own");
    }

    async fn what_the_browser_keeps_of_an_attempt_is_out_of_the_scripts_reach(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let page = world.visitor().get_one("/sign-in/sso/fabrikam").await;
        let cookie = page.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("lockbox-sso="), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.split("; ").any(|known| known == attribute), "{cookie}");
        }
    }

    async fn the_way_on_survives_and_never_leads_outside(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        for (next, on) in [("/requests?view=all", "/requests?view=all"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("/\\evil.example", "/")] {
            let visitor = world.visitor();
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let attempt = sent_away(&visitor, &format!("/sign-in/sso/fabrikam?next={next}")).await;
            provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
            with_factor(&mut provider.says().claims, TimeDelta::zero());
            let page = back(&visitor, &provider, "fabrikam", &attempt).await;
            assert_eq!(page.location(), Some(on), "{next}");
        }
    }

    async fn the_session_before_is_worth_nothing_after(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let visitor = world.signed_in("ada").await;
        let planted = visitor.cookie("lockbox");
        let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        with_factor(&mut provider.says().claims, TimeDelta::zero());
        back(&visitor, &provider, "fabrikam", &attempt).await;
        assert!(visitor.get("/").await.says("Kim Akers"));
        let thief = world.visitor();
        thief.set_cookie("lockbox", &planted);
        assert_eq!(thief.get_one("/").await.location(), Some("/sign-in"));
    }

    async fn who_has_none_and_who_is_not_there_answer_alike(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let visitor = world.visitor();
        let unknown = visitor.get_one("/sign-in/sso/nobody").await;
        assert_eq!(unknown.status, 404);
        for key in ["contoso", "provider"] {
            let page = visitor.get_one(&format!("/sign-in/sso/{key}")).await;
            assert_eq!((page.status, page.words()), (unknown.status, unknown.words()), "{key}");
        }
        // The page before looks nothing up, and leads on by a link.
        for key in ["fabrikam", "contoso", "nobody"] {
            let page = visitor.get(&format!("/sign-in/sso?organisation={key}&next=%2Frequests")).await;
            let on = format!("a[href=\"/sign-in/sso/{key}?next=%2Frequests\"]");
            assert!(page.has(&on), "{}", page.html);
        }
        let odd = visitor.get("/sign-in/sso?organisation=%22%3E%3Cscript%3Ealert(1)").await;
        assert!(odd.status == 422 && !odd.html.contains("<script>alert"));
    }
}
