//! Coming in past single sign-on, and not (PROOF 3 and 17).

use chrono::TimeDelta;
use lockbox::acts::single_sign_on;
use lockbox::domain::fact::Fact;

use super::{back, facts_since, sent_away, set_up, set_up_for};
use crate::world::identity_provider::{IdentityProvider, with_factor};
use crate::world::{Authenticator, Page, Visitor, World, stories};

const TOLD: &str = "Your organisation signs in with single sign-on";

/// Somebody comes by single sign-on, with a second factor shown there.
async fn comes<'w>(
    world: &'w World,
    provider: &IdentityProvider,
    key: &str,
    name: &str,
) -> Visitor<'w> {
    let visitor = world.visitor();
    let attempt = sent_away(&visitor, &format!("/sign-in/sso/{key}")).await;
    let email = world.account(name).email.clone();
    provider.names(&format!("{name}-1"), &email, &attempt, world.now());
    with_factor(&mut provider.says().claims, TimeDelta::zero());
    let page = back(&visitor, provider, key, &attempt).await;
    assert_eq!(page.location(), Some("/"), "{name}: {}", page.words());
    visitor
}

/// Somebody shows this password at the door, and nothing else.
async fn shows(visitor: &Visitor<'_>, email: &str, password: &str) -> Page {
    let door = visitor.get("/sign-in").await.form("Sign in");
    let form = door.with("email", email).with("password", password);
    visitor.submit(form).await
}

stories! {
    /// While it is on, whoever has come by it comes in by it alone; only who showed the right first factor is told so.
    async fn who_has_come_by_it_comes_in_by_it_alone(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let (mut device, ada) = (Authenticator::new(1, &world.base_url), world.account("ada").clone());
        let local = world.signed_in("ada").await;
        local.add_passkey(&mut device).await.expect("The passkey was added.");
        let signed_on = comes(world, &provider, "fabrikam", "ada").await;
        let before = world.log_of("fabrikam").len();

        let visitor = world.visitor();
        let page = shows(&visitor, &ada.email, &ada.password).await.expect_status(422).expect(TOLD);
        assert_eq!(page.link("Go on with single sign-on"), "/sign-in/sso/fabrikam");
        for email in [ada.email.as_str(), "nobody@fabrikam.example"] {
            let page = shows(&visitor, email, "a guess of nobody").await.expect_status(422);
            let page = page.expect("The email address or the password is wrong.");
            assert!(!page.says(TOLD), "{email}: a stranger learns nothing");
        }
        visitor.sign_in_with(&mut device).await.expect_status(422).expect(TOLD);
        assert_eq!(visitor.get_one("/").await.location(), Some("/sign-in"));
        assert_eq!(visitor.get_one("/sign-in/second-factor").await.location(), Some("/sign-in"), "nor half in");
        assert_eq!(facts_since(world, "fabrikam", before), [], "nobody came in");
        for still in [&signed_on, &local] {
            assert_eq!(still.get_one("/").await.status, 200, "what had begun goes on");
        }

        single_sign_on::turn_off(&world.lockbox, &world.fresh("kim")).unwrap();
        world.signed_in("ada").await;
        let page = world.visitor().sign_in_with(&mut device).await;
        assert!(!page.path.starts_with("/sign-in"), "{}", page.words());
    }

    /// An administrator stays who comes in locally, though known to the identity provider, and so may who has not come by it
    /// yet; the log says so of both.
    async fn administrators_and_who_has_not_come_by_it_come_in_locally_and_the_log_says_so(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        comes(world, &provider, "fabrikam", "kim").await;
        let before = world.log_of("fabrikam").len();
        for name in ["kim", "leo"] {
            world.signed_in(name).await;
        }
        let (kim, leo) = (world.person("kim").id, world.person("leo").id);
        let facts = facts_since(world, "fabrikam", before);
        assert_eq!(facts, [kim, leo].map(|person| Fact::SignedInLocally { person }));
        comes(world, &provider, "fabrikam", "leo").await;
        let account = world.account("leo").clone();
        shows(&world.visitor(), &account.email, &account.password).await.expect(TOLD);
    }

    /// The provider's people come in by the provider's, and its administrators past it.
    async fn it_is_the_same_for_the_provider(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up_for(world, &provider, "pat", "provider", "pat@provider.example").await;
        for name in ["pat", "ivo"] {
            comes(world, &provider, "provider", name).await;
        }
        world.signed_in("pat").await;
        let account = world.account("ivo").clone();
        let page = shows(&world.visitor(), &account.email, &account.password).await.expect(TOLD);
        assert_eq!(page.link("Go on with single sign-on"), "/sign-in/sso/provider");
    }

    /// Whoever started with a password before they came by it does not finish with it after.
    async fn who_is_half_in_is_not_let_in_past_it(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        let (visitor, account) = (world.visitor(), world.account("ada").clone());
        let page = shows(&visitor, &account.email, &account.password).await;
        let form = page.form("Verify").with("verification_code", &world.code("ada"));
        comes(world, &provider, "fabrikam", "ada").await;
        visitor.submit(form).await.expect_status(422).expect(TOLD);
        assert_eq!(visitor.get_one("/").await.location(), Some("/sign-in"));
    }

    /// Whoever forgot a password that lets them in no more is sent to single sign-on: no link, and as few mails as others.
    async fn a_forgotten_password_is_not_chosen_anew_while_it_lets_nobody_in(world: &World) {
        let provider = IdentityProvider::start().await;
        set_up(world, &provider).await;
        comes(world, &provider, "fabrikam", "ada").await;
        world.new_mails().await;
        for _ in 0..2 {
            let visitor = world.visitor();
            let form = visitor.get("/password/forgotten").await.form("Send the link");
            visitor.submit(form.with("email", "ada@fabrikam.example")).await.expect("Look into your mail");
            world.night().await;
        }
        let mails = world.new_mails().await;
        assert_eq!(mails, [("ada@fabrikam.example".to_owned(), "Sign in by single sign-on, Fabrikam".to_owned())]);
        assert!(!world.newest_mail_to("ada").contains("?link"));
    }
}
