//! The engineer's form: sent once or twice, it files one request.

use crate::world::stories;

stories! {
    async fn a_form_sent_twice_files_once_and_leads_to_what_it_filed(world: &World) {
        let ivo = world.signed_in("ivo").await;
        let form = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        let first = ivo.submit_one(form.clone()).await.expect_status(303);
        let before = world.entries();
        let second = ivo.submit_one(form.clone()).await.expect_status(303);
        assert_eq!(first.headers["location"], second.headers["location"]);
        // Later too, when the second factor is stale: nothing is done that needed one.
        world.pass(chrono::TimeDelta::minutes(6));
        let third = ivo.submit_one(form.clone()).await.expect_status(303);
        assert_eq!(first.headers["location"], third.headers["location"]);
        assert_eq!(world.entries(), before);

        // Other words are another request, and so are the same words on a form opened anew.
        let code = world.code("ivo");
        let other = ivo.submit_one(form.clone().with("reason", "To see more.").with("verification_code", &code)).await.expect_status(303);
        assert_ne!(first.headers["location"], other.headers["location"]);
        let anew = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        let anew = ivo.submit_one(anew).await.expect_status(303);
        assert_ne!(first.headers["location"], anew.headers["location"]);

        // The number of a form says nothing to anybody else.
        let mina = world.signed_in("mina").await;
        let token = mina.token().await;
        let hers = mina.submit_one(form.clone().with("csrf", &token)).await.expect_status(303);
        assert_ne!(first.headers["location"], hers.headers["location"]);
        ivo.submit_one(form.with("form", "1")).await.expect_status(400);
    }
}
