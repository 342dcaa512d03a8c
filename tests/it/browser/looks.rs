//! Every page on every screen, in light and dark; and what a phone shows first.

use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::acts::file_request::{NewRequest, file};
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::Prose;

use super::album::Album;
use super::chromium::{Scripts, Viewport};
use super::person::Person;
use crate::world::{Database, World, new_request, seen, tell};

const SETTING: &str = "/settings/customer-lockbox";

#[actix_web::test]
async fn every_page_stands_on_every_screen_in_light_and_dark() {
    tell(Database::Sqlite, async |world| {
        let requests = Requests::of_every_kind(world);
        let album = Album::of("every-page", &["light", "dark"]);
        let mut person = Person::of(world, Scripts::On).await.with(album);
        person.open("/help").await;
        person.open("/nothing").await;
        person.open("/password/forgotten").await;
        person.open("/password/reset?link=gone").await;
        let mut at_the_door = "";
        for (name, path, words) in requests
            .seen_by()
            .into_iter()
            .chain(requests.seen_by_the_provider())
        {
            if name != at_the_door {
                person.sign_in(world, name).await;
                at_the_door = name;
            }
            person.open(&path).await;
            person.see(words).await;
        }
    })
    .await;
}

#[actix_web::test]
async fn a_phone_shows_scope_reason_people_and_both_buttons_on_the_first_screen() {
    tell(Database::Sqlite, async |world| {
        let request = asked_in_detail(world);
        let mut person = Person::of(world, Scripts::On).await;
        person.takes_a_phone();
        person.sign_in(world, "ada").await;
        person
            .open(&format!("/requests/{}", request.reference))
            .await;

        let mut buttons_begin = f64::from(Viewport::PHONE.height);
        for words in ["Approve…", "Reject…"] {
            let (_, y, _, height) = person.button(words).await.rectangle().await.unwrap();
            assert!(
                y + height <= f64::from(Viewport::PHONE.height),
                "{words} ends at {}",
                y + height
            );
            buttons_begin = buttons_begin.min(y);
        }
        for fact in ["What data", "Who", "Why"] {
            let (_, y, _, height) = person.fact(fact).await.rectangle().await.unwrap();
            assert!(
                y + height <= buttons_begin,
                "{fact} ends at {} and the buttons begin at {buttons_begin}",
                y + height
            );
        }
    })
    .await;
}

/// A request with all that an engineer can say, endorsed.
pub(super) fn asked_in_detail(world: &World) -> Request {
    let scope = Prose::parse("Kim Akers' calendar and delivery rules; no messages").unwrap();
    let objects = [
        "mailbox/kim@fabrikam.example/calendar",
        "mailbox/kim@fabrikam.example/rules",
    ];
    let reason = "Invitations sent to Kim's calendar disappear after a minute. I need to see the calendar's items and its delivery rules to find which rule removes them.";
    let new = NewRequest {
        scope: Scope::parse(scope, objects, ["read"]).unwrap(),
        reason: Prose::parse(reason).unwrap(),
        ..new_request("fabrikam", "exchange-online")
    };
    let request = file(&world.lockbox, &world.fresh("ivo"), &new).unwrap();
    decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap()
}

/// One request in each state, all of Fabrikam.
struct Requests {
    expired: Request,
    rejected: Request,
    withdrawn: Request,
    revoked: Request,
    ended: Request,
    active: Request,
    approved: Request,
    waiting: Request,
    filed: Request,
}

impl Requests {
    fn of_every_kind(world: &World) -> Self {
        let (lockbox, words) = (&world.lockbox, |words: &str| Prose::parse(words).unwrap());
        let expired = world.endorsed();
        world.pass(TimeDelta::hours(13));
        let rejected = decide::reject(
            lockbox,
            &world.fresh("kim"),
            &seen(&world.endorsed()),
            words("Ask for the rules alone."),
        )
        .unwrap();
        let withdrawn =
            decide::withdraw(lockbox, &world.fresh("ivo"), &world.filed().reference).unwrap();
        let revoked = decide::revoke(
            lockbox,
            &world.fresh("kim"),
            &world.active().reference,
            words("It is solved."),
        )
        .unwrap();
        let ended =
            decide::finish(lockbox, &world.fresh("ivo"), &world.active().reference).unwrap();
        Self {
            expired,
            rejected,
            withdrawn,
            revoked,
            ended,
            active: world.active(),
            approved: world.approved(),
            waiting: asked_in_detail(world),
            filed: world.filed_by("mina", "fabrikam", "telemetry"),
        }
    }

    /// Who looks at which page, and some words of it.
    fn seen_by(&self) -> Vec<(&'static str, String, &'static str)> {
        let at = |request: &Request, rest: &str| format!("/requests/{}{rest}", request.reference);
        let here = str::to_owned;
        vec![
            ("kim", here("/"), "Needs your decision"),
            ("kim", here("/requests"), "Action needed"),
            ("kim", here("/requests?view=active"), "Access active"),
            ("kim", here("/requests?view=all"), "Withdrawn"),
            ("kim", at(&self.filed, ""), "Waiting for manager"),
            ("kim", at(&self.waiting, ""), "Your decision"),
            ("kim", at(&self.waiting, "/approval"), "You approve access"),
            (
                "kim",
                at(&self.waiting, "/rejection"),
                "may take longer to solve",
            ),
            ("kim", at(&self.approved, ""), "Approved, not started"),
            (
                "kim",
                at(&self.approved, "/outcome"),
                "Approved for 4 hours",
            ),
            ("kim", at(&self.active, ""), "Access active"),
            ("kim", at(&self.active, "/revocation"), "Ends access now."),
            ("kim", at(&self.expired, ""), "Expired"),
            ("kim", at(&self.rejected, ""), "Rejected by Kim Akers"),
            ("kim", at(&self.withdrawn, ""), "Withdrawn by Ivo Brandt"),
            ("kim", at(&self.revoked, ""), "Access ended at once."),
            ("kim", at(&self.ended, ""), "Ivo Brandt was done"),
            ("kim", at(&self.ended, "/approval"), "Somebody was faster"),
            ("kim", here("/settings"), "Security & privacy"),
            ("kim", here(SETTING), "Exchange Online"),
            (
                "kim",
                format!("{SETTING}/off"),
                "Turn off Customer Lockbox?",
            ),
            (
                "kim",
                format!("{SETTING}/access-hours"),
                "Only at these hours",
            ),
            (
                "kim",
                format!("{SETTING}/protection"),
                "Changes that weaken the protection",
            ),
            ("kim", here("/audit"), "The log's head"),
            ("leo", at(&self.waiting, ""), "Who can decide"),
            ("leo", at(&self.waiting, "/approval"), "You may not do this"),
            ("leo", here(SETTING), "Only a global administrator"),
            (
                "kim",
                here("/settings/notifications"),
                "Who gets which mail",
            ),
            (
                "leo",
                here("/settings/notifications"),
                "Only a global administrator",
            ),
            ("sam", here("/"), "Nothing needs you."),
            ("sam", here("/requests"), "None yet"),
            ("sam", at(&self.waiting, ""), "Page not found"),
            (
                "sam",
                format!("{SETTING}/terms"),
                "Accept the activation terms",
            ),
        ]
    }

    /// The same of the provider's people.
    fn seen_by_the_provider(&self) -> Vec<(&'static str, String, &'static str)> {
        let at = |request: &Request, rest: &str| format!("/requests/{}{rest}", request.reference);
        let here = str::to_owned;
        vec![
            ("rosa", here("/queue"), "Queue"),
            ("rosa", here("/queue?view=all"), "the newest first"),
            (
                "rosa",
                here("/queue?view=active&customer=nobody"),
                "No match",
            ),
            ("rosa", here("/active-access"), "Who has access now"),
            ("rosa", at(&self.filed, ""), "Endorse request"),
            ("rosa", at(&self.filed, "/rejection"), "Reject request"),
            ("ivo", here("/queue"), "New request"),
            (
                "ivo",
                here("/requests/new"),
                "The customer reads every word",
            ),
            ("ivo", at(&self.approved, ""), "Start access"),
            ("ivo", at(&self.active, ""), "I am done"),
            ("ivo", here("/active-access"), "Ask for more time"),
            (
                "ivo",
                format!("/requests/new?follows={}", self.active.reference),
                "More time is a new request",
            ),
            ("pat", here("/tenants"), "Enrol a tenant"),
            ("pat", here("/tenants/fabrikam"), "Change the entitlement"),
            (
                "pat",
                here("/tenants/fabrikam/entitlement"),
                "A lockbox that is on",
            ),
            (
                "pat",
                here("/tenants/fabrikam/suspension"),
                "Waiting requests are withdrawn.",
            ),
            ("pat", here("/new-tenant"), "Its lockbox is off"),
            ("kim", here("/help/api"), "Files a request for an engineer"),
            ("pat", here("/services"), "Service telemetry"),
            ("pat", here("/services/teams"), "It is only a proposal"),
            ("pat", here("/new-service"), "Propose that it is covered"),
            ("noor", at(&self.waiting, ""), "Timeline"),
            ("noor", here("/audit"), "The log's head"),
        ]
    }
}
