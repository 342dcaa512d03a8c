//! Whom an identity provider reaches (PROOF 3, 10, 19): its own side's people, as that side has invited them and as its
//! groups say. It vouches for whatever address it likes, and no other side believes it anything.

use chrono::TimeDelta;
use lockbox::acts::people as people_acts;
use lockbox::acts::{single_sign_on, weaken};
use lockbox::domain::person::{Person, Role, Side};
use lockbox::domain::rights::{Act, Denied, Subject, may};
use lockbox::domain::single_sign_on::GroupRoles;
use lockbox::domain::text::{EmailAddress, Line};
use lockbox::domain::weakening::Delay;
use serde_json::json;

use super::{assert_not_signed_in, back, sent_away, try_and_turn_on, wanted};
use crate::world::identity_provider::{IdentityProvider, with_factor};
use crate::world::{Page, Visitor, World, stories};

const NOA: &str = "noa@fabrikam.example";
const OLA: &str = "ola@fabrikam.example";

/// Fabrikam's single sign-on is on, and its groups give roles that decide.
async fn on_with_groups(world: &World, provider: &IdentityProvider) {
    let line = |text: &str| Line::parse(text).unwrap();
    let roles = [
        (line("admins"), Role::GlobalAdministrator),
        (line("approvers"), Role::AccessApprover),
    ];
    let groups = GroupRoles {
        claim: line("groups"),
        roles: roles.into_iter().collect(),
    };
    let wanted = single_sign_on::Wanted {
        groups: Some(groups),
        ..wanted(&provider.issuer)
    };
    single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted).unwrap();
    try_and_turn_on(world, provider, "kim", "fabrikam", "kim@fabrikam.example").await;
}

/// Fabrikam's identity provider vouches for this address, in these groups, with a second factor.
async fn vouched<'w>(
    world: &'w World,
    provider: &IdentityProvider,
    subject: &str,
    email: &str,
    groups: &[&str],
) -> (Visitor<'w>, Page) {
    let visitor = world.visitor();
    let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
    provider.names(subject, email, &attempt, world.now());
    with_factor(&mut provider.says().claims, TimeDelta::zero());
    provider.says().claims["groups"] = json!(groups);
    let page = back(&visitor, provider, "fabrikam", &attempt).await;
    (visitor, page)
}

fn invited(world: &World, by: &str, email: &str, role: Role) -> Person {
    let new = people_acts::NewPerson {
        email: EmailAddress::parse(email).unwrap(),
        name: Line::parse("Noa Weiss").unwrap(),
        roles: vec![role],
    };
    people_acts::invite(&world.lockbox, &world.fresh(by), &new).unwrap()
}

stories! {
    /// Who is of another side alone, here or only invited, is a stranger in whatever groups; nothing happens to them, and
    /// nobody is told.
    async fn it_reaches_nobody_of_another_side(world: &World) {
        let provider = IdentityProvider::start().await;
        on_with_groups(world, &provider).await;
        invited(world, "sam", NOA, Role::GlobalAdministrator);
        let invitation = world.link_to(NOA).await;
        world.new_mails().await;
        let before = world.entries();
        let (_, stranger) = vouched(world, &provider, "x-1", "nobody@contoso.example", &["admins"]).await;
        for email in ["sam@contoso.example", "rosa@provider.example", NOA] {
            let (visitor, page) = vouched(world, &provider, "x-1", email, &["admins"]).await;
            assert_not_signed_in(&visitor, &page, email).await;
            assert_eq!(page.words(), stranger.words(), "{email}");
        }
        assert_eq!(world.entries(), before);
        assert!(world.new_mails().await.is_empty());
        world.visitor().get(&invitation).await.expect_status(200);
    }

    /// Whom two sides have invited it brings to its own, as what its own invited them. The other side's invitation neither
    /// keeps them out nor gives them anything, and neither side hears of the other.
    async fn whom_two_sides_invited_it_brings_to_its_own(world: &World) {
        let provider = IdentityProvider::start().await;
        on_with_groups(world, &provider).await;
        let theirs = invited(world, "sam", NOA, Role::GlobalAdministrator);
        let ours = invited(world, "kim", NOA, Role::Auditor);
        world.new_mails().await;
        let before = world.log_of("contoso").len();
        let (noa, page) = vouched(world, &provider, "noa-1", NOA, &[]).await;
        assert_eq!(page.location(), Some("/"), "{}", page.words());
        let here = world.person_at(NOA);
        assert_eq!((here.id, here.role_names()), (ours.id, vec![Role::Auditor]));
        assert!(!noa.get("/people").await.expect("Kim Akers").says("Sam Rivera"));
        let contoso = Side::Tenant(world.tenant("contoso").id);
        assert_eq!(world.anybody_of(contoso, NOA), Some(theirs));
        assert_eq!(world.log_of("contoso").len(), before);
        let told = world.new_mails().await;
        assert!(told.iter().all(|(to, _)| to.ends_with("@fabrikam.example")), "{told:?}");
    }

    /// Roles that decide wait where Fabrikam wants that, whichever way they come: by the invitation, which joining by single
    /// sign-on brings no nearer, and by groups.
    async fn what_it_gives_waits_like_what_people_give(world: &World) {
        let provider = IdentityProvider::start().await;
        world.turn_on("fabrikam", "kim");
        on_with_groups(world, &provider).await;
        let fabrikam = world.tenant("fabrikam").id;
        weaken::set_delay(&world.lockbox, &world.fresh("kim"), fabrikam, Delay::Day).unwrap();
        invited(world, "kim", NOA, Role::Auditor);
        let waits = invited(world, "kim", OLA, Role::AccessApprover);
        world.pass(TimeDelta::hours(1));
        for (subject, email) in [("noa-1", NOA), ("ola-1", OLA)] {
            let (_, page) = vouched(world, &provider, subject, email, &["approvers"]).await;
            assert_eq!(page.location(), Some("/"), "{}", page.words());
        }
        let (noa, ola) = (world.person_at(NOA), world.person_at(OLA));
        assert_eq!(noa.role_names(), [Role::AccessApprover, Role::Auditor]);
        assert_eq!(noa.decides_from(world.now()), Some(world.now() + TimeDelta::hours(24)));
        assert_eq!(ola.roles, waits.roles, "as they were invited");
        let request = world.endorsed();
        for person in [&noa, &ola] {
            assert_eq!(may(person, Act::Approve, Subject::Request(&request)), Err(Denied::TooNew));
        }
    }
}
