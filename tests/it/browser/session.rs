//! A session that ends for want of use: who sits before an open page is told in time, and can stay.

use chrono::TimeDelta;

use super::chromium::Scripts;
use super::person::Person;
use crate::world::stories;

const STAY: &str = "Stay signed in";

stories! {
    /// Each step but the last is within the half hour since the session was used, and all of them are not.
    async fn who_sits_before_an_open_page_is_warned_and_stays(world: &World) {
        let mut kim = Person::at_a_desk(world, "session-ends", Scripts::On).await;
        kim.sign_in(world, "kim").await;
        kim.open("/requests").await;
        kim.sits_there(world, TimeDelta::minutes(24)).await;
        assert!(!kim.can_press(STAY).await, "6 minutes are time enough");
        kim.sits_there(world, TimeDelta::minutes(2)).await;
        is_warned(&kim).await;
        kim.see("You will be signed out in").await;

        kim.button(STAY).await.click().await.unwrap();
        kim.chromium.until("the warning is gone", async || !kim.can_press(STAY).await).await;
        // Half an hour after signing in is over, and the same page warns again in its time.
        kim.sits_there(world, TimeDelta::minutes(10)).await;
        assert!(!kim.can_press(STAY).await);
        kim.sits_there(world, TimeDelta::minutes(16)).await;
        is_warned(&kim).await;
        kim.open("/security").await;
        assert_eq!(kim.path().await, "/security", "the session lives on");
        kim.see("Kim Akers").await;

        // Who does not press is signed out, and the page says so.
        kim.sits_there(world, TimeDelta::minutes(31)).await;
        kim.chromium.until("the page says that it is over", async || kim.says("You are signed out.").await).await;
        assert!(!kim.can_press(STAY).await);
        kim.open("/security").await;
        assert_eq!(kim.path().await, "/sign-in");
    }
}

async fn is_warned(person: &Person) {
    person
        .chromium
        .until("the page warns", async || person.can_press(STAY).await)
        .await;
}
