//! What a proxy is answered: everything about who comes, with what, for what, and whether they may.

use chrono::TimeDelta;
use lockbox::acts::decide::{self, Seen};
use lockbox::acts::file_request::{NewRequest, file};
use lockbox::acts::suspend;
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{Line, Prose, Slug};

use crate::world::gate::{Answered, Gate, answered, pass_for};
use crate::world::{World, new_request, seen, stories};

fn why() -> Prose {
    Prose::parse("Enough seen.").unwrap()
}

pub(super) fn is(status: u16, reason: &str) -> Answered {
    Answered {
        status,
        reason: reason.to_owned(),
    }
}

/// A live access of Ivo's with this scope.
pub(super) fn active_with(world: &World, objects: &[&str], actions: &[&str]) -> Request {
    let description = Prose::parse("Kim's calendar").unwrap();
    let new = NewRequest {
        scope: Scope::parse(
            description,
            objects.iter().copied(),
            actions.iter().copied(),
        )
        .unwrap(),
        ..new_request("fabrikam", "exchange-online")
    };
    let request = file(&world.lockbox, &world.fresh("ivo"), &new).unwrap();
    let request = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
    let asked = request.asked;
    let request = decide::approve(
        &world.lockbox,
        &world.fresh("kim"),
        &seen(&request),
        asked,
        None,
    )
    .unwrap();
    let seen: Seen = seen(&request);
    decide::start(&world.lockbox, &world.fresh("ivo"), &seen).unwrap()
}

stories! {
    async fn an_engineer_is_let_in_while_the_access_is_live(world: &World) {
        let request = world.active();
        let pass = pass_for(world, &request);
        let gate = Gate::of(world, "exchange-online");
        let bearer = format!("Bearer {pass}");
        for (method, headers) in [
            ("GET", [("authorization", bearer.as_str()), ("x-original-method", "GET"), ("x-original-uri", "/a")]),
            ("POST", [("x-lockbox-pass", pass.as_str()), ("x-forwarded-method", "POST"), ("x-forwarded-uri", "/a")]),
            ("PROPFIND", [("x-lockbox-pass", pass.as_str()), ("x-original-method", "PROPFIND"), ("x-original-uri", "/")]),
        ] {
            let answer = gate.call(method, &headers).await;
            assert_eq!(answered(&answer), is(200, ""));
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("x-lockbox-request"), request.reference.as_str());
            assert_eq!(header("x-lockbox-engineer"), "ivo@provider.example");
            let until = request.state.deadline().unwrap();
            assert_eq!(header("x-lockbox-until"), lockbox::domain::time::rfc3339(until));
        }
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(200, ""));
        decide::revoke(&world.lockbox, &world.fresh("kim"), &request.reference, why()).unwrap();
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(403, "no_active_access"));
    }

    async fn a_pass_ends_with_its_time_and_the_access_with_its_window(world: &World) {
        let request = world.active();
        let gate = Gate::of(world, "exchange-online");
        let pass = pass_for(world, &request);
        world.pass(TimeDelta::minutes(15) - TimeDelta::microseconds(1));
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(200, ""));
        world.pass(TimeDelta::microseconds(1));
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(401, "pass_expired"));
        let until = request.state.deadline().unwrap();
        world.pass(until - world.now() - TimeDelta::minutes(1));
        let pass = pass_for(world, &request);
        world.pass(TimeDelta::minutes(1) - TimeDelta::microseconds(1));
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(200, ""));
        world.pass(TimeDelta::microseconds(1));
        assert_eq!(gate.asks(&pass, "GET", "/").await.status, 401);
        world.night().await;
    }

    /// The engineer has a pass and no key: who calls this address from elsewhere than a gate gains nothing.
    async fn a_pass_alone_opens_nothing(world: &World) {
        let request = world.active();
        let pass = pass_for(world, &request);
        let none = Gate::of(world, "exchange-online").with_key("");
        let unknown = Gate::of(world, "exchange-online").with_key(&format!("lbx_{}", "A".repeat(43)));
        let as_key = Gate::of(world, "exchange-online").with_key(&pass);
        for gate in [none, unknown, as_key] {
            assert_eq!(gate.asks(&pass, "GET", "/").await, is(401, ""));
        }
        let key = world.new_key("reads requests", &[KeyScope::RequestsRead, KeyScope::AccessSearch], None);
        let other_scope = Gate::of(world, "exchange-online").with_key(&key);
        assert_eq!(other_scope.asks(&pass, "GET", "/").await, is(403, ""));
        let gate = Gate::of(world, "exchange-online");
        let without = [("x-original-method", "GET"), ("x-original-uri", "/")];
        assert_eq!(answered(&gate.call("GET", &without).await), is(401, "pass_missing"));
    }

    async fn a_pass_is_for_its_own_request_service_and_tenant(world: &World) {
        let (one, other) = (world.active(), world.active());
        let (of_one, of_other) = (pass_for(world, &one), pass_for(world, &other));
        let gate = Gate::of(world, "exchange-online");
        decide::revoke(&world.lockbox, &world.fresh("kim"), &one.reference, why()).unwrap();
        assert_eq!(gate.asks(&of_one, "GET", "/").await, is(403, "no_active_access"), "the other request is no leave for it");
        assert_eq!(gate.asks(&of_other, "GET", "/").await, is(200, ""));
        for address in ["/forward-auth/fabrikam/teams", "/forward-auth/contoso/exchange-online", "/forward-auth/fabrikam/nothing"] {
            let elsewhere = Gate::of(world, "exchange-online").at(address);
            assert_eq!(elsewhere.asks(&of_other, "GET", "/").await, is(401, "pass_for_other_place"), "{address}");
        }
        let odd = Gate::of(world, "exchange-online").at("/forward-auth/fabrikam/UPPER%20case");
        assert_eq!(odd.asks(&of_other, "GET", "/").await, is(403, "no_active_access"));
    }

    async fn no_forged_pass_is_believed(world: &World) {
        let request = world.active();
        let pass = pass_for(world, &request);
        let gate = Gate::of(world, "exchange-online");
        let (signed, signature) = pass.rsplit_once('.').unwrap();
        let (head, body) = signed.split_once('.').unwrap();
        for (forged, why) in [
            ("x".to_owned(), "pass_malformed"),
            (signed.to_owned(), "pass_malformed"),
            (format!("{signed}."), "pass_malformed"),
            (format!("{head}.{body}A.{signature}"), "pass_forged"),
            // {"alg":"none","kid":"…","typ":"lockbox-access-pass+jwt"}
            (format!("eyJhbGciOiJub25lIiwia2lkIjoieCIsInR5cCI6ImxvY2tib3gtYWNjZXNzLXBhc3Mrand0In0.{body}."), "pass_of_other_kind"),
        ] {
            assert_eq!(gate.asks(&forged, "GET", "/").await, is(401, why), "{forged}");
        }
    }

    async fn what_was_approved_must_contain_method_and_path(world: &World) {
        let request = active_with(world, &["mailbox/kim@fabrikam.example"], &["read"]);
        let pass = pass_for(world, &request);
        let gate = Gate::of(world, "exchange-online");
        for (method, target, answer) in [
            ("GET", "/mailbox/kim@fabrikam.example", is(200, "")),
            ("HEAD", "/mailbox/kim@fabrikam.example/", is(200, "")),
            ("GET", "/mailbox/kim%40fabrikam.example/calendar?year=2026", is(200, "")),
            ("GET", "/mailbox/%6Bim@fabrikam.example/a%20b", is(200, "")),
            ("PUT", "/mailbox/kim@fabrikam.example", is(403, "out_of_scope")),
            ("DELETE", "/mailbox/kim@fabrikam.example", is(403, "out_of_scope")),
            ("GET", "/", is(403, "out_of_scope")),
            ("GET", "/mailbox", is(403, "out_of_scope")),
            ("GET", "/mailbox/kim@fabrikam.example2", is(403, "out_of_scope")),
            ("GET", "/Mailbox/kim@fabrikam.example", is(403, "out_of_scope")),
            ("GET", "/mailbox/kim@fabrikam.example/../ada", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example/%2e%2e/ada", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example/%252e%252e/ada", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example/..%2fada", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example/..%5cada", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example/..\\ada", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example//x", is(403, "request_unclear")),
            ("GET", "//mailbox/kim@fabrikam.example", is(403, "request_unclear")),
            ("GET", "/mailbox/kim@fabrikam.example%00", is(403, "request_unclear")),
            ("get", "/mailbox/kim@fabrikam.example", is(403, "request_unclear")),
            ("GET", "mailbox/kim@fabrikam.example", is(403, "request_unclear")),
        ] {
            assert_eq!(gate.asks(&pass, method, target).await, answer, "{method} {target}");
        }
        let bearer = format!("Bearer {pass}");
        let path = ("x-original-uri", "/mailbox/kim@fabrikam.example");
        let who = ("authorization", bearer.as_str());
        for (headers, reason) in [
            (vec![who, path], "request_unclear"),
            (vec![who, ("x-original-method", "GET")], "request_unclear"),
            (vec![who, path, ("x-original-method", "GET"), ("x-http-method-override", "PUT")], "request_unclear"),
            (vec![who, path, ("x-original-method", "GET"), ("x-forwarded-uri", "/mailbox/ada")], "request_unclear"),
        ] {
            assert_eq!(answered(&gate.call("GET", &headers).await), is(403, reason), "{headers:?}");
        }
        // As Envoy asks.
        for (method, target, answer) in [
            ("GET", "/mailbox/kim@fabrikam.example/calendar", is(200, "")),
            ("PUT", "/mailbox/kim@fabrikam.example/calendar", is(403, "out_of_scope")),
            ("GET", "/mailbox/ada", is(403, "out_of_scope")),
            ("GET", "//mailbox/kim@fabrikam.example", is(403, "request_unclear")),
            ("GET", "/", is(403, "out_of_scope")),
        ] {
            let envoy = Gate::of(world, "exchange-online").at(&format!("/forward-auth/fabrikam/exchange-online{target}"));
            assert_eq!(answered(&envoy.call(method, &[who, ("x-original-uri", "/mailbox/kim@fabrikam.example")]).await), answer, "{method} {target}");
        }
    }

    async fn whatever_ends_the_access_ends_the_pass(world: &World) {
        let gate = Gate::of(world, "exchange-online");
        let request = world.active();
        let pass = pass_for(world, &request);
        decide::finish(&world.lockbox, &world.fresh("ivo"), &request.reference).unwrap();
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(403, "no_active_access"));
        let request = world.active();
        let pass = pass_for(world, &request);
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(200, ""));
        let operator = Author::local(Actor::Operator { name: Line::parse("root").unwrap() });
        suspend::suspend(&world.lockbox, &operator, &Slug::parse("fabrikam").unwrap(), &why()).unwrap();
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(403, "no_active_access"));
    }
}
