//! The queue: its views, its filters, its pages, and an engineer's own part of it.

use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::domain::person::Role;
use lockbox::domain::request::Request;
use lockbox::store::tenants;

use super::{listed, texts};
use crate::world::{Visitor, World, seen, stories};

fn references(requests: &[&Request]) -> Vec<String> {
    requests
        .iter()
        .map(|request| request.reference.to_string())
        .collect()
}

async fn queue(visitor: &Visitor<'_>, query: &str) -> Vec<String> {
    let page = visitor.get(&format!("/queue?{query}")).await;
    listed(&page.expect_status(200))
}

/// One request in each state that waits for something, the deadlines in this order.
fn one_of_each(world: &World) -> [Request; 4] {
    let active = world.active();
    let approved = world.approved();
    world.pass(TimeDelta::minutes(1));
    let asked = world.endorsed();
    world.pass(TimeDelta::minutes(1));
    let filed = world.filed_by("mina", "contoso", "teams");
    [active, approved, asked, filed]
}

stories! {
    async fn each_view_has_what_waits_for_whom(world: &World) {
        let [active, approved, asked, filed] = one_of_each(world);
        let ended = world.filed_by("mina", "fabrikam", "onedrive");
        decide::withdraw(&world.lockbox, &world.fresh("mina"), &ended.reference).unwrap();
        let rosa = world.signed_in("rosa").await;
        // Both were approved at the same instant, for as long as they may wait to be started: the ids decide.
        let mut granted = references(&[&active, &approved]);
        granted.sort_by_key(|reference| if *reference == active.reference.as_str() { active.id } else { approved.id });
        for (query, fits) in [
            ("", references(&[&filed])),
            ("view=needs-manager", references(&[&filed])),
            ("view=with-customer", references(&[&asked])),
            ("view=active", granted),
            ("view=all&status=withdrawn", references(&[&ended])),
            ("view=nothing", references(&[&filed])),
            // A tenant's view is none of the queue's, and nor is the view of what is one's own.
            ("view=needs-action", references(&[&filed])),
            ("view=mine", references(&[&filed])),
            ("view=all&customer=contoso", references(&[&filed])),
            ("view=all&customer=CONT", references(&[&filed])),
            ("view=all&customer=nobody", Vec::new()),
            ("view=all&engineer=mina&service=teams", references(&[&filed])),
            (&format!("view=all&reference={}", asked.reference), references(&[&asked])),
        ] {
            assert_eq!(queue(&rosa, query).await, fits, "{query}");
        }
        assert_eq!(queue(&rosa, "view=all").await.len(), 5);
        let page = rosa.get("/queue?view=with-customer").await;
        page.expect("Fabrikam").expect("Exchange Online").expect("Pending").expect("the soonest deadline first");
        rosa.get("/queue?status=closed").await.expect_status(422).expect("Choose a status.");
        rosa.get("/queue?customer=a&customer=b").await.expect_status(400);
    }

    /// Only so many customers are looked through for a name; a key is found among any number of them.
    async fn a_customer_is_looked_for_among_so_many(world: &World) {
        let fabrikam = world.tenant("fabrikam").id;
        let found = |wanted: &str, limit, most| world.lockbox.store.read(|conn| tenants::ids_called(conn, wanted, limit, most)).unwrap();
        assert_eq!(found("FABRI", 50, 100), Some(vec![fabrikam]));
        assert_eq!(found("fabrikam", 50, 100), Some(vec![fabrikam]), "once, by its key and its name");
        assert_eq!(found("nobody", 50, 100), Some(Vec::new()));
        assert_eq!(found("", 1, 100), None, "it fits both");
        assert_eq!(found("FABRI", 50, 1), None);
        assert_eq!(found("Fabrikam", 50, 1), Some(vec![fabrikam]));
        assert_eq!(found("fabri\0", 50, 100), Some(Vec::new()));
    }

    /// Somebody who is nothing but an engineer has no word of what others ask for, whatever the address says.
    async fn an_engineer_sees_their_own(world: &World) {
        let [active, approved, asked, filed] = one_of_each(world);
        let ivo = world.signed_in("ivo").await;
        let mut own = queue(&ivo, "").await;
        own.sort();
        let mut mine = references(&[&active, &approved, &asked]);
        mine.sort();
        assert_eq!(own, mine);
        let page = ivo.get("/queue?view=all&engineer=mina").await;
        assert!(!page.says(filed.reference.as_str()) && !page.has("#engineer"));
        assert_eq!(listed(&page).len(), 3, "the filter is not theirs to set");
        for query in ["view=needs-manager", "view=with-customer", "view=active", "view=all", &format!("view=all&reference={}", filed.reference), "view=all&customer=contoso"] {
            assert!(!ivo.get(&format!("/queue?{query}")).await.says(filed.reference.as_str()), "{query}");
            assert!(!ivo.get(&format!("/queue/updates?{query}")).await.says(filed.reference.as_str()), "{query}");
        }
        assert_eq!(texts(&ivo.get("/queue").await, ".tabs a").len(), 2);
        ivo.get("/queue").await.link("New request");
    }

    /// An engineer who is a manager besides finds their own first, and everybody's beside it.
    async fn who_is_both_sees_both(world: &World) {
        let filed = world.filed();
        world.with_roles("mina", &[Role::Engineer, Role::SupportManager]);
        let mina = world.signed_in("mina").await;
        let page = mina.get("/queue").await.expect("You have no open requests");
        assert_eq!(texts(&page, ".tabs a"), ["Mine", "Needs manager", "With customer", "Active", "All"]);
        assert_eq!(queue(&mina, "view=needs-manager").await, references(&[&filed]));
    }

    async fn pages_hold_every_request_once_and_an_open_page_learns_what_came_since(world: &World) {
        let mut filed = Vec::new();
        for at in 0..12 {
            let (engineer, _) = world.enrol(&format!("e{at}@provider.example"), "Engineer", None, &[Role::Engineer]).await.unwrap();
            for _ in 0..5 {
                world.pass(TimeDelta::seconds(1));
                let new = crate::world::new_request("contoso", "teams");
                filed.push(lockbox::acts::file_request::file(&world.lockbox, &world.as_fresh(&engineer), &new).unwrap());
            }
        }
        let all = references(&filed.iter().collect::<Vec<_>>());
        let rosa = world.signed_in("rosa").await;
        let first = rosa.get("/queue?view=needs-manager&customer=cont").await;
        let next = rosa.get(&first.link("Next page")).await.expect("First page");
        assert!(next.path.contains("customer=cont"), "{}", next.path);
        assert_eq!(listed(&first), all[..50]);
        assert_eq!(listed(&next), all[50..]);
        let back = rosa.get(&next.link("First page")).await;
        assert_eq!(listed(&back), all[..50]);
        let told = rosa.get("/queue/updates?view=needs-manager").await.expect_status(200);
        assert_eq!(told.html.matches("LBX-").count(), 50);
        decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&filed[0])).unwrap();
        assert!(!rosa.get("/queue/updates?view=needs-manager").await.html.contains(filed[0].reference.as_str()));
        for stranger in ["kim", "sam"] {
            let stranger = world.signed_in(stranger).await;
            stranger.get("/queue").await.expect_status(404);
            stranger.get("/queue/updates").await.expect_status(404);
        }
    }
}
