//! The server key is rotated: the same secrets, under another key.

use std::collections::BTreeSet;

use lockbox::acts::links;
use lockbox::acts::people::{NewPerson, invite};
use lockbox::acts::rotate_key::{self, Rotated};
use lockbox::acts::sign_in::{CodeShown, show_second_factor};
use lockbox::acts::single_sign_on::{self, Wanted};
use lockbox::clock::{Clock, Entropy};
use lockbox::config::KeySource;
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::one_time_link::{Enclosed, LinkKind};
use lockbox::domain::person::Role;
use lockbox::domain::text::{EmailAddress, Issuer, Line};
use lockbox::founding::{self, FoundingError, Opening};
use lockbox::identity::sealed::SecretKey;
use lockbox::store::one_time_links;
use secrecy::{ExposeSecret as _, SecretString};

use crate::world::{World, at_the_door, stories};

fn operator() -> Author {
    let name = Line::parse("root").unwrap();
    Author::local(Actor::Operator { name })
}

fn opens_under(world: &World, key: &str) -> Result<(), FoundingError> {
    let key = KeySource::Given(SecretString::from(key.to_owned()));
    let opening = Opening::of(&world.database, &key, Clock::system(), Entropy::system());
    founding::open(opening).map(drop)
}

stories! {
    /// A link whose letter waits is sealed anew with the rest: the letter goes out under the new key.
    async fn a_link_that_waits_opens_under_the_new_key(world: &World) {
        let noa = NewPerson { email: EmailAddress::parse("noa@fabrikam.example").unwrap(), name: Line::parse("Noa Weiss").unwrap(), roles: vec![Role::Auditor] };
        let (kind, person) = (LinkKind::Invitation, invite(&world.lockbox, &world.fresh("kim"), &noa).unwrap().id);
        let (made_at, _) = world.lockbox.store.read(|conn| one_time_links::times(conn, person, kind)).unwrap().unwrap();
        let enclosed = Enclosed { kind, person, made_at };
        let before = links::token_of(&world.lockbox, &enclosed).unwrap().unwrap();
        let new = SecretKey::parse(&"ab".repeat(32)).unwrap();
        for sealed in [1, 0] {
            assert_eq!(rotate_key::rotate(&world.lockbox, &new, &operator()).unwrap().links, sealed);
        }
        assert!(links::token_of(&world.lockbox, &enclosed).is_err(), "the old key opens it no more");
        let going_on = lockbox::acts::Lockbox { secret_key: new.into(), ..world.lockbox.clone() };
        let after = links::token_of(&going_on, &enclosed).unwrap().unwrap();
        assert_eq!(after.expose_secret(), before.expose_secret());
    }

    /// Broken off between two secrets, and begun again.
    async fn everything_opens_under_the_new_key_and_nothing_under_the_old_one(world: &World) {
        let text = "ab".repeat(32);
        let new = SecretKey::parse(&text).unwrap();
        let old = std::fs::read_to_string(world.folder.path().join("lockbox.key")).unwrap();
        let code = world.code("kim");
        let people = u64::try_from(world.everybody().len()).unwrap();

        let wanted = |secret: Option<&str>| Wanted {
            issuer: Issuer::parse("https://login.fabrikam.example/").unwrap(),
            client_id: Line::parse("lockbox").unwrap(),
            secret: secret.map(SecretString::from),
            groups: None,
            strong: BTreeSet::new(),
        };
        single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted(Some("a-client-secret"))).unwrap();

        let once = rotate_key::rotate(&world.lockbox, &new, &operator()).unwrap();
        assert_eq!((once.authenticators, once.client_secrets), (people, 1));
        assert!(opens_under(world, old.trim()).is_ok(), "the signing key is last");
        assert!(matches!(opens_under(world, &text), Err(FoundingError::OtherKey)));
        world.assert_whole();

        let again = founding::rotate_key(&world.lockbox, &new, &operator()).unwrap();
        assert_eq!(again, Rotated::default());
        assert!(opens_under(world, &text).is_ok());
        assert!(matches!(opens_under(world, old.trim()), Err(FoundingError::OtherKey)));
        world.assert_whole();

        // The running server has the old key: it lets nobody in any more, and says no more than that.
        let visitor = world.visitor();
        let account = world.account("kim").clone();
        let door = visitor.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        let page = visitor.submit(door).await;
        visitor.submit_one(page.form("Verify").with("verification_code", &code)).await.expect_status(500).expect("Something went wrong");
        let id = world.person("kim").id;
        let going_on = lockbox::acts::Lockbox { secret_key: new.into(), ..world.lockbox.clone() };
        let shown = show_second_factor(&going_on, id, &at_the_door(), &code).unwrap();
        assert!(matches!(shown, CodeShown::Right(_)), "the same authenticator app");
        single_sign_on::set(&going_on, &world.fresh("kim"), &wanted(None)).expect("the same client secret");
        assert!(single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted(None)).is_err());
    }
}
