//! The door: two factors, each once; a session that ends when it should; and no way around either.

use std::sync::Arc;

use chrono::TimeDelta;
use lockbox::acts::sign_in::{CodeShown, show_second_factor};
use lockbox::domain::request::StateKind;
use reqwest::Client;
use reqwest::cookie::Jar;
use reqwest::redirect::Policy;

use crate::world::page::{Form, Page};
use crate::world::places;
use crate::world::{Visitor, World, at_the_door, stories};

/// Shows the password and stands before the code.
async fn half_in<'w>(world: &'w World, name: &str, next: &str) -> (Visitor<'w>, Page) {
    let visitor = world.visitor();
    let account = world.account(name).clone();
    let door = visitor.get(&format!("/sign-in{next}")).await;
    let page = visitor
        .submit(
            door.form("Sign in")
                .with("email", &account.email)
                .with("password", &account.password),
        )
        .await;
    let page = page.expect("Verify it is you");
    (visitor, page)
}

/// The session cookie that an answer sets.
fn session_cookie(page: &Page) -> String {
    let mut cookies = page
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap());
    cookies
        .rfind(|cookie| cookie.starts_with("lockbox="))
        .unwrap_or_else(|| panic!("no session cookie: {:?}", page.headers))
        .to_owned()
}

/// The page that a browser with only this cookie gets.
async fn with_cookie(world: &World, cookie: &str, path: &str) -> Page {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let pair = cookie.split(';').next().unwrap();
    let request = client
        .get(format!("{}{path}", world.base_url))
        .header("cookie", pair);
    world.visitor().read(request, path).await
}

fn leads_to_the_door(page: &Page) -> bool {
    page.status == 303
        && page.headers["location"]
            .to_str()
            .unwrap()
            .starts_with("/sign-in")
}

/// A code that is certainly not the right one now.
fn wrong_code(world: &World, name: &str) -> String {
    let right: u32 = world.code(name).parse().unwrap();
    format!("{:06}", (right + 1) % 1_000_000)
}

stories! {
    /// A stranger's address, a wrong password, a mistyped address, nothing at all: one answer.
    async fn whatever_was_wrong_the_words_are_the_same(world: &World) {
        let visitor = world.visitor();
        let tries = [
            ("kim@fabrikam.example", "not-the-password"),
            ("nobody@fabrikam.example", "kim-demo-password"),
            ("kim@fabrikam.example", ""),
            ("kim@fabrikam.example", "KIM-DEMO-PASSWORD"),
            ("no address", "kim-demo-password"),
            ("", ""),
            ("kim@fabrikam.example\r\n", "ada-demo-password"),
        ];
        let mut answers = Vec::new();
        for (email, password) in tries {
            let form = visitor.get("/sign-in").await.form("Sign in").with("email", email).with("password", password);
            let page = visitor.submit_one(form).await.expect_status(422).expect("The email address or the password is wrong.");
            assert!(password.is_empty() || !page.html.contains(password), "a password is never written back");
            answers.push(page.words());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
        assert!(leads_to_the_door(&visitor.get_one("/").await));
    }

    async fn capitals_and_spaces_around_an_address_do_not_matter(world: &World) {
        let visitor = world.visitor();
        let door = visitor.get("/sign-in").await.form("Sign in").with("email", " KIM@Fabrikam.Example ").with("password", "kim-demo-password");
        let page = visitor.submit(door).await;
        visitor.submit(page.form("Verify").with("verification_code", &world.code("kim"))).await.expect("Kim Akers");
    }

    async fn a_password_alone_reaches_nothing(world: &World) {
        let request = world.endorsed();
        let (visitor, page) = half_in(world, "kim", "").await;
        let token = page.form("Verify").fields;
        let before = world.entries();
        // Whoever has signed out is led to the door for that reason alone.
        let nothing = |place: &&places::Place| !place.is_public() && place.pattern != "/sign-out";
        for place in places::portal().iter().filter(nothing) {
            let path = place.path(request.reference.as_str());
            if place.reads {
                assert!(leads_to_the_door(&visitor.get_one(&path).await), "GET {path}");
            }
            if place.posts {
                let csrf = token.iter().find(|(name, _)| name == "csrf").unwrap();
                let fields: Vec<_> = [csrf.clone()].into_iter().chain(place.fields(request.version)).collect();
                assert!(leads_to_the_door(&visitor.request("POST", &path, &fields, &[]).await), "POST {path}");
            }
        }
        assert!(!visitor.get("/help").await.says("Kim Akers"));
        assert_eq!((world.entries(), world.stored(&request.reference)), (before, request));
    }

    async fn a_code_counts_once(world: &World) {
        let code = world.code("kim");
        let (first, page) = half_in(world, "kim", "").await;
        first.submit(page.form("Verify").with("verification_code", &code)).await.expect("Kim Akers");
        let (second, page) = half_in(world, "kim", "").await;
        second.submit_one(page.form("Verify").with("verification_code", &code)).await.expect_status(422).expect("This code is wrong or was used before.");
        assert!(leads_to_the_door(&second.get_one("/").await));
    }

    /// Two browsers, one code, the same instant: one gets in.
    async fn a_code_shown_twice_at_once_counts_once(world: &World) {
        for _ in 0..10 {
            world.pass(TimeDelta::seconds(60));
            let ((one, first), (two, second)) = (half_in(world, "kim", "").await, half_in(world, "kim", "").await);
            let code = world.code("kim");
            let form = |page: &Page| page.form("Verify").with("verification_code", &code);
            let (first, second) = tokio::join!(one.submit_one(form(&first)), two.submit_one(form(&second)));
            let mut statuses = [first.status.as_u16(), second.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [303, 422]);
        }
    }

    async fn an_older_code_than_the_last_one_used_does_not_count(world: &World) {
        let kim = world.person("kim");
        let older = world.code("kim");
        world.pass(TimeDelta::seconds(30));
        let newer = world.code("kim");
        let shown = async |code: String| {
            let id = kim.id;
            world.lockbox.acting(move |lockbox| show_second_factor(lockbox, id, &at_the_door(), &code)).await.unwrap()
        };
        assert!(matches!(shown(newer).await, CodeShown::Right(_)));
        assert_eq!(shown(older).await, CodeShown::Wrong, "its window is open, and a later one was used");
    }

    async fn five_wrong_codes_end_the_half_session(world: &World) {
        let (visitor, page) = half_in(world, "kim", "").await;
        let form = page.form("Verify");
        for _ in 0..4 {
            visitor.submit_one(form.clone().with("verification_code", &wrong_code(world, "kim"))).await.expect_status(422);
        }
        let page = visitor.submit_one(form.clone().with("verification_code", &wrong_code(world, "kim"))).await;
        assert!(leads_to_the_door(&page));
        world.pass(TimeDelta::seconds(30));
        let page = visitor.submit_one(form.with("verification_code", &world.code("kim"))).await;
        assert!([303, 403].contains(&page.status.as_u16()));
        assert!(leads_to_the_door(&visitor.get_one("/").await), "the right code comes too late");
    }

    async fn the_session_gets_a_new_key_at_each_step_and_the_old_ones_are_worth_nothing(world: &World) {
        let visitor = world.visitor();
        let account = world.account("kim").clone();
        let door = visitor.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        let half = session_cookie(&visitor.submit_one(door).await);
        let page = visitor.get("/sign-in/second-factor").await;
        let whole = session_cookie(&visitor.submit_one(page.form("Verify").with("verification_code", &world.code("kim"))).await);
        assert_ne!(half, whole);
        with_cookie(world, &whole, "/").await.expect("Kim Akers");
        assert!(leads_to_the_door(&with_cookie(world, &half, "/").await));
        assert!(leads_to_the_door(&with_cookie(world, &half, "/sign-in/second-factor").await), "the half session is gone");
    }

    /// Somebody plants their own half session in a browser; what its owner then signs in to is another one.
    async fn a_planted_session_is_not_the_one_that_is_signed_in(world: &World) {
        let (stranger, _) = half_in(world, "max", "").await;
        let account = world.account("max").clone();
        let door = stranger.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        let planted = session_cookie(&stranger.submit_one(door).await);
        let jar = Arc::new(Jar::default());
        jar.add_cookie_str(&planted, &world.base_url.parse().unwrap());
        let mut victim = world.visitor();
        victim.client = Client::builder().redirect(Policy::none()).cookie_provider(jar).build().unwrap();
        victim.sign_in("kim").await.expect("Kim Akers");
        assert!(leads_to_the_door(&with_cookie(world, &planted, "/").await));
        assert!(leads_to_the_door(&stranger.get_one("/").await));
    }

    /// Login CSRF: a form that another visitor's page was made with signs nobody in.
    async fn another_visitors_form_signs_nobody_in(world: &World) {
        let account = world.account("max").clone();
        let (attacker, victim) = (world.visitor(), world.visitor());
        let form = attacker.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        victim.get("/sign-in").await;
        for browser in [&victim, &world.visitor()] {
            browser.send(&form).await.expect_status(403);
            assert!(leads_to_the_door(&browser.get_one("/sign-in/second-factor").await));
        }
        attacker.send(&form).await.expect_status(303);
    }

    async fn the_cookie_on_plain_http_is_lax_and_out_of_the_scripts_reach(world: &World) {
        let visitor = world.visitor();
        let account = world.account("kim").clone();
        let door = visitor.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        let page = visitor.submit_one(door).await;
        let cookie = session_cookie(&page);
        let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(&attribute), "{cookie}");
        }
        assert!(!attributes.contains(&"Secure") && !cookie.contains("__Host-") && !cookie.contains("Domain="), "{cookie}");
        assert!(!cookie.contains("kim") && !cookie.contains(&world.person("kim").id.to_string()), "the cookie holds a key and nothing else");
    }

    /// Whoever had the visitor's cookie would have the tries of a browser that is known.
    async fn the_visitors_cookie_is_out_of_the_scripts_reach_too(world: &World) {
        let page = world.visitor().get("/sign-in").await;
        let mut cookies = page.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let cookie = cookies.find(|cookie| cookie.starts_with("lockbox-visitor=")).unwrap();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.split("; ").any(|known| known == attribute), "{cookie}");
        }
    }

    async fn signing_out_ends_the_session_on_our_side(world: &World) {
        let (visitor, page) = half_in(world, "kim", "").await;
        let page = visitor.submit_one(page.form("Verify").with("verification_code", &world.code("kim"))).await;
        let cookie = session_cookie(&page);
        with_cookie(world, &cookie, "/").await.expect("Kim Akers");
        let home = visitor.get("/").await;
        visitor.submit(home.form("Sign out")).await.expect("Sign in");
        assert!(leads_to_the_door(&with_cookie(world, &cookie, "/").await), "a kept cookie opens nothing any more");
        assert!(leads_to_the_door(&visitor.submit_one(home.form("Sign out")).await));
    }

    async fn one_lands_on_the_page_one_wanted(world: &World) {
        let request = world.endorsed();
        for wanted in [world.page_of(&request), format!("{}/approval?duration=PT2H", world.page_of(&request)), "/requests?view=all".to_owned(), "/settings/customer-lockbox".to_owned()] {
            let visitor = world.visitor();
            let account = world.account("kim").clone();
            let door = visitor.get(&wanted).await.expect("Sign in");
            // A wrong password on the way does not lose it.
            let door = visitor.submit(door.form("Sign in").with("email", &account.email).with("password", "wrong")).await;
            let page = visitor.submit(door.form("Sign in").with("email", &account.email).with("password", &account.password)).await;
            let page = visitor.submit_one(page.form("Verify").with("verification_code", &wrong_code(world, "kim"))).await;
            world.pass(TimeDelta::seconds(30));
            let page = visitor.submit(page.form("Verify").with("verification_code", &world.code("kim"))).await;
            assert_eq!(page.path, wanted);
            page.expect_status(200);
        }
    }

    async fn the_way_on_never_leads_outside(world: &World) {
        for outside in ["https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x=1", "/\tevil", "@evil.example", " //evil.example"] {
            let next: String = url::form_urlencoded::byte_serialize(outside.as_bytes()).collect();
            let (visitor, page) = half_in(world, "kim", &format!("?next={next}")).await;
            let page = visitor.submit_one(page.form("Verify").with("next", outside).with("verification_code", &world.code("kim"))).await.expect_status(303);
            let to = page.headers["location"].to_str().unwrap();
            let landed = url::Url::parse(&world.base_url).unwrap().join(to).unwrap();
            assert_eq!(landed.origin(), url::Url::parse(&world.base_url).unwrap().origin(), "{outside:?} led to {to:?}");
            assert!(!page.headers.contains_key("x") && to.starts_with('/'), "{outside:?} led to {to:?}");
        }
    }

    async fn a_session_without_use_ends_after_half_an_hour(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(29));
        kim.get_one("/").await.expect_status(200);
        world.pass(TimeDelta::minutes(29));
        kim.get_one("/").await.expect_status(200);
        world.pass(TimeDelta::minutes(30));
        assert!(leads_to_the_door(&kim.get_one("/").await));
    }

    async fn a_session_in_use_ends_after_twelve_hours(world: &World) {
        let kim = world.signed_in("kim").await;
        let began = world.now();
        while world.now() + TimeDelta::minutes(20) < began + TimeDelta::hours(12) {
            world.pass(TimeDelta::minutes(20));
            kim.get_one("/").await.expect_status(200);
        }
        world.clock.set(began + TimeDelta::hours(12) - TimeDelta::microseconds(1));
        kim.get_one("/").await.expect_status(200);
        world.clock.set(began + TimeDelta::hours(12));
        assert!(leads_to_the_door(&kim.get_one("/").await));
    }

    /// Six minutes later every confirming form asks for the code itself, and without it nothing happens.
    async fn a_stale_second_factor_is_asked_for_within_the_form_and_what_was_typed_is_kept(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let approval = format!("{}/approval?duration=PT2H", world.page_of(&request));
        let early = kim.get(&approval).await;
        assert!(!early.form("Approve for 2 hours").has("verification_code"));
        world.pass(TimeDelta::minutes(6));
        let before = world.entries();

        let note = "Only the calendar, \"please\" & <today>.";
        let page = kim.send(&early.form("Approve for 2 hours").with("note", note)).await;
        let page = page.expect_status(422).expect("Enter the verification code from your authenticator app.");
        let form = page.form("Approve for 2 hours");
        assert_eq!(kept(&form, "note"), note);
        assert_eq!(kept(&form, "duration"), "PT2H");
        let page = kim.send(&form.clone().with("verification_code", &wrong_code(world, "kim"))).await;
        let form = page.expect_status(422).expect("This code is wrong or was used before.").form("Approve for 2 hours");
        assert_eq!((kept(&form, "note"), kept(&form, "duration")), (note, "PT2H"));
        assert_eq!((world.entries(), world.stored(&request.reference)), (before, request.clone()));

        world.pass(TimeDelta::seconds(30));
        kim.submit(form.with("verification_code", &world.code("kim"))).await.expect("Approved for 2 hours");
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Approved);
        let page = kim.get(&format!("{}/revocation", world.page_of(&request))).await;
        assert!(!page.form("Revoke access now").has("verification_code"), "one code makes the session fresh");
    }

    async fn every_confirming_form_asks_for_a_stale_second_factor(world: &World) {
        let (filed, endorsed, approved, mine) = (world.filed(), world.endorsed(), world.approved(), world.approved());
        let (kim, rosa, ivo, sam) = (world.signed_in("kim").await, world.signed_in("rosa").await, world.signed_in("ivo").await, world.signed_in("sam").await);
        world.pass(TimeDelta::minutes(6));
        let before = world.entries();
        let forms = [
            (&rosa, world.page_of(&filed), "Endorse request"),
            (&rosa, format!("{}/rejection", world.page_of(&filed)), "Reject request"),
            (&kim, format!("{}/approval", world.page_of(&endorsed)), "Approve for 4 hours"),
            (&kim, format!("{}/rejection", world.page_of(&endorsed)), "Reject request"),
            (&kim, format!("{}/revocation", world.page_of(&approved)), "Revoke access now"),
            (&rosa, format!("{}/revocation", world.page_of(&approved)), "Revoke access now"),
            (&ivo, world.page_of(&mine), "Start access"),
            (&ivo, "/requests/new".to_owned(), "File request"),
            (&kim, "/settings/customer-lockbox/off".to_owned(), "Turn off"),
            (&sam, "/settings/customer-lockbox/terms".to_owned(), "Accept"),
        ];
        for (who, path, button) in forms {
            let mut form = who.get(&path).await.form(button);
            assert!(form.has("verification_code"), "{button} on {path} does not ask for the code");
            for (name, value) in [("reason", "Because."), ("scope", "Chats"), ("tenant", "fabrikam"), ("service", "teams"), ("duration", "PT1H")] {
                if button == "File request" || name == "reason" && form.has(name) {
                    form = form.with(name, value);
                }
            }
            let typed = form.clone().without("csrf").without("verification_code").fields;
            for without in [form.clone().with("verification_code", ""), form.without("verification_code")] {
                let page = who.send(&without).await.expect_status(422).expect("Enter the verification code");
                let again = page.form(button).without("csrf").without("verification_code").fields;
                assert_eq!(again, typed, "{button} on {path} keeps everything");
            }
        }
        assert_eq!(world.entries(), before);
    }

    /// Giving access back must not wait for a telephone.
    async fn giving_access_back_needs_no_fresh_code(world: &World) {
        let (active, filed) = (world.active(), world.filed());
        let ivo = world.signed_in("ivo").await;
        world.pass(TimeDelta::minutes(6));
        ivo.send(&ivo.get(&world.page_of(&active)).await.form("I am done")).await.expect_status(303);
        ivo.send(&ivo.get(&world.page_of(&filed)).await.form("Withdraw request")).await.expect_status(303);
        assert_eq!(world.stored(&active.reference).state.kind(), StateKind::Ended);
        assert_eq!(world.stored(&filed.reference).state.kind(), StateKind::Withdrawn);
    }

    async fn five_wrong_codes_in_a_confirming_form_end_the_session(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        let form = kim.get(&format!("{}/approval", world.page_of(&request))).await.form("Approve for 4 hours");
        for _ in 0..4 {
            kim.send(&form.clone().with("verification_code", &wrong_code(world, "kim"))).await.expect_status(422);
        }
        assert!(leads_to_the_door(&kim.send(&form.with("verification_code", &wrong_code(world, "kim"))).await));
        assert!(leads_to_the_door(&kim.get_one("/").await));
        assert_eq!(world.stored(&request.reference), request);
    }
}

fn kept<'f>(form: &'f Form, name: &str) -> &'f str {
    let field = form.fields.iter().find(|(known, _)| known == name);
    &field
        .unwrap_or_else(|| panic!("no field {name:?}: {form:?}"))
        .1
}
