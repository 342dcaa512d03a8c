//! People: how they come, change and go.

mod addresses;
mod forgotten;
mod joining;
mod managing;
mod postage;
mod recovery;
mod removal;
mod set_up;

use lockbox::acts::ActError;
use lockbox::acts::people::{self, NewPerson};
use lockbox::acts::sign_in::Fresh;
use lockbox::domain::person::{Person, Role, Side};
use lockbox::domain::text::{EmailAddress, Line};

use crate::world::{Page, Visitor, World};

/// A password that nobody guesses.
pub const PASSWORD: &str = "lantern gravel osmosis pianist";

/// Somebody is invited to the side of who invites, to read there.
fn invite(world: &World, by: &Fresh, email: &str) -> Result<Person, ActError> {
    let new = NewPerson {
        email: EmailAddress::parse(email).unwrap(),
        name: Line::parse("Noa Weiss").unwrap(),
        roles: vec![match by.person.side {
            Side::Provider => Role::ProviderAuditor,
            Side::Tenant(_) => Role::Auditor,
        }],
    };
    people::invite(&world.lockbox, by, &new)
}

/// Kim invites somebody to Fabrikam with these roles.
async fn invited(world: &World, email: &str, name: &str, roles: &[&str]) {
    let kim = world.signed_in("kim").await;
    let mut form = kim
        .get("/people/invitation")
        .await
        .form("Send invitation")
        .with("email", email)
        .with("name", name);
    for role in roles {
        form = form.with(role, "on");
    }
    kim.submit(form)
        .await
        .expect_status(200)
        .expect("Invited. The mail is on its way.");
}

/// Somebody comes by the newest invitation to this address.
async fn joined<'w>(world: &'w World, email: &str) -> Visitor<'w> {
    let visitor = world.visitor();
    let page = visitor.get(&world.link_to(email).await).await;
    join(world, &visitor, &page).await.expect_status(200);
    visitor
}

async fn join(world: &World, visitor: &Visitor<'_>, page: &Page) -> Page {
    let form = page
        .form("Join")
        .with("password", PASSWORD)
        .with("verification_code", &world.code_of_page(page));
    visitor.submit(form).await
}

/// Signs in with a password; where it leads.
async fn with_password(visitor: &Visitor<'_>, email: &str, password: &str) -> Page {
    let page = visitor.get("/sign-in").await;
    let form = page
        .form("Sign in")
        .with("email", email)
        .with("password", password);
    visitor.submit(form).await
}

/// Somebody does what the button of this page asks; a fresh code is shown where it is asked for.
async fn confirm(visitor: &Visitor<'_>, path: &str, button: &str) -> Page {
    let page = visitor.get(path).await.expect_status(200);
    visitor.submit(page.form(button)).await
}
