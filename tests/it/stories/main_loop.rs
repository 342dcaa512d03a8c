//! One request goes its whole way.

use serde_json::json;

use crate::world::stories;

stories! {
    /// Filed in the portal, endorsed, approved from the mail's link, started, used, ended.
    async fn a_request_goes_its_whole_way(world: &World) {
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get("/requests/new").await;
        let form = page.form("File request").with("tenant", "fabrikam").with("service", "exchange-online")
            .with("case", &world.case_of("kim").id.to_string())
            .with("scope", "Kim's calendar").with("reason", "Invitations vanish; I must see the calendar.")
            .with("duration", "PT4H");
        let page = ivo.submit(form).await.expect_status(200).expect("Waiting for manager");
        let address = page.path.clone();
        assert!(address.starts_with("/requests/LBX-"), "{address}");
        assert_eq!(world.new_mails().await, [], "the customer is told nothing before endorsement");

        let rosa = world.signed_in("rosa").await;
        rosa.get("/queue").await.expect(&address["/requests/".len()..]);
        let page = rosa.get(&address).await;
        rosa.submit(page.form("Endorse request")).await.expect_status(200);
        let told: Vec<String> = world.new_mails().await.into_iter().map(|(to, subject)| {
            assert!(subject.starts_with("Action needed by"), "{subject}");
            to
        }).collect();
        assert_eq!(told, ["ada@fabrikam.example", "kim@fabrikam.example"]);
        assert!(world.newest_mail_to("ada").contains(&format!("{}{address}", world.base_url)));

        // The link in the mail, signing in, and landing on the request.
        let ada = world.visitor();
        let door = ada.get(&address).await.expect("Sign in");
        let account = world.account("ada").clone();
        let page = ada.submit(door.form("Sign in").with("email", &account.email).with("password", &account.password)).await;
        let page = ada.submit(page.form("Verify").with("verification_code", &world.code("ada"))).await;
        assert_eq!(page.path, address, "one lands on the linked request");
        let page = page.expect("Action needed").expect("Kim's calendar").expect("Ivo Brandt").expect("Rosa Lindqvist");
        let page = ada.submit(page.form("Approve…").with("duration", "PT2H")).await;
        let page = page.expect("2 hours");
        ada.submit(page.form("Approve for 2 hours").with("note", "Only today.")).await.expect_status(200).expect("2 hours");
        let told: Vec<String> = world.new_mails().await.into_iter().map(|(to, _)| to).collect();
        assert_eq!(told, ["ada@fabrikam.example", "ivo@provider.example", "kim@fabrikam.example", "rosa@provider.example"]);

        let api = world.api();
        assert!(!api.may("ivo", "fabrikam", "exchange-online").await, "approved is not started");
        let page = ivo.get(&address).await.expect("Approved, not started").expect("Only today.");
        ivo.submit(page.form("Start access")).await.expect("Access active");
        assert!(api.may("ivo", "fabrikam", "exchange-online").await);
        assert!(!api.may("mina", "fabrikam", "exchange-online").await, "of exactly that engineer");
        assert!(!api.may("ivo", "fabrikam", "teams").await, "of exactly that service");
        assert!(!api.may("ivo", "contoso", "exchange-online").await, "of exactly that tenant");

        let page = ivo.get(&address).await;
        ivo.submit(page.form("I am done")).await.expect("Ended");
        assert_eq!(api.evaluate("ivo", "fabrikam", "exchange-online", "access", None).await, json!({"decision": false, "context": {"reason": "no_active_access"}}));

        let log = ada.get("/audit").await;
        for who in ["Ivo Brandt", "Rosa Lindqvist", "Ada Ortiz"] {
            assert!(log.says(who), "{who} is not in the log:\n{}", log.words());
        }
    }
}
