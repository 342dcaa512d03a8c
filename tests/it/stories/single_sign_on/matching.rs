//! Who somebody is to an identity provider (PROOF 3).

use chrono::TimeDelta;
use lockbox::acts::people as people_acts;
use lockbox::acts::{recover, single_sign_on};
use lockbox::domain::fact::Fact;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::person::Role;
use lockbox::domain::second_factor::FactorKind;
use lockbox::domain::single_sign_on::GroupRoles;
use lockbox::domain::text::{EmailAddress, Line, Slug};
use lockbox::store::passkeys::Passkey;
use lockbox::store::{passkeys, people};
use serde_json::{Value, json};

use super::{assert_not_signed_in, back, facts_since, sent_away, set_up};
use crate::world::identity_provider::{IdentityProvider, with_factor};
use crate::world::{Authenticator, Page, Visitor, World, stories};

async fn comes<'w>(
    world: &'w World,
    provider: &IdentityProvider,
    subject: &str,
    email: &str,
) -> (Visitor<'w>, Page) {
    comes_to(world, provider, "fabrikam", subject, email).await
}

async fn comes_to<'w>(
    world: &'w World,
    provider: &IdentityProvider,
    key: &str,
    subject: &str,
    email: &str,
) -> (Visitor<'w>, Page) {
    let visitor = world.visitor();
    let attempt = sent_away(&visitor, &format!("/sign-in/sso/{key}")).await;
    provider.names(subject, email, &attempt, world.now());
    with_factor(&mut provider.says().claims, TimeDelta::zero());
    let page = back(&visitor, provider, key, &attempt).await;
    (visitor, page)
}

/// Somebody of Fabrikam comes, in these groups; the answer, and the roles they have then.
async fn comes_in_groups(
    world: &World,
    provider: &IdentityProvider,
    name: &str,
    groups: Value,
) -> (Page, Vec<Role>) {
    let (subject, email) = (format!("{name}-1"), format!("{name}@fabrikam.example"));
    let visitor = world.visitor();
    let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
    provider.names(&subject, &email, &attempt, world.now());
    provider.says().claims["groups"] = groups;
    let page = back(&visitor, provider, "fabrikam", &attempt).await;
    (page, world.person(name).role_names())
}

/// Somebody of Fabrikam sets which groups give which roles, tries it, and turns it on.
async fn groups_set_by(
    world: &World,
    provider: &IdentityProvider,
    name: &str,
    roles: &[(&str, Role)],
) {
    let line = |text: &str| Line::parse(text).unwrap();
    let groups = GroupRoles {
        claim: line("groups"),
        roles: roles
            .iter()
            .map(|(group, role)| (line(group), *role))
            .collect(),
    };
    let wanted = single_sign_on::Wanted {
        groups: Some(groups),
        ..super::wanted(&provider.issuer)
    };
    single_sign_on::turn_off(&world.lockbox, &world.fresh(name)).unwrap();
    single_sign_on::set(&world.lockbox, &world.fresh(name), &wanted).unwrap();
    let email = format!("{name}@fabrikam.example");
    super::try_and_turn_on(world, provider, name, "fabrikam", &email).await;
}

/// Noa, to be invited with this role.
fn noa(role: Role) -> people_acts::NewPerson {
    people_acts::NewPerson {
        email: EmailAddress::parse("noa@fabrikam.example").unwrap(),
        name: Line::parse("Noa Weiss").unwrap(),
        roles: vec![role],
    }
}

stories! {
    /// An administrator who comes by it is not lost, once a second factor was shown: theirs, or ours after it.
    async fn an_administrator_who_comes_stops_that_another_is_made(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let begun = || {
            let (key, email) = (Slug::parse("fabrikam").unwrap(), EmailAddress::parse("noa@fabrikam.example").unwrap());
            recover::start(&world.lockbox, &world.fresh("pat"), &key, &email, &Line::parse("Noa Weiss").unwrap()).unwrap()
        };
        assert!(begun().recovery.is_some());
        let (_, page) = comes(world, &provider, "kim-1", "kim@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        assert_eq!(world.tenant("fabrikam").recovery, None);

        assert!(begun().recovery.is_some());
        let visitor = world.visitor();
        let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        let page = back(&visitor, &provider, "fabrikam", &attempt).await;
        assert_eq!(page.location(), Some("/sign-in/second-factor"));
        assert!(world.tenant("fabrikam").recovery.is_some(), "half in");
        let asked = visitor.get("/sign-in/second-factor").await;
        visitor.submit(asked.form("Verify").with("verification_code", &world.code("kim"))).await.expect_status(200);
        assert_eq!(world.tenant("fabrikam").recovery, None);
    }

    async fn the_first_time_by_the_address_and_then_by_the_subject_alone(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let before = world.log_of("fabrikam").len();
        let (visitor, page) = comes(world, &provider, "ada-1", "ADA@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        assert!(visitor.get("/").await.says("Ada Ortiz"));
        let facts = facts_since(world, "fabrikam", before);
        assert!(matches!(&facts[..], [Fact::PersonLinked { person, .. }] if *person == world.person("ada").id), "{facts:?}");
        // Another address, and even somebody else's, is nothing any more.
        for email in ["new@fabrikam.example", "kim@fabrikam.example", ""] {
            let (visitor, page) = comes(world, &provider, "ada-1", email).await;
            assert_eq!(page.location(), Some("/"));
            assert!(visitor.get("/").await.says("Ada Ortiz"));
        }
        assert_eq!(facts_since(world, "fabrikam", before).len(), 1, "once");
        // And the address, brought by another subject, is nobody any more.
        let (visitor, page) = comes(world, &provider, "ada-2", "ada@fabrikam.example").await;
        assert_not_signed_in(&visitor, &page, "another subject").await;
    }

    /// An identity provider may take its time, and an administrator who mistrusts it turns it off meanwhile.
    async fn what_is_turned_off_while_it_answers_signs_nobody_in(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let (_, page) = comes(world, &provider, "ada-1", "ada@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"));
        let (lockbox, kim) = (world.lockbox.clone(), world.fresh("kim"));
        provider.says().meanwhile = Some(Box::new(move || single_sign_on::turn_off(&lockbox, &kim).unwrap()));
        let (visitor, page) = comes(world, &provider, "ada-1", "ada@fabrikam.example").await;
        assert_not_signed_in(&visitor, &page, "it is off").await;
    }

    async fn a_subject_is_one_persons_of_the_deployment(world: &World) {
        // One identity provider for two organisations, as the large ones are.
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        super::set_up_for(world, &provider, "sam", "contoso", "sam@contoso.example").await;
        let (_, page) = comes(world, &provider, "one", "kim@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"));
        let visitor = world.visitor();
        let attempt = sent_away(&visitor, "/sign-in/sso/contoso").await;
        provider.names("one", "sam@contoso.example", &attempt, world.now());
        let page = back(&visitor, &provider, "contoso", &attempt).await;
        assert_not_signed_in(&visitor, &page, "Kim's subject").await;
    }

    async fn groups_give_and_take_the_roles_they_name_and_never_the_last_administrators(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let roles = [("admins", Role::GlobalAdministrator), ("approvers", Role::AccessApprover)];
        groups_set_by(world, &provider, "kim", &roles).await;
        let come_in = async |name: &str, groups: Value| comes_in_groups(world, &provider, name, groups).await;
        // Leo is an auditor, which no group gives or takes.
        let (_, roles) = come_in("leo", json!(["approvers", "everybody"])).await;
        assert_eq!(roles, [Role::AccessApprover, Role::Auditor]);
        let gained = world.person("leo").roles[0].since;
        assert_eq!(gained, world.now(), "since it was gained");
        let (_, roles) = come_in("leo", json!([])).await;
        assert_eq!(roles, [Role::Auditor]);
        // Ada is an approver by hand; the mapping names the role, so the groups decide.
        let (_, roles) = come_in("ada", Value::Null).await;
        assert_eq!(roles, []);
        // Kim is the last administrator, and who set the groups.
        let (_, roles) = come_in("kim", json!(["approvers"])).await;
        assert_eq!(roles, [Role::GlobalAdministrator]);
        let before = world.entries();
        let (page, _) = come_in("leo", json!({"approvers": true})).await;
        assert_eq!(page.status, 422, "{}", page.words());
        assert_eq!(world.entries(), before);
        let told = world.new_mails().await;
        assert!(told.iter().any(|(to, subject)| to == "leo@fabrikam.example" && subject.contains("roles")), "{told:?}");
    }

    /// Nobody changes their own roles, also not by groups: whoever set them last gains none by them, and others do. By
    /// groups that another administrator set they gain, from then on and not for what was filed before; what their groups
    /// give no more they lose all the same.
    async fn who_set_the_groups_gains_no_role_by_them(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let ada = world.person("ada");
        people_acts::change_roles(&world.lockbox, &world.fresh("kim"), ada.id, &ada.role_names(), &[Role::GlobalAdministrator]).unwrap();
        let mapping = [("readers", Role::Auditor), ("approvers", Role::AccessApprover)];
        let both = || json!(["readers", "approvers"]);
        groups_set_by(world, &provider, "kim", &mapping).await;
        let before = world.log_of("fabrikam").len();
        let (_, roles) = comes_in_groups(world, &provider, "kim", both()).await;
        assert_eq!(roles, [Role::GlobalAdministrator]);
        let facts = facts_since(world, "fabrikam", before);
        assert!(matches!(&facts[..], [Fact::PersonLinked { .. }]), "{facts:?}");
        let (_, roles) = comes_in_groups(world, &provider, "leo", both()).await;
        assert_eq!(roles, [Role::AccessApprover, Role::Auditor]);

        world.pass(TimeDelta::minutes(1));
        groups_set_by(world, &provider, "ada", &mapping).await;
        let (_, roles) = comes_in_groups(world, &provider, "kim", both()).await;
        assert_eq!(roles, [Role::GlobalAdministrator, Role::AccessApprover, Role::Auditor]);
        let gained = world.person("kim").roles.iter().filter(|held| held.since == world.now()).count();
        assert_eq!(gained, 2, "newer than whatever was filed before");
        let (_, roles) = comes_in_groups(world, &provider, "ada", both()).await;
        assert_eq!(roles, [Role::GlobalAdministrator]);

        // Kim saves the same once more: what she has she keeps while her groups give it, and gains nothing back.
        groups_set_by(world, &provider, "kim", &mapping).await;
        for (groups, left) in [
            (both(), vec![Role::GlobalAdministrator, Role::AccessApprover, Role::Auditor]),
            (json!(["readers"]), vec![Role::GlobalAdministrator, Role::Auditor]),
            (both(), vec![Role::GlobalAdministrator, Role::Auditor]),
        ] {
            let (_, roles) = comes_in_groups(world, &provider, "kim", groups).await;
            assert_eq!(roles, left);
        }
    }

    /// An identity provider vouches for whatever address it likes, so its side learns nothing of who joined elsewhere: the
    /// answer is a stranger's, and no account is made.
    async fn who_joined_elsewhere_is_a_stranger_to_single_sign_on(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let email = "max@contoso.example";
        let new = people_acts::NewPerson { email: EmailAddress::parse(email).unwrap(), ..noa(Role::Auditor) };
        let invited = people_acts::invite(&world.lockbox, &world.fresh("kim"), &new).unwrap();
        let before = world.entries();
        let (visitor, page) = comes(world, &provider, "max-1", email).await;
        assert_not_signed_in(&visitor, &page, "here elsewhere").await;
        let (_, stranger) = comes(world, &provider, "nobody-1", "nobody@contoso.example").await;
        assert_eq!(page.words(), stranger.words());
        assert_eq!(world.entries(), before);
        assert_ne!(world.person_at(email).id, invited.id);
        people_acts::remove(&world.lockbox, &world.fresh("sam"), world.person("max").id).unwrap();
        let (_, page) = comes(world, &provider, "max-1", email).await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        assert_eq!(world.person_at(email).id, invited.id);
    }

    async fn who_was_invited_comes_by_it_and_who_was_removed_never_again(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let new = noa(Role::Auditor);
        people_acts::invite(&world.lockbox, &world.fresh("kim"), &new).unwrap();
        let (visitor, page) = comes(world, &provider, "noa-1", "noa@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        assert!(visitor.get("/").await.says("Noa Weiss"));
        let noa = world.lockbox.store.read(|conn| people::by_email(conn, &EmailAddress::parse("noa@fabrikam.example").unwrap()));
        let noa = noa.unwrap().unwrap();
        assert!(noa.is_here());
        people_acts::remove(&world.lockbox, &world.fresh("kim"), noa.id).unwrap();
        assert_eq!(visitor.get_one("/").await.location(), Some("/sign-in"));
        for subject in ["noa-1", "noa-2"] {
            let (visitor, page) = comes(world, &provider, subject, "noa@fabrikam.example").await;
            assert_not_signed_in(&visitor, &page, "removed").await;
        }
        // Invited again, Noa comes anew, as the same to the identity provider.
        world.pass(TimeDelta::minutes(1));
        people_acts::invite(&world.lockbox, &world.fresh("kim"), &new).unwrap();
        let (_, page) = comes(world, &provider, "noa-1", "noa@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
    }

    /// Whoever is removed gives up what the identity provider calls them. It opens nothing then, and is theirs again, here
    /// or elsewhere, only as it came to be theirs: by an address that is invited.
    async fn what_a_removed_person_was_called_is_nobodys(world: &World) {
        const NOA: &str = "noa@fabrikam.example";
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        super::set_up_for(world, &provider, "sam", "contoso", "sam@contoso.example").await;
        let new = noa(Role::Auditor);
        for (key, by, other) in [("fabrikam", "kim", "contoso"), ("contoso", "sam", "fabrikam"), ("fabrikam", "kim", "contoso")] {
            world.pass(TimeDelta::minutes(1));
            for key in [key, other] {
                let (visitor, page) = comes_to(world, &provider, key, "noa-1", NOA).await;
                assert_not_signed_in(&visitor, &page, "nobody invited them").await;
            }
            people_acts::invite(&world.lockbox, &world.fresh(by), &new).unwrap();
            let (here, page) = comes_to(world, &provider, key, "noa-1", NOA).await;
            assert_eq!(page.location(), Some("/"), "{}", page.words());
            let noa = world.person_at(NOA);
            assert!(noa.is_here() && noa.side == lockbox::domain::person::Side::Tenant(world.tenant(key).id));
            // While it is theirs it is nobody else's, whatever address comes with it.
            let (visitor, page) = comes_to(world, &provider, other, "noa-1", NOA).await;
            assert_not_signed_in(&visitor, &page, "somebody's elsewhere").await;
            world.assert_whole();
            people_acts::remove(&world.lockbox, &world.fresh(by), noa.id).unwrap();
            assert_eq!(here.get_one("/").await.location(), Some("/sign-in"));
            assert_eq!(world.count("SELECT count(*) AS n FROM identity_links WHERE subject = 'noa-1'"), 0);
            world.assert_whole();
        }
        // It is no more theirs than anybody's: Ada is known by it, once it brings her address.
        let (ada, page) = comes(world, &provider, "noa-1", "ada@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        assert!(ada.get("/").await.says("Ada Ortiz"));
    }

    async fn a_factor_of_the_identity_provider_is_as_old_as_the_link(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let request = world.endorsed();
        world.pass(TimeDelta::minutes(1));
        let (ada, _) = comes(world, &provider, "ada-1", "ada@fabrikam.example").await;
        let path = world.page_of(&request);
        let page = ada.get(&format!("{path}/approval")).await;
        assert_eq!(page.status, 403, "linked after it was filed: {}", page.words());
        world.pass(TimeDelta::minutes(1));
        let later = world.endorsed();
        let (ada, _) = comes(world, &provider, "ada-1", "ada@fabrikam.example").await;
        let page = ada.get(&format!("{}/approval", world.page_of(&later))).await;
        let page = ada.submit(page.form("Approve for 4 hours")).await;
        assert!(page.says("Approved"), "{}", page.words());
        let log = world.log_of("fabrikam");
        let proof = log.last().unwrap().author.proof.clone().unwrap();
        assert_eq!(proof.second_factor.unwrap().kind, FactorKind::IdentityProvider);
    }

    async fn what_the_token_leaves_out_is_asked_for_and_must_be_about_the_same_person(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let asks = async |sub: &str| {
            let visitor = world.visitor();
            let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
            provider.names("ada-1", "", &attempt, world.now());
            {
                let mut says = provider.says();
                says.claims.as_object_mut().unwrap().retain(|name, _| !name.starts_with("email"));
                says.userinfo = json!({"sub": sub, "email": "ada@fabrikam.example", "email_verified": true});
            }
            let page = back(&visitor, &provider, "fabrikam", &attempt).await;
            (visitor, page)
        };
        let (visitor, page) = asks("kim-1").await;
        assert_not_signed_in(&visitor, &page, "somebody else's").await;
        let (_, page) = asks("ada-1").await;
        assert_eq!(page.location(), Some("/sign-in/second-factor"), "{}", page.words());
    }

    /// Who has no second factor but the identity provider's is asked by mail, named on the page, and counts.
    async fn an_approver_by_single_sign_on_alone_is_asked_and_counts(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        world.turn_on("fabrikam", "kim");
        let new = noa(Role::AccessApprover);
        people_acts::invite(&world.lockbox, &world.fresh("kim"), &new).unwrap();
        let early = world.endorsed();
        world.pass(TimeDelta::minutes(1));
        comes(world, &provider, "noa-1", "noa@fabrikam.example").await;
        world.new_mails().await;
        world.clock.set(early.reminders[0]);
        world.night().await;
        let reminded = world.new_mails().await;
        assert!(reminded.iter().any(|(to, _)| to == "ada@fabrikam.example"), "{reminded:?}");
        assert!(reminded.iter().all(|(to, _)| to != "noa@fabrikam.example"), "came later: {reminded:?}");
        world.new_mails().await;
        let limits = Limits { approvals_needed: 2, ..Limits::default() };
        lockbox::acts::limits::change_limits(&world.lockbox, &world.fresh("kim"), world.tenant("fabrikam").id, Some(&Limits::default()), limits).unwrap();
        world.new_mails().await;
        let request = world.endorsed();
        let asked = world.new_mails().await;
        assert!(asked.iter().any(|(to, subject)| to == "noa@fabrikam.example" && subject.contains("Action needed")), "{asked:?}");
        let leo = world.signed_in("leo").await;
        leo.get(&world.page_of(&request)).await.expect("Noa Weiss");
        let (noa, _) = comes(world, &provider, "noa-1", "noa@fabrikam.example").await;
        let page = noa.get(&format!("{}/approval", world.page_of(&request))).await;
        noa.submit(page.form("Approve for 4 hours")).await.expect_status(200);
        let now = world.stored(&request.reference);
        let granted = lockbox::acts::decide::approve(&world.lockbox, &world.fresh("ada"), &crate::world::seen(&now), request.asked, None).unwrap();
        assert!(matches!(granted.state, lockbox::domain::request::State::Approved { .. }), "Noa's approval counts: {:?}", granted.state);
    }

    /// An identity provider may never show a second factor. Who has none of their own is asked and named as such, and nobody
    /// relies on them: two others should decide, and where nobody else may, all are asked.
    async fn who_may_show_no_second_factor_is_not_relied_on(world: &World) {
        const NOA: &str = "noa@fabrikam.example";
        const MIA: &str = "mia@fabrikam.example";
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        world.turn_on("fabrikam", "kim");
        people_acts::invite(&world.lockbox, &world.fresh("kim"), &noa(Role::AccessApprover)).unwrap();
        comes(world, &provider, "noa-1", NOA).await;
        people_acts::remove(&world.lockbox, &world.fresh("kim"), world.person("ada").id).unwrap();
        let leo = world.signed_in("leo").await;
        leo.get("/people").await.expect("One person alone is sure to decide").expect("Single sign-on, if it shows one");
        leo.get(&world.page_of_person(NOA)).await.expect("Single sign-on, if it shows one");
        leo.get("/settings/customer-lockbox").await.expect("Only 1 of 2 people who decide has a second factor of their own.");

        world.pass(TimeDelta::minutes(1));
        world.new_mails().await;
        let request = world.endorsed();
        let is_asked = |mails: &[(String, String)], who: &str| mails.iter().any(|(to, subject)| to == who && subject.contains("Action needed"));
        let asked = world.new_mails().await;
        assert!(is_asked(&asked, NOA), "{asked:?}");
        leo.get(&world.page_of(&request)).await.expect("by single sign-on, if it shows a second factor");

        // The others are too new for this one: Mia's role is, and Kim's second factor will be.
        let filed = world.filed();
        world.pass(TimeDelta::minutes(1));
        world.enrol(MIA, "Mia Sand", Some("fabrikam"), &[Role::GlobalAdministrator]).await.unwrap();
        people_acts::reset_second_factor(&world.lockbox, &world.fresh_at(MIA), world.person("kim").id).unwrap();
        world.new_mails().await;
        lockbox::acts::decide::endorse(&world.lockbox, &world.fresh("rosa"), &crate::world::seen(&filed)).unwrap();
        let asked = world.new_mails().await;
        for who in [NOA, MIA, "kim@fabrikam.example"] {
            assert!(is_asked(&asked, who), "{who}: {asked:?}");
        }
    }

    /// An administrator takes away what the identity provider calls somebody: out at once, told, and known by the address
    /// alone the next time.
    async fn somebody_is_unlinked_signed_out_and_known_by_another_subject(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let local = world.signed_in("ada").await;
        let (ada, _) = comes(world, &provider, "ada-1", "ada@fabrikam.example").await;
        let mails = world.new_mails().await;
        assert!(mails.contains(&("ada@fabrikam.example".to_owned(), "You sign in by single sign-on, Fabrikam".to_owned())), "{mails:?}");
        let path = world.page_of_person("ada@fabrikam.example");
        let page = local.get_one(&format!("{path}/single-sign-on")).await;
        assert_eq!(page.status, 403, "ada");
        for name in ["leo", "sam", "pat"] {
            let visitor = world.signed_in(name).await;
            let page = visitor.get_one(&format!("{path}/single-sign-on")).await;
            assert!([403, 404].contains(&page.status.as_u16()), "{name}");
        }
        let kim = world.signed_in("kim").await;
        world.new_mails().await;
        let page = kim.get(&path).await.expect(&provider.issuer);
        let page = kim.get(&page.link("Unlink")).await;
        kim.submit(page.form("Unlink")).await.expect("Unlinked.");
        for gone in [&ada, &local] {
            assert_eq!(gone.get_one("/").await.location(), Some("/sign-in"));
        }
        let mails = world.new_mails().await;
        for (to, subject) in [("ada@fabrikam.example", "Your single sign-on was unlinked, Fabrikam"), ("kim@fabrikam.example", "Somebody's single sign-on was unlinked, Fabrikam")] {
            assert!(mails.contains(&(to.to_owned(), subject.to_owned())), "{mails:?}");
        }
        let page = kim.get(&path).await;
        assert!(!page.says("Unlink"));
        kim.get(&format!("{path}/single-sign-on")).await.form("Unlink");
        let (_, page) = comes(world, &provider, "ada-2", "ada@fabrikam.example").await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        let (visitor, page) = comes(world, &provider, "ada-1", "ada@fabrikam.example").await;
        assert_not_signed_in(&visitor, &page, "the subject of before").await;
    }

    /// Who came by it alone is not shut out when it is turned off: invited again, they gain a way in and stay who they are.
    async fn who_came_by_it_alone_is_invited_again_once_it_is_off(world: &World) {
        const NOA: &str = "noa@fabrikam.example";
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        people_acts::invite(&world.lockbox, &world.fresh("kim"), &noa(Role::AccessApprover)).unwrap();
        comes(world, &provider, "noa-1", NOA).await;
        let before = world.person_at(NOA);
        let early = people_acts::invite_again(&world.lockbox, &world.fresh("kim"), before.id).unwrap_err().to_string();
        assert!(early.contains("has come already"), "it would not let them in: {early}");
        single_sign_on::turn_off(&world.lockbox, &world.fresh("kim")).unwrap();
        let kim = world.signed_in("kim").await;
        world.new_mails().await;
        let page = kim.get(&world.page_of_person(NOA)).await;
        let page = kim.get(&page.link("Invite again")).await.expect("Their roles stay as they are.");
        kim.submit(page.form("Send invitation")).await.expect("Invited again.").expect("Can be used until");
        let link = world.link_to(NOA).await;
        let mails = world.new_mails().await;
        for (to, subject) in [(NOA, "You are invited to Customer Lockbox, Fabrikam"), ("ada@fabrikam.example", "Somebody was invited, Fabrikam")] {
            assert!(mails.contains(&(to.to_owned(), subject.to_owned())), "{mails:?}");
        }
        let (visitor, late) = (world.visitor(), world.visitor());
        let (page, twice) = (visitor.get(&link).await, late.get(&link).await);
        let chosen = |page: &Page| {
            let form = page.form("Join").with("password", "lantern gravel osmosis pianist");
            form.with("verification_code", &world.code_of_page(page))
        };
        visitor.submit(chosen(&page)).await.expect_status(200);
        visitor.get("/people").await.expect("Noa Weiss");
        late.submit(chosen(&twice)).await.expect_status(410);
        let now = world.person_at(NOA);
        assert_eq!((now.id, &now.roles, now.joined), (before.id, &before.roles, before.joined));
        let refused = people_acts::invite_again(&world.lockbox, &world.fresh("kim"), now.id).unwrap_err().to_string();
        assert!(refused.contains("has come already"), "{refused}");
        assert!(!kim.get(&world.page_of_person(NOA)).await.says("Invite again"));
        // As the same to the identity provider, too.
        single_sign_on::turn_on(&world.lockbox, &world.fresh("kim")).unwrap();
        let (_, page) = comes(world, &provider, "noa-1", NOA).await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
    }

    /// An invitation of before is worth nothing to who has found another way in meanwhile.
    async fn an_invitation_replaces_nothing_that_is_there(world: &World) {
        const NOA: &str = "noa@fabrikam.example";
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let invited = people_acts::invite(&world.lockbox, &world.fresh("kim"), &noa(Role::Auditor)).unwrap();
        comes(world, &provider, "noa-1", NOA).await;
        single_sign_on::turn_off(&world.lockbox, &world.fresh("kim")).unwrap();
        for _ in 0..2 {
            people_acts::invite_again(&world.lockbox, &world.fresh("kim"), invited.id).unwrap();
        }
        let refused = people_acts::invite_again(&world.lockbox, &world.fresh("kim"), invited.id).unwrap_err().to_string();
        assert!(refused.contains("has sent 3 invitations to this address"), "they are counted: {refused}");
        let visitor = world.visitor();
        let page = visitor.get(&world.link_to(NOA).await).await;
        single_sign_on::turn_on(&world.lockbox, &world.fresh("kim")).unwrap();
        let (signed_on, _) = comes(world, &provider, "noa-1", NOA).await;
        signed_on.add_passkey(&mut Authenticator::new(1, &world.base_url)).await.expect("The passkey was added.");
        let form = page.form("Join").with("password", "lantern gravel osmosis pianist");
        let form = form.with("verification_code", &world.code_of_page(&page));
        visitor.submit(form).await.expect_status(410);
    }

    /// The last second factor stays: who has a passkey and nothing else removes it only once there is another.
    async fn the_last_second_factor_stays(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let new = noa(Role::Auditor);
        people_acts::invite(&world.lockbox, &world.fresh("kim"), &new).unwrap();
        let (noa, _) = comes(world, &provider, "noa-1", "noa@fabrikam.example").await;
        let known = || {
            let id = world.person_at("noa@fabrikam.example").id;
            world.lockbox.store.read(|conn| passkeys::of_person(conn, id)).unwrap()
        };
        let removes = async |passkey: &Passkey| {
            let page = noa.get(&format!("/security/passkeys/{}/removal", passkey.id)).await;
            noa.submit(page.form("Remove this passkey")).await
        };
        noa.add_passkey(&mut Authenticator::new(1, &world.base_url)).await.expect("The passkey was added.");
        let only = known().remove(0);
        removes(&only).await.expect_status(422).expect("This is your only second factor. Add another one first.");
        assert_eq!(known().len(), 1);
        noa.add_passkey(&mut Authenticator::new(2, &world.base_url)).await.expect("The passkey was added.");
        removes(&only).await.expect("The passkey was removed.");
        let last = known().remove(0);
        assert_ne!(last.id, only.id);
        removes(&last).await.expect_status(422);
    }
}
