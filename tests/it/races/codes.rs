//! One verification code in two hands at once.

use std::collections::BTreeMap;

use lockbox::acts::sign_in::show_second_factor;

use super::arena::{at_once, hold_back, races, tries};
use crate::world::stories;

races! {
    async fn one_code_twice_counts_once(arena: &Arena) {
        let kim = arena.world.person("kim").id;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let code = &arena.world.code("kim");
            let runner = |place| {
                let lockbox = arena.process(place);
                move || {
                    hold_back(place, count);
                    show_second_factor(lockbox, kim, code).unwrap()
                }
            };
            let counted = at_once(vec![runner(0), runner(1)]);
            assert_eq!(counted.iter().flatten().count(), 1);
            let winner = usize::from(counted[1].is_some());
            *outcomes.entry(format!("racer {winner} is let in")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}

stories! {
    async fn one_code_sent_from_two_browsers_opens_one_session(world: &World) {
        let account = world.account("kim").clone();
        for _ in 0..tries().min(10) {
            let browsers = [world.visitor(), world.visitor()];
            let code = world.code("kim");
            let mut forms = Vec::new();
            for browser in &browsers {
                let page = browser.get("/sign-in").await;
                let form = page.form("Sign in").with("email", &account.email).with("password", &account.password);
                forms.push(browser.submit(form).await.form("Verify").with("verification_code", &code));
            }
            let (left, right) = tokio::join!(browsers[0].send(&forms[0]), browsers[1].send(&forms[1]));
            let mut status = [left.status.as_u16(), right.status.as_u16()];
            status.sort_unstable();
            assert_eq!(status, [303, 422], "one is let in");
            let mut inside = 0;
            for browser in &browsers {
                inside += usize::from(browser.get("/requests?view=all").await.says("Sign out"));
            }
            assert_eq!(inside, 1);
        }
    }
}
