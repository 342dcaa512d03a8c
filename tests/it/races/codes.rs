//! One verification code in two hands at once, and the last try that is left.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use lockbox::acts::sign_in::{CodeShown, show_second_factor};
use lockbox::store::StoreError;
use lockbox::store::tries::{Budget, Subject};

use super::arena::{at_once, hold_back, races, tries};
use crate::world::{at_the_door, stories};

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
                    let shown = show_second_factor(lockbox, kim, &at_the_door(), code).unwrap();
                    matches!(shown, CodeShown::Right(_))
                }
            };
            let counted = at_once(vec![runner(0), runner(1)]);
            assert_eq!(counted.iter().filter(|counted| **counted).count(), 1);
            let winner = usize::from(counted[1]);
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

races! {
    /// The last try that is left is nobody's twice.
    async fn no_more_is_tried_at_once_than_there_are_tries(arena: &Arena) {
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let counted = [(Subject::of(&[b"race", &count.to_be_bytes()]), Budget { tries: 3, within: TimeDelta::hours(1) })];
            let runner = |place| {
                let (lockbox, counted) = (arena.process(place), &counted);
                move || {
                    hold_back(place, count);
                    let now = lockbox.store.clock().now();
                    let take = || {
                        let until: Result<_, StoreError> = lockbox.store.keep(|books| books.take_tries(counted, now));
                        until.unwrap().is_none()
                    };
                    [take(), take()].iter().filter(|taken| **taken).count()
                }
            };
            let taken = at_once(vec![runner(0), runner(1)]);
            assert_eq!(taken.iter().sum::<usize>(), 3);
            *outcomes.entry(format!("{} and {}", taken[0], taken[1])).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}
