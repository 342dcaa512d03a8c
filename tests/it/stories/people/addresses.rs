//! Mail addresses: of all who are here, each is one person's, and whoever invites does not hear whose.

use lockbox::acts::people;
use lockbox::domain::person::{Person, Role, Side};

use super::{PASSWORD, confirm, invite, invited, join, joined, with_password};
use crate::stories::own::filing;
use crate::world::{World, stories};

const NOA: &str = "noa@fabrikam.example";
const MAX: &str = "max@contoso.example";
const REFUSED: &str = "This mail address has an account already";

fn invites(world: &World, by: &str, email: &str) -> Person {
    invite(world, &world.fresh(by), email).unwrap()
}

fn side_of(world: &World, tenant: &str) -> Side {
    Side::Tenant(world.tenant(tenant).id)
}

stories! {
    /// To whoever invites it, an address that joined another organisation, or the provider, is like one that nobody has:
    /// the same words, the same status, the same facts, the same mails.
    async fn an_address_that_joined_elsewhere_is_invited_like_any_other(world: &World) {
        let kim = world.signed_in("kim").await;
        world.new_mails().await;
        let mut told = Vec::new();
        for email in ["nobody@contoso.example", MAX, "rosa@provider.example"] {
            let before = world.log_of("fabrikam").len();
            let form = kim.get("/people/invitation").await.form("Send invitation");
            let form = form.with("email", email).with("name", "Noa Weiss").with("auditor", "on");
            let answer = kim.submit_one(form).await;
            let invited = world.anybody_of(side_of(world, "fabrikam"), email).unwrap();
            let page = kim.get(&format!("/people/{}", invited.id)).await.expect_status(200);
            let log = world.log_of("fabrikam");
            let acts: Vec<&str> = log.iter().skip(before).map(|entry| entry.fact.act()).collect();
            let mut mails = world.new_mails().await;
            for (to, _) in &mut mails {
                *to = to.replace(email, "the invited");
            }
            mails.sort();
            told.push((answer.status, answer.location().map(str::to_owned), page.words().replace(email, "the invited"), acts, mails));
            // The next one is invited at a people's page like this one's.
            people::remove(&world.lockbox, &world.fresh("kim"), invited.id).unwrap();
            world.new_mails().await;
        }
        assert_eq!(told[0].1.as_deref(), Some("/people?invited"), "{told:#?}");
        assert_eq!(told[1], told[0]);
        assert_eq!(told[2], told[0]);
        assert_eq!(world.person("max").side, side_of(world, "contoso"), "who joined is who they were");
    }

    /// Whoever reads the mail is told what is so and what to do, and not where the account is. Nothing changes by it, and
    /// the link goes on being theirs: once the other organisation has removed them, they come by it.
    async fn who_reads_the_mail_is_told_that_the_address_joined_elsewhere(world: &World) {
        invited(world, MAX, "Max Roth", &["auditor"]).await;
        let link = world.link_to(MAX).await;
        let (before, visitor) = (world.entries(), world.visitor());
        let page = visitor.get(&link).await.expect_status(409).expect(REFUSED);
        for words in ["one address belongs to one organisation", "Nothing was changed.", "another mail address of yours"] {
            assert!(page.says(words), "{}", page.words());
        }
        assert!(!page.html.to_lowercase().contains("contoso") && !page.html.contains(MAX), "{}", page.words());
        assert_eq!(world.entries(), before);
        let account = world.account("max").clone();
        with_password(&world.visitor(), &account.email, &account.password).await.expect("Verify it is you");
        let invited = world.anybody_of(side_of(world, "fabrikam"), MAX).unwrap();
        let kim = world.signed_in("kim").await;
        kim.get(&format!("/people/{}", invited.id)).await.expect("Invited, not here yet");

        people::remove(&world.lockbox, &world.fresh("sam"), world.person("max").id).unwrap();
        let max = joined(world, MAX).await;
        max.get("/people").await.expect("Kim Akers");
        assert_eq!(world.person_at(MAX).id, invited.id);
    }

    /// Two organisations may invite one address; it joins one. A page that was open then joins nothing either.
    async fn of_two_invitations_one_is_joined(world: &World) {
        invites(world, "kim", NOA);
        let to_fabrikam = world.link_to(NOA).await;
        invites(world, "sam", NOA);
        let to_contoso = world.link_to(NOA).await;
        assert_ne!(to_fabrikam, to_contoso);
        let (one, other) = (world.visitor(), world.visitor());
        let (first, second) = (one.get(&to_fabrikam).await.expect_status(200), other.get(&to_contoso).await.expect_status(200));
        join(world, &one, &first).await.expect_status(200);
        let before = world.entries();
        join(world, &other, &second).await.expect_status(409).expect(REFUSED);
        assert_eq!(world.entries(), before);
        assert_eq!(world.person_at(NOA).side, side_of(world, "fabrikam"));
        assert!(!world.anybody_of(side_of(world, "contoso"), NOA).unwrap().is_here());
        // The address alone is enough to sign in, and to choose another password.
        with_password(&world.visitor(), NOA, PASSWORD).await.expect("Verify it is you");
        world.new_mails().await;
        let visitor = world.visitor();
        let form = visitor.get("/password/forgotten").await.form("Send the link").with("email", NOA);
        visitor.submit(form).await.expect_status(200);
        world.night().await;
        assert_eq!(world.new_mails().await, [(NOA.to_owned(), "Choose a new password, Fabrikam".to_owned())]);
    }

    /// Who was removed may join elsewhere. Invited back, they are asked like anybody, and nothing of their account is
    /// anybody's but theirs.
    async fn who_was_removed_joins_elsewhere_and_is_not_taken_back(world: &World) {
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        joined(world, NOA).await;
        let before = world.person_at(NOA);
        people::remove(&world.lockbox, &world.fresh("kim"), before.id).unwrap();
        invites(world, "sam", NOA);
        let noa = joined(world, NOA).await;
        let here = world.person_at(NOA);
        assert!(here.is_here() && here.side == side_of(world, "contoso") && here.id != before.id);

        invited(world, NOA, "Noa Weiss", &["global_administrator"]).await;
        let back = world.link_to(NOA).await;
        world.visitor().get(&back).await.expect_status(409).expect(REFUSED);
        assert_eq!(world.person_at(NOA), here);
        noa.get("/people").await.expect("Sam");
        // Removed from there too, they come back as who they were, by the link that they have.
        people::remove(&world.lockbox, &world.fresh("sam"), here.id).unwrap();
        joined(world, NOA).await;
        let again = world.person_at(NOA);
        assert!(again.id == before.id && again.is(Role::GlobalAdministrator));
    }

    /// Whoever runs the deployment adds somebody whom others have invited; an address that is here stays one person's.
    async fn somebody_is_added_where_others_have_only_invited(world: &World) {
        invites(world, "kim", NOA);
        let link = world.link_to(NOA).await;
        world.enrol(NOA, "Noa Weiss", Some("contoso"), &[Role::Auditor]).await.unwrap();
        world.visitor().get(&link).await.expect_status(409).expect(REFUSED);
        let kims = world.anybody_of(side_of(world, "fabrikam"), NOA).unwrap();
        for tenant in [None, Some("contoso")] {
            let role = if tenant.is_some() { Role::Auditor } else { Role::Engineer };
            let again = world.enrol(NOA, "Noa Weiss", tenant, &[role]).await;
            assert!(again.is_err(), "{tenant:?}");
        }
        assert_eq!(world.anybody_of(side_of(world, "fabrikam"), NOA), Some(kims));
    }

    /// An engineer is one of the provider's, whoever is invited with the address on another side.
    async fn a_side_finds_its_own_people_by_their_address(world: &World) {
        let ivo = world.person("ivo");
        invites(world, "kim", "ivo@provider.example");
        let answer = world.api().post("/api/v1/data-access-requests", &filing("ivo@provider.example")).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        assert_eq!(world.request_in(&answer).engineer, ivo.id);
        let kim = world.signed_in("kim").await;
        let his = world.anybody_of(side_of(world, "fabrikam"), "ivo@provider.example").unwrap();
        confirm(&kim, &format!("/people/{}/removal", his.id), "Remove").await.expect("Removed.");
        assert_eq!(world.person("ivo"), ivo);
    }
}
