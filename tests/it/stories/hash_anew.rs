//! A password whose hash has other parameters than today's is hashed anew when it is shown.

use lockbox::acts::Lockbox;
use lockbox::acts::sign_in::{Shown, show_password};
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::Fact;
use lockbox::domain::hex::sha256_hex;
use lockbox::identity::password::{PasswordCost, Passwords};
use lockbox::store::{Store, credentials};

use crate::world::{World, nowhere, stories};

/// How a hash of today's cost begins.
const TODAYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

fn kims_hash(world: &World) -> String {
    let kim = world.person("kim").id;
    let hash = world
        .lockbox
        .store
        .read(|conn| credentials::password(conn, kim));
    hash.unwrap().unwrap()
}

/// Kim's password is right there, by this hash.
async fn kim_shows_hers(world: &World, lockbox: &Lockbox) -> String {
    let account = world.account("kim");
    let shown = show_password(
        lockbox,
        &account.email,
        account.password.as_str().into(),
        nowhere(),
    );
    match shown.await.unwrap() {
        Shown::Right(_, hash) => hash,
        other => panic!("{other:?}"),
    }
}

/// The same product, a few years later.
fn later(world: &World) -> Lockbox {
    Lockbox {
        passwords: Passwords::new(PasswordCost::default(), 2),
        ..world.lockbox.clone()
    }
}

stories! {
    /// Once, as a fact that says so in plain words; it ends no session and writes to nobody.
    async fn a_cheap_hash_is_replaced_when_its_password_is_shown(world: &World) {
        let kim = world.signed_in("kim").await;
        let (later, cheap) = (later(world), kims_hash(world));
        assert!(!cheap.starts_with(TODAYS));
        world.new_mails().await;
        let before = world.entries();
        let shown = kim_shows_hers(world, &later).await;
        let anew = kims_hash(world);
        assert!(anew.starts_with(TODAYS), "{anew}");
        assert_eq!(shown, sha256_hex(anew.as_bytes()), "a session begins on what is kept now");
        let last = world.log_of("fabrikam").pop().unwrap();
        assert!(matches!(last.fact, Fact::PasswordHashedAnew { .. }) && last.author.actor == Actor::System, "{last:?}");
        kim.get("/audit").await.expect("Password of Kim Akers stored anew, better protected; it is the same password");
        kim_shows_hers(world, &later).await;
        assert_eq!((kims_hash(world), world.entries()), (anew, before + 1));
        assert_eq!(world.new_mails().await, []);
    }

    /// Of two servers with costs of their own, the one with the lower cost leaves the hash as it is.
    async fn nothing_is_hashed_cheaper(world: &World) {
        kim_shows_hers(world, &later(world)).await;
        let (dear, before) = (kims_hash(world), world.entries());
        assert!(dear.starts_with(TODAYS));
        world.signed_in("kim").await.get("/").await.expect("Kim Akers");
        assert_eq!((kims_hash(world), world.entries()), (dear, before));
    }

    /// A wrong password changes nothing, and where it cannot be hashed anew, its owner gets in all the same.
    async fn what_fails_on_the_way_keeps_nobody_out(world: &World) {
        let cheap = kims_hash(world);
        let wrong = show_password(&later(world), &world.account("kim").email, "not-the-password".into(), nowhere()).await;
        assert_eq!(wrong.unwrap(), Shown::Wrong);
        // This one has no signing key, so that nothing of the domain can change through it.
        let store = &world.lockbox.store;
        let reading = Store::open(&world.database, 2, store.clock().clone(), world.lockbox.entropy.clone()).unwrap();
        let reading = Lockbox { store: reading, ..later(world) };
        assert_eq!(kim_shows_hers(world, &reading).await, sha256_hex(cheap.as_bytes()));
        assert_eq!(kims_hash(world), cheap);
    }
}
