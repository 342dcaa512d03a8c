//! Changing people: roles and second factors, by others than themselves (PROOF 17, 19 and 22).

use chrono::TimeDelta;
use lockbox::acts::people::{self, NewPerson};
use lockbox::acts::{ActError, authenticator};
use lockbox::domain::person::Role;
use lockbox::domain::rights::Denied;
use lockbox::domain::text::{EmailAddress, Line};

use super::{PASSWORD, confirm, invited, joined, with_password};
use crate::world::stories;

const NOA: &str = "noa@fabrikam.example";

fn new(email: &str, role: Role) -> NewPerson {
    NewPerson {
        email: EmailAddress::parse(email).unwrap(),
        name: Line::parse("Noa Weiss").unwrap(),
        roles: vec![role],
    }
}

stories! {
    /// A role that is given or taken ends the person's sessions; a role gained later decides no request filed before.
    async fn a_change_of_roles_signs_out_and_does_not_reach_back(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let noa = joined(world, NOA).await;
        world.turn_on("fabrikam", "kim");
        let request = world.endorsed();
        world.new_mails().await;
        let kim = world.signed_in("kim").await;
        let page = world.page_of_person(NOA);
        let form = kim.get(&format!("{page}/roles")).await.form("Save roles").without("auditor").with("access_approver", "on");
        kim.submit(form).await.expect("Changed.").expect("access approver");
        let mails = world.new_mails().await;
        for (to, subject) in [(NOA, "Your roles were changed, Fabrikam"), ("ada@fabrikam.example", "Somebody's roles were changed, Fabrikam")] {
            assert!(mails.contains(&(to.to_owned(), subject.to_owned())), "{mails:?}");
        }
        noa.get("/people").await.expect("Sign in");
        with_password(&noa, NOA, PASSWORD).await.expect("Verify it is you");
        assert!(world.person_at(NOA).is(Role::AccessApprover));
        let again = world.signed_in("ada").await;
        again.get(&format!("{}/approval", world.page_of(&request))).await.expect_status(200);
        let denied = lockbox::acts::decide::approve(&world.lockbox, &world.fresh_at(NOA), &crate::world::seen(&request), request.asked, None);
        assert!(denied.is_err(), "the role is newer than the request");
    }

    /// Nobody changes their own roles, resets their own factor or lets themselves out, whatever they send.
    async fn nobody_does_it_to_themselves(world: &World) {
        let kim = world.signed_in("kim").await;
        let token = kim.token().await;
        let own = format!("/people/{}", world.person("kim").id);
        let page = kim.get(&own).await.expect("This is you.");
        assert!(!page.says("Change roles"));
        for act in ["roles", "removal", "second-factor"] {
            kim.get(&format!("{own}/{act}")).await.expect_status(403);
            let fields = [("csrf".to_owned(), token.clone())];
            kim.request("POST", &format!("{own}/{act}"), &fields, &[]).await.expect_status(403);
        }
        assert!(world.person("kim").is(Role::GlobalAdministrator));
    }

    /// The last administrator stays, also where another one is invited and has not come.
    async fn the_last_administrator_stays(world: &World) {
        invited(world, NOA, "Noa Weiss", &["global_administrator"]).await;
        let noa = joined(world, NOA).await;
        let kims = world.page_of_person("kim@fabrikam.example");
        let form = noa.get(&format!("{kims}/roles")).await.form("Save roles").without("global_administrator").with("auditor", "on");
        noa.submit(form).await.expect("Changed.");
        invited_by(&noa, "eve@fabrikam.example").await;
        // Noa is the last one now. Kim cannot say so any more, and nobody else may.
        let last = lockbox::acts::people::remove(&world.lockbox, &world.fresh("kim"), world.person_at(NOA).id);
        assert!(last.is_err());
        let pat = world.signed_in("pat").await;
        let pats = format!("/people/{}", world.person("pat").id);
        pat.get(&pats).await.expect("This is you.");
    }

    /// Who lost their phone gets a new one by another administrator's hand: signed out everywhere, told with every
    /// administrator, and let in by their password only as far as the page that enrols.
    async fn a_reset_factor_is_enrolled_anew_and_decides_nothing_older(world: &World) {
        world.turn_on("fabrikam", "kim");
        let request = world.endorsed();
        world.pass(TimeDelta::seconds(1));
        let ada = world.signed_in("ada").await;
        world.new_mails().await;
        let kim = world.signed_in("kim").await;
        let adas = world.page_of_person("ada@fabrikam.example");
        confirm(&kim, &format!("{adas}/second-factor"), "Reset second factors").await.expect("Reset.");
        let mails = world.new_mails().await;
        for (to, subject) in [("ada@fabrikam.example", "Your second factors were reset, Fabrikam"), ("kim@fabrikam.example", "Somebody's second factors were reset, Fabrikam")] {
            assert!(mails.contains(&(to.to_owned(), subject.to_owned())), "{mails:?}");
        }
        ada.get("/requests").await.expect("Sign in");
        let account = world.account("ada").clone();
        let page = with_password(&ada, &account.email, &account.password).await.expect("Set up an authenticator app");
        // By the password alone nothing else is reached.
        ada.get("/requests").await.expect("Sign in");
        let wrong = page.form("Set up and sign in").with("verification_code", "000000");
        let page = ada.submit(wrong).await.expect_status(422);
        let right = page.form("Set up and sign in").with("verification_code", &world.code_of_page(&page));
        ada.submit(right).await.expect_status(200);
        let denied = lockbox::acts::decide::approve(&world.lockbox, &world.fresh("ada"), &crate::world::seen(&request), request.asked, None);
        assert!(denied.is_err(), "the factor is newer than the request");
        // The page is for those who have none: a password beside a factor enrols nothing.
        let thief = world.visitor();
        with_password(&thief, &account.email, &account.password).await.expect("Verify it is you");
        thief.get("/sign-in/authenticator").await.expect("Verify it is you");
        world.new_mails().await;
    }

    /// Everybody but the administrator reads, and another side's people are not there.
    async fn who_may_not_change_people_sees_them_or_not_at_all(world: &World) {
        let kims = world.page_of_person("kim@fabrikam.example");
        for name in ["ada", "leo"] {
            let reader = world.signed_in(name).await;
            let page = reader.get("/people").await.expect_status(200).expect("Only an administrator changes them.");
            assert!(!page.says("Invite somebody") && !page.says("Change roles"));
            reader.get(&kims).await.expect_status(200);
            for act in ["roles", "removal", "second-factor"] {
                reader.get(&format!("{kims}/{act}")).await.expect_status(403);
            }
        }
        for name in ["ivo", "rosa"] {
            world.signed_in(name).await.get("/people").await.expect_status(403);
        }
        for name in ["pat", "sam"] {
            let other = world.signed_in(name).await;
            let never = other.get("/people/00000000-0000-4000-8000-000000000000").await.expect_status(404);
            for path in [kims.clone(), format!("{kims}/roles"), format!("{kims}/removal"), format!("{kims}/second-factor"), format!("{kims}/invitation")] {
                assert_eq!(other.get(&path).await.expect_status(404).html, never.html, "{name} {path}");
            }
            assert!(!other.get("/people").await.says("kim@fabrikam.example"));
        }
    }

    /// The acts look themselves whose person it is, and not only the pages before them (PROOF 10).
    async fn an_administrator_of_another_side_does_nothing_to_anybody(world: &World) {
        let ada = world.person("ada");
        let before = world.entries();
        for name in ["sam", "pat"] {
            let by = world.fresh(name);
            for done in [
                people::change_roles(&world.lockbox, &by, ada.id, &[Role::AccessApprover], &[Role::Auditor]),
                people::remove(&world.lockbox, &by, ada.id),
                people::reset_second_factor(&world.lockbox, &by, ada.id),
                people::unlink(&world.lockbox, &by, ada.id),
                people::invite_again(&world.lockbox, &by, ada.id),
            ] {
                assert!(matches!(done, Err(ActError::Denied(Denied::NotThere))), "{name}: {done:?}");
            }
        }
        assert_eq!((world.entries(), world.person("ada")), (before, ada));
    }

    /// The act looks what the roles are now: whoever administers no more changes nobody by a page of before.
    async fn who_administers_no_more_changes_nobody(world: &World) {
        let (noa, _) = world.enrol(NOA, "Noa Weiss", Some("fabrikam"), &[Role::GlobalAdministrator]).await.unwrap();
        let (by, ada) = (world.as_fresh(&noa), world.person("ada").id);
        people::change_roles(&world.lockbox, &world.fresh("kim"), noa.id, &noa.role_names(), &[Role::Auditor]).unwrap();
        for done in [
            people::remove(&world.lockbox, &by, ada),
            people::reset_second_factor(&world.lockbox, &by, ada),
            people::change_roles(&world.lockbox, &by, ada, &[Role::AccessApprover], &[Role::Auditor]),
        ] {
            assert!(matches!(done, Err(ActError::Denied(Denied::NoRole))), "{done:?}");
        }
    }

    /// Of two who change the same person's roles, the slower is told: what was seen is no more.
    async fn roles_are_changed_from_those_that_were_seen(world: &World) {
        let leo = world.person("leo").id;
        let changes = |seen: &[Role], wanted: &[Role]| people::change_roles(&world.lockbox, &world.fresh("kim"), leo, seen, wanted);
        changes(&[Role::Auditor], &[Role::AccessApprover]).unwrap();
        let slower = changes(&[Role::Auditor], &[Role::GlobalAdministrator]);
        assert!(matches!(slower, Err(ActError::Unfit(_))), "{slower:?}");
        assert_eq!(world.person("leo").role_names(), [Role::AccessApprover]);
    }

    /// Roles are those of one's own side, whoever gives them.
    async fn a_role_of_the_other_side_is_nobodys_to_give(world: &World) {
        let before = world.entries();
        for (by, whose, role) in [("kim", "ada", Role::Engineer), ("kim", "ada", Role::ProviderAdministrator), ("pat", "ivo", Role::AccessApprover)] {
            let (by, who) = (world.fresh(by), world.person(whose));
            let had = who.role_names();
            let wanted = [had.as_slice(), &[role]].concat();
            let changed = people::change_roles(&world.lockbox, &by, who.id, &had, &wanted);
            assert!(matches!(changed, Err(ActError::Unfit(_))), "{role}: {changed:?}");
            let added = people::invite(&world.lockbox, &by, &new(NOA, role));
            assert!(matches!(added, Err(ActError::Unfit(_))), "{role}: {added:?}");
        }
        assert_eq!(world.entries(), before);
    }

    /// One side invites an address once, in whatever letters, also while nobody has come by it.
    async fn an_address_of_ones_own_side_is_not_invited_twice(world: &World) {
        people::invite(&world.lockbox, &world.fresh("kim"), &new(NOA, Role::Auditor)).unwrap();
        let before = world.entries();
        for address in [NOA, "NOA@Fabrikam.Example", "ada@fabrikam.example"] {
            let added = people::invite(&world.lockbox, &world.fresh("kim"), &new(address, Role::Auditor));
            assert!(matches!(added, Err(ActError::Taken(_))), "{address}: {added:?}");
        }
        assert_eq!(world.entries(), before);
    }

    /// By the password alone nobody gets an app beside a factor that is there, whatever they send.
    async fn a_password_alone_sets_up_no_app_beside_a_factor(world: &World) {
        let ada = world.account("ada").clone();
        let thief = world.visitor();
        let page = with_password(&thief, &ada.email, &ada.password).await.expect("Verify it is you");
        let offer = authenticator::offer(&world.lockbox, world.person("ada").id).unwrap();
        let code = offer.secret.code_at(u64::try_from(world.now().timestamp()).unwrap());
        let csrf = page.form("Verify").fields.into_iter().find(|(name, _)| name == "csrf").unwrap();
        let fields = [csrf, ("app".to_owned(), offer.sealed), ("verification_code".to_owned(), code)];
        let before = world.entries();
        thief.request("POST", "/sign-in/authenticator", &fields, &[]).await.expect_status(403);
        thief.get("/requests").await.expect("Sign in");
        assert_eq!(world.entries(), before);
    }

    /// What was typed stays where something is wrong; a field that the form does not have is refused.
    async fn errors_keep_what_was_typed_and_strange_fields_are_refused(world: &World) {
        let kim = world.signed_in("kim").await;
        let form = || async { kim.get("/people/invitation").await.form("Send invitation") };
        let page = kim.submit(form().await.with("email", "no address").with("name", "Noa").with("auditor", "on")).await.expect_status(422);
        assert!(page.has_filled_in("name", "Noa") && page.has_filled_in("auditor", "on"));
        kim.submit(form().await.with("email", NOA).with("name", "Noa")).await.expect_status(422).expect("Choose at least one role.");
        let taken = form().await.with("email", "ada@fabrikam.example").with("name", "Noa").with("auditor", "on");
        kim.submit(taken).await.expect_status(422).expect("Somebody of your organisation has this address already");
        for (field, value) in [("engineer", "on"), ("auditor", "true"), ("removed", "on")] {
            kim.submit(form().await.with("email", NOA).with("name", "Noa").with(field, value)).await.expect_status(400);
        }
        // A stale second factor is asked for, and nothing is lost.
        world.pass(TimeDelta::minutes(6));
        let asked = form().await.with("email", NOA).with("name", "Noa").with("auditor", "on");
        let page = kim.send(&asked).await.expect_status(422);
        assert!(page.has_filled_in("email", NOA) && page.has_filled_in("auditor", "on"));
        kim.submit(page.form("Send invitation")).await.expect("Invited.");
    }

    async fn few_who_decide_are_pointed_out(world: &World) {
        let kim = world.signed_in("kim").await;
        assert!(!kim.get("/people").await.says("One person alone"));
        let adas = world.page_of_person("ada@fabrikam.example");
        confirm(&kim, &format!("{adas}/removal"), "Remove").await.expect("One person alone can decide");
    }
}

async fn invited_by(visitor: &crate::world::Visitor<'_>, email: &str) {
    let form = visitor
        .get("/people/invitation")
        .await
        .form("Send invitation");
    let form = form
        .with("email", email)
        .with("name", "Eve")
        .with("global_administrator", "on");
    visitor.submit(form).await.expect("Invited.");
}
