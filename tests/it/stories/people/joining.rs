//! Coming by an invitation (PROOF 6: links).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use lockbox::acts::{ActError, forgotten_password};
use lockbox::domain::one_time_link::LinkKind;
use lockbox::domain::person::Role;
use lockbox::store::one_time_links;
use sha2::{Digest as _, Sha256};

use super::{PASSWORD, confirm, invited, join, joined, with_password};
use crate::world::{journal, stories};

const NOA: &str = "noa@fabrikam.example";

stories! {
    /// The whole way: a mail, a page that may be opened as often as one likes, a password, an app, and one is in, with the
    /// roles that were given, and can sign in again.
    async fn who_is_invited_joins_and_signs_in(world: &World) {
        invited(world, NOA, "Noa <b>Weiss</b>", &["access_approver", "auditor"]).await;
        let link = world.link_to(NOA).await;
        let mails = world.new_mails().await;
        assert_eq!(mails.iter().filter(|(to, _)| to == NOA).count(), 1);
        assert!(mails.contains(&("ada@fabrikam.example".to_owned(), "Somebody was invited, Fabrikam".to_owned())), "{mails:?}");
        let scanner = world.visitor();
        for _ in 0..3 {
            scanner.get(&link).await.expect_status(200);
            scanner.request("HEAD", &link, &[], &[]).await.expect_status(200);
        }
        let noa = joined(world, NOA).await;
        noa.get("/people").await.expect("Noa <b>Weiss</b>").expect("access approver, auditor");
        noa.get("/people/invitation").await.expect_status(403);
        let person = world.person_at(NOA);
        assert!(person.is_here() && person.is(Role::AccessApprover) && person.second_factor_since.is_some());

        let again = world.visitor();
        with_password(&again, NOA, PASSWORD).await.expect("Verify it is you");
        again.get(&link).await.expect_status(410).expect("This link does not work any more");
    }

    /// What was chosen is judged; everything that is wrong is said at once, the link is not used up, and the same secret
    /// is shown again.
    async fn what_is_wrong_with_a_password_or_a_code_is_said_and_uses_nothing_up(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let link = world.link_to(NOA).await;
        let visitor = world.visitor();
        let page = visitor.get(&link).await;
        let code = world.code_of_page(&page);
        for (password, said) in [
            ("short", "at least 12 characters"),
            (&"x".repeat(129), "at most 128 characters"),
            ("password123456", "easy to guess"),
            ("fabrikamfabrikam", "easy to guess"),
            ("Noa Weiss 2026", "easy to guess"),
            ("noa@fabrikam.example", "easy to guess"),
        ] {
            let form = page.form("Join").with("password", password).with("verification_code", &code);
            let refused = visitor.submit(form).await.expect_status(422).expect(said);
            assert!(!refused.has_filled_in("password", password), "a password is never filled in again");
            assert_eq!(world.code_of_page(&refused), code, "the same secret is offered again");
        }
        let form = page.form("Join").with("password", "short").with("verification_code", "000000");
        visitor.submit(form).await.expect_status(422).expect("at least 12 characters").expect("not the one your app shows");
        // An app offered to somebody else is nobody's proof.
        let form = page.form("Join").with("password", PASSWORD).with("verification_code", &code).with("app", "AAAA");
        visitor.submit(form).await.expect_status(422).expect("not the one your app shows");
        assert!(!world.person_at(NOA).is_here());
        join(world, &visitor, &page).await.expect_status(200);
    }

    /// An invitation lasts 24 hours, dies by a newer one and by removal, and is nobody else's.
    async fn an_invitation_dies_of_age_of_a_newer_one_and_of_removal(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let first = world.link_to(NOA).await;
        let visitor = world.visitor();
        let open = visitor.get(&first).await.expect_status(200);
        world.pass(TimeDelta::hours(24) - TimeDelta::microseconds(1));
        visitor.get(&first).await.expect_status(200);
        world.pass(TimeDelta::microseconds(1));
        let page = world.page_of_person(NOA);
        visitor.get(&first).await.expect_status(410);
        join(world, &visitor, &open).await.expect_status(410);

        let kim = world.signed_in("kim").await;
        confirm(&kim, &format!("{page}/invitation"), "Send invitation").await.expect("Invited again");
        let second = world.link_to(NOA).await;
        assert_ne!(first, second);
        visitor.get(&second).await.expect_status(200);
        confirm(&kim, &format!("{page}/invitation"), "Send invitation").await.expect("Invited again");
        visitor.get(&second).await.expect_status(410);
        let third = world.link_to(NOA).await;
        visitor.get(&third).await.expect_status(200);
        confirm(&kim, &format!("{page}/removal"), "Remove").await.expect("Removed.");
        visitor.get(&third).await.expect_status(410);
        kim.get(&page).await.expect_status(404);

        // Whoever was removed may be invited again and is who they were.
        let before = world.person_at(NOA).id;
        invited(world, NOA, "Noa Weiss", &["access_approver"]).await;
        joined(world, NOA).await;
        assert_eq!(world.person_at(NOA).id, before);
    }

    /// A newer link takes the place of one whose letter has not gone out yet; that letter is not sent.
    async fn of_two_letters_the_one_whose_link_is_dead_is_not_sent(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let kim = world.signed_in("kim").await;
        confirm(&kim, &format!("{}/invitation", world.page_of_person(NOA)), "Send invitation").await.expect("Invited again");
        let mails = world.new_mails().await;
        assert_eq!(mails.iter().filter(|(to, _)| to == NOA).count(), 1, "{mails:?}");
        joined(world, NOA).await;
    }

    /// What stands in the database opens nothing: a hash, and until its letter is sent a sealed token.
    async fn the_database_holds_no_link(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let sealed = "SELECT count(*) AS n FROM one_time_links WHERE sealed IS NOT NULL";
        assert_eq!(world.count(sealed), 1);
        let link = world.link_to(NOA).await;
        assert_eq!(world.count(sealed), 0, "once it is sent it is known to its reader alone");
        let token = link.split_once("link=").unwrap().1;
        let letters = format!("SELECT count(*) AS n FROM outbox WHERE CAST(letter AS TEXT) LIKE '%{token}%'");
        assert_eq!(world.count(&letters), 0);
    }

    /// What is kept of a link is the hash of its token, and of a session that of its key: who reads the database comes in
    /// by neither.
    async fn links_and_sessions_are_kept_as_hashes(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let link = world.link_to(NOA).await;
        let token = link.split_once("link=").unwrap().1;
        let whose = |kept: &[u8]| world.lockbox.store.read(|conn| one_time_links::whose(conn, LinkKind::Invitation, kept, world.now())).unwrap();
        assert_eq!(whose(&Sha256::digest(token)), Some(world.person_at(NOA).id));
        assert_eq!(whose(token.as_bytes()), None);
        assert_eq!(whose(&BASE64_URL_SAFE_NO_PAD.decode(token).unwrap()), None);

        // The key of a session has 64 letters, and leaves the server in a cookie that nobody else can open.
        world.signed_in("kim").await;
        assert!(world.count("SELECT count(*) AS n FROM sessions WHERE length(key_sha256) = 32") > 0);
        assert_eq!(world.count("SELECT count(*) AS n FROM sessions WHERE length(key_sha256) <> 32"), 0);
    }

    /// A link is good for what it was made for, and used up by nothing else.
    async fn a_link_of_one_kind_is_none_of_another(world: &World) {
        const ADA: &str = "ada@fabrikam.example";
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let invitation = world.link_to(NOA).await;
        let visitor = world.visitor();
        let form = visitor.get("/password/forgotten").await.form("Send the link").with("email", ADA);
        visitor.submit(form).await.expect_status(200);
        world.night().await;
        let reset = world.link_to(ADA).await;
        let token = |link: &str| link.split_once("link=").unwrap().1.to_owned();
        visitor.get(&format!("/password/reset?link={}", token(&invitation))).await.expect_status(410);
        visitor.get(&format!("/join?link={}", token(&reset))).await.expect_status(410);
        let chosen = forgotten_password::reset(&world.lockbox, &token(&invitation), None, PASSWORD.into()).await;
        assert!(matches!(chosen, Err(ActError::LinkGone)), "{chosen:?}");
        for link in [&invitation, &reset] {
            visitor.get(link).await.expect_status(200);
        }
    }

    /// No token, password or secret of anybody who comes by a link is in the log, whatever they send.
    async fn the_log_holds_nothing_of_who_comes_by_a_link(world: &World) {
        journal::keep();
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let link = world.link_to(NOA).await;
        let visitor = world.visitor();
        let page = visitor.get(&link).await;
        let form = page.form("Join").with("password", "a-guess-for-the-log").with("verification_code", "000000");
        visitor.submit(form).await.expect_status(422);
        join(world, &visitor, &page).await.expect_status(200);
        visitor.get(&link).await.expect_status(410);
        visitor.get(&format!("{link}&x=%0aFORGED")).await;
        let (form, words) = (page.form("Join"), page.words());
        let app = &form.fields.iter().find(|(name, _)| name == "app").unwrap().1;
        let secret = words.split_once("Secret ").unwrap().1[..39].replace(' ', "");
        let log = journal::so_far();
        assert!(log.contains("a call"), "the log is not kept:\n{log}");
        for hidden in [link.split_once("link=").unwrap().1, PASSWORD, "a-guess-for-the-log", app, &secret, NOA] {
            assert!(hidden.len() > 10 && !log.contains(hidden), "{hidden:?} is in the log");
        }
    }

    /// The code that proved the app is used up by it.
    async fn the_code_that_joined_signs_nobody_in_again(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let visitor = world.visitor();
        let page = visitor.get(&world.link_to(NOA).await).await;
        join(world, &visitor, &page).await.expect_status(200);
        let again = world.visitor();
        let door = with_password(&again, NOA, PASSWORD).await.expect("Verify it is you");
        let form = door.form("Verify").with("verification_code", &world.code_of_page(&page));
        again.submit(form).await.expect_status(422).expect("was used before");
    }

    /// No link is told from another by its answer, nor by its look.
    async fn a_link_that_never_was_is_answered_like_one_that_was_used(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let link = world.link_to(NOA).await;
        joined(world, NOA).await;
        let visitor = world.visitor();
        let used = visitor.get(&link).await.expect_status(410);
        for odd in ["/join", "/join?link=", "/join?link=x", &format!("/join?link={}", "A".repeat(43)), "/join?link=a&link=b", "/join?link=%00"] {
            let page = visitor.get(odd).await.expect_status(410);
            assert_eq!(page.html, used.html, "{odd}");
        }
        let token = link.split_once("link=").unwrap().1;
        visitor.get(&format!("/password/reset?link={token}")).await.expect_status(410);
        visitor.get(&format!("/set-up?link={token}")).await.expect_status(410);
        assert_eq!(used.headers["referrer-policy"], "no-referrer");
        assert_eq!(used.headers["cache-control"], "no-store");
    }
}
