//! How many invitations are sent, and who hears that enough were.

use chrono::TimeDelta;
use lockbox::acts::people;
use lockbox::acts::{ActError, Flaw};
use lockbox::domain::person::{Person, Role};
use lockbox::domain::text::{EmailAddress, Line};

use super::{invite, joined};
use crate::world::{World, stories};

const NOA: &str = "noa@nowhere.example";

fn words(refused: Result<Person, ActError>) -> String {
    match refused {
        Err(ActError::Unfit(flaws)) => Flaw::sentences(&flaws),
        other => panic!("{other:?}"),
    }
}

/// How many mails went to Noa since the last look.
async fn to_noa(world: &World) -> usize {
    let mails = world.new_mails().await;
    mails.iter().filter(|(to, _)| to == NOA).count()
}

stories! {
    /// Twenty an hour, those counted that are sent again; the next is refused in words, with all that was typed, and
    /// leaves nobody behind. Other sides go on.
    async fn one_side_sends_twenty_invitations_an_hour(world: &World) {
        let kim = world.signed_in("kim").await;
        let by = world.fresh("kim");
        let first = invite(world, &by, "noa0@nowhere.example").unwrap();
        people::invite_again(&world.lockbox, &by, first.id).unwrap();
        for count in 1..19 {
            invite(world, &by, &format!("noa{count}@nowhere.example")).unwrap();
        }
        let before = world.entries();
        let form = kim.get("/people/invitation").await.form("Send invitation");
        let form = form.with("email", NOA).with("name", "Noa").with("auditor", "on");
        let page = kim.submit(form).await.expect_status(422);
        let page = page.expect("Your organisation has sent 20 invitations within an hour").expect("Try again in 1 hour");
        assert!(page.has_filled_in("email", NOA) && page.has_filled_in("auditor", "on"));
        words(people::invite_again(&world.lockbox, &by, first.id));
        assert_eq!(world.entries(), before);
        assert_eq!(world.anybody_at(NOA), None);
        invite(world, &world.fresh("sam"), NOA).unwrap();
        world.pass(TimeDelta::hours(1));
        invite(world, &world.fresh("kim"), NOA).unwrap();
    }

    /// Whatever happens to somebody who has not come, their mailbox gets counted invitations alone.
    async fn changed_roles_write_no_mail_to_who_has_not_come(world: &World) {
        let noa = invite(world, &world.fresh("kim"), NOA).unwrap();
        assert_eq!(to_noa(world).await, 1);
        let (mut before, mut roles) = ([Role::Auditor], [Role::AccessApprover]);
        for _ in 0..4 {
            people::change_roles(&world.lockbox, &world.fresh("kim"), noa.id, &before, &roles).unwrap();
            std::mem::swap(&mut before, &mut roles);
        }
        people::remove(&world.lockbox, &world.fresh("kim"), noa.id).unwrap();
        let mails = world.new_mails().await;
        assert!(mails.iter().any(|(to, _)| to == "leo@fabrikam.example" || to == "ada@fabrikam.example"), "{mails:?}");
        assert!(!mails.iter().any(|(to, _)| to == NOA), "{mails:?}");
    }

    /// The provider's count as the provider's, whichever customer they are for.
    async fn the_first_administrators_are_counted_as_the_providers(world: &World) {
        use lockbox::acts::recover::invite_first;
        use lockbox::domain::text::Slug;
        world.enrol_tenant("northwind", "Northwind Traders");
        let (pat, key) = (world.fresh("pat"), Slug::parse("northwind").unwrap());
        let name = Line::parse("Eve Stone").unwrap();
        let asks = |email: &str| invite_first(&world.lockbox, &pat, &key, &EmailAddress::parse(email).unwrap(), &name);
        for count in 0..20 {
            asks(&format!("eve{count}@nowhere.example")).unwrap();
        }
        words(asks("eve20@nowhere.example"));
        words(invite(world, &pat, NOA));
        invite(world, &world.fresh("kim"), NOA).unwrap();
    }

    /// Three a day from one side to one address, and the side hears that it was enough: it knows what it sent.
    async fn one_side_sends_three_a_day_to_one_address(world: &World) {
        let by = world.fresh("kim");
        let noa = invite(world, &by, NOA).unwrap();
        assert_eq!(to_noa(world).await, 1);
        for _ in 0..2 {
            people::invite_again(&world.lockbox, &by, noa.id).unwrap();
            assert_eq!(to_noa(world).await, 1);
        }
        let said = words(people::invite_again(&world.lockbox, &by, noa.id));
        assert!(said.contains("3 invitations to this address within a day") && said.contains("24 hours"), "{said}");
        // Removing them gives none back.
        people::remove(&world.lockbox, &by, noa.id).unwrap();
        words(invite(world, &by, NOA));
        // The night shift forgets nothing that still counts.
        world.pass(TimeDelta::hours(23));
        world.night().await;
        words(invite(world, &world.fresh("kim"), NOA));
        world.pass(TimeDelta::hours(1));
        invite(world, &world.fresh("kim"), NOA).unwrap();
        world.new_mails().await;
        joined(world, NOA).await;
    }

    /// What all sides together send to one address ends too. Who asks then is answered as ever, and sees an invitation as
    /// ever: anything else would tell of the others. One side alone keeps no other from being heard.
    async fn all_sides_together_do_not_flood_a_mailbox_and_hear_nothing_of_each_other(world: &World) {
        world.enrol_tenant("northwind", "Northwind Traders");
        let (eve, account) = world.enrol("eve@northwind.example", "Eve Stone", Some("northwind"), &[Role::GlobalAdministrator]).await.unwrap();
        let pages = world.signed_in_as(&account).await;
        world.new_mails().await;
        for name in ["kim", "sam", "pat"] {
            let by = world.fresh(name);
            let noa = invite(world, &by, NOA).unwrap();
            for _ in 0..2 {
                world.pass(TimeDelta::seconds(1));
                people::invite_again(&world.lockbox, &by, noa.id).unwrap();
            }
            // Each made before it went out took the place of the one before.
            assert_eq!(to_noa(world).await, 1, "{name}");
        }
        let by = world.as_fresh(&eve);
        let (other, noa) = (invite(world, &by, "other@nowhere.example").unwrap(), invite(world, &by, NOA).unwrap());
        assert_eq!(to_noa(world).await, 0, "the tenth of a day");
        let mut shown = Vec::new();
        for (person, email) in [(&other, "other@nowhere.example"), (&noa, NOA)] {
            let page = pages.get(&format!("/people/{}", person.id)).await.expect("Can be used until");
            shown.push(page.words().replace(email, "the invited"));
        }
        assert_eq!(shown[0], shown[1]);
        let log = world.log_of("northwind");
        let acts: Vec<&str> = log.iter().rev().take(2).map(|entry| entry.fact.act()).collect();
        assert_eq!(acts, ["person.invited"; 2]);
        world.pass(TimeDelta::days(1));
        people::invite_again(&world.lockbox, &world.as_fresh(&eve), noa.id).unwrap();
        assert_eq!(to_noa(world).await, 1);
        joined(world, NOA).await.get("/people").await.expect("Eve Stone");
    }
}
