//! A real nginx with the product's own example in front of real files and of a system that tells what it was sent.

use std::fmt::Write;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::TimeDelta;
use lockbox::acts::{decide, support_cases};
use lockbox::domain::key::KeyScope;
use lockbox::domain::text::Prose;
use reqwest::{Client, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::gate::{Nginx, pass_for};
use crate::world::{World, seen, stories};

/// What the issue allows between an end and the first refusal.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The system behind the gate: it answers what it was asked, and every header.
struct Content {
    address: String,
    handle: ServerHandle,
}

impl Content {
    fn start() -> Self {
        let server = HttpServer::new(|| App::new().default_service(web::to(told))).workers(1);
        let server = server.bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0].to_string();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, handle }
    }
}

async fn told(request: HttpRequest) -> HttpResponse {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        writeln!(text, "{name}: {value}").unwrap();
    }
    HttpResponse::Ok().body(text)
}

struct Engineer<'n> {
    nginx: &'n Nginx,
    client: Client,
    pass: String,
}

impl Engineer<'_> {
    async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.nginx.base_url));
        request.bearer_auth(&self.pass).send().await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }

    /// A request exactly as it is written, since clients mend paths. The whole answer.
    async fn writes(&self, target: &str) -> String {
        let address = self.nginx.base_url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: files.example\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            self.pass
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

const FILE: &str = "/mailbox/kim/calendar.txt";

fn started(world: &World, content: &str) -> Nginx {
    let key = world.new_key("The gate", &[KeyScope::AccessRead], None);
    Nginx::start(&world.base_url, content, &key)
}

stories! {
    async fn nginx_lets_an_engineer_in_and_refuses_the_next_request_at_once(world: &World) {
        let content = Content::start();
        let nginx = started(world, &content.address);
        let request = world.approved();
        let mut ivo = Engineer { nginx: &nginx, client: Client::new(), pass: "none".to_owned() };
        assert_eq!(ivo.status(FILE).await, 401, "approved is not started");

        let request = decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&request)).unwrap();
        ivo.pass = pass_for(world, &request);
        let answer = ivo.get(FILE).await;
        assert_eq!(answer.status(), 200, "{}", nginx.log());
        assert_eq!(answer.text().await.unwrap(), "Kim's calendar");
        assert_eq!(ivo.status("/app/x").await, 200);
        assert_eq!(ivo.status("/mailbox/nothing").await, 404, "let in, and there is no such file");
        let without = Client::new().get(format!("{}{FILE}", nginx.base_url)).send().await.unwrap();
        assert_eq!(without.status(), 401);
        assert_eq!(without.headers()["x-lockbox-reason"], "pass_missing");
        assert_eq!(without.headers()["www-authenticate"], "Bearer");
        assert_eq!(ivo.status("/lockbox-gate").await, 404, "the gate's own address is nobody's");

        let why = Prose::parse("Enough seen.").unwrap();
        decide::revoke(&world.lockbox, &world.fresh("kim"), &request.reference, why).unwrap();
        let since = Instant::now();
        for path in [FILE, "/app/x", "/mailbox/nothing"] {
            let answer = ivo.get(path).await;
            assert_eq!(answer.status(), 403, "{path}");
            assert_eq!(answer.headers()["x-lockbox-reason"], "no_active_access");
        }
        assert!(since.elapsed() < AT_ONCE);

        // The window's end.
        let request = world.active();
        let until = request.state.deadline().unwrap();
        world.pass(until - world.now() - TimeDelta::minutes(1));
        ivo.pass = pass_for(world, &request);
        world.pass(TimeDelta::minutes(1) - TimeDelta::microseconds(1));
        assert_eq!(ivo.status(FILE).await, 200);
        world.pass(TimeDelta::microseconds(1));
        let since = Instant::now();
        assert_eq!(ivo.status(FILE).await, 401);
        assert!(since.elapsed() < AT_ONCE);
        world.night().await;
        content.handle.stop(false).await;
    }

    /// By the customer at this node, and by the provider's own system at another one.
    async fn nginx_refuses_the_next_request_once_the_support_case_is_closed(world: &World) {
        let content = Content::start();
        let nginx = started(world, &content.address);
        let beside = world.another_process();
        for by in [&world.lockbox, &beside] {
            let case = world.case_of("kim");
            let approved = world.approved_because_of(case.id);
            let request = decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap();
            let ivo = Engineer { nginx: &nginx, client: Client::new(), pass: pass_for(world, &request) };
            for path in [FILE, "/app/x"] {
                assert_eq!(ivo.status(path).await, 200, "{path} {}", nginx.log());
            }
            support_cases::close(by, &world.fresh("kim"), case.id).unwrap();
            let since = Instant::now();
            while ivo.status(FILE).await == 200 {
                assert!(since.elapsed() < AT_ONCE, "the case is closed, and the engineer is in");
            }
            for path in [FILE, "/app/x", "/mailbox/nothing"] {
                let answer = ivo.get(path).await;
                assert_eq!(answer.status(), 403, "{path}");
                assert_eq!(answer.headers()["x-lockbox-reason"], "no_active_access");
            }
            assert!(since.elapsed() < AT_ONCE);
        }
        content.handle.stop(false).await;
    }

    async fn neither_the_pass_nor_a_clients_own_words_reach_the_system_behind(world: &World) {
        let content = Content::start();
        let nginx = started(world, &content.address);
        let request = world.active();
        let ivo = Engineer { nginx: &nginx, client: Client::new(), pass: pass_for(world, &request) };
        let call = ivo.client.get(format!("{}/app/x?y=1", nginx.base_url)).bearer_auth(&ivo.pass);
        let answer = call
            .header("X-Lockbox-Engineer", "ada@fabrikam.example")
            .header("x-lockbox-request", "LBX-0000-0000")
            .header("X-LOCKBOX-UNTIL", "2099-01-01T00:00:00Z")
            .header("X_Lockbox_Engineer", "ada@fabrikam.example")
            .header("X-Lockbox_Engineer", "ada@fabrikam.example")
            .header("X.Lockbox.Engineer", "ada@fabrikam.example")
            .header("X-Lockbox-Key", "lbx_of-mine")
            .header("X-Lockbox-Reason", "mine")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{}", nginx.log());
        let told = answer.text().await.unwrap();
        assert!(told.starts_with("GET /app/x?y=1\n"), "{told}");
        let mut of_ours: Vec<&str> = told.lines().filter(|line| line.to_lowercase().contains("lockbox")).collect();
        of_ours.sort_unstable();
        let until = lockbox::domain::time::rfc3339(request.state.deadline().unwrap());
        let (request, until) = (format!("x-lockbox-request: {}", request.reference), format!("x-lockbox-until: {until}"));
        assert_eq!(of_ours, ["x-lockbox-engineer: ivo@provider.example", request.as_str(), until.as_str()]);
        for secret in [&ivo.pass[..40], "authorization", "lbx_", "ada@"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
        // By the other header it is the same.
        let by_header = ivo.client.get(format!("{}/app/x", nginx.base_url)).header("X-Lockbox-Pass", &ivo.pass);
        let told = by_header.send().await.unwrap().text().await.unwrap();
        assert!(told.contains("ivo@provider.example") && !told.contains(&ivo.pass[..40]), "{told}");
        // What would be another method or path to the system behind is not let through at all.
        for name in ["X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL"] {
            let sly = ivo.client.get(format!("{}/app/x", nginx.base_url)).bearer_auth(&ivo.pass).header(name, "DELETE");
            assert_eq!(sly.send().await.unwrap().status(), 403, "{name}");
        }
        // Nor does a client say to the gate what it asks for.
        let lies = ivo.client.delete(format!("{}/app/..%2fx", nginx.base_url)).bearer_auth(&ivo.pass);
        let lies = lies.header("X-Original-URI", "/app/x").header("X-Original-Method", "GET").header("X-Forwarded-Uri", "/app/x");
        assert_eq!(lies.send().await.unwrap().status(), 403);
        content.handle.stop(false).await;
    }

    async fn a_path_that_can_be_read_in_two_ways_opens_nothing(world: &World) {
        let content = Content::start();
        let nginx = started(world, &content.address);
        let request = world.active();
        let ivo = Engineer { nginx: &nginx, client: Client::new(), pass: pass_for(world, &request) };
        assert!(ivo.writes(FILE).await.ends_with("Kim's calendar"));
        assert!(ivo.writes("/mailbox/%6bim/calendar.txt").await.ends_with("Kim's calendar"));
        for target in [
            "/mailbox//kim/calendar.txt",
            "//mailbox/kim/calendar.txt",
            "/mailbox/./kim/calendar.txt",
            "/mailbox/x/../kim/calendar.txt",
            "/mailbox/%2e/kim/calendar.txt",
            "/mailbox/x/%2e%2e/kim/calendar.txt",
            "/mailbox%2fkim/calendar.txt",
            "/mailbox/%252e%252e/mailbox/kim/calendar.txt",
            "/app/..%5cx",
            "/app/\\x",
            "/app/x#y",
        ] {
            let answer = ivo.writes(target).await;
            // Some of them nginx itself does not take.
            let refused = answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400");
            assert!(refused && !answer.contains("Kim's"), "{target}: {answer}");
        }
        for target in ["/mailbox/kim/calendar.txt%00", "/mailbox/%c0%ae%c0%ae/kim/calendar.txt"] {
            let answer = ivo.writes(target).await;
            assert!(!answer.starts_with("HTTP/1.1 2") && !answer.contains("Kim's"), "{target}: {answer}");
        }
        content.handle.stop(false).await;
    }

    async fn nobody_enters_while_lockbox_does_not_answer(world: &World) {
        let content = Content::start();
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = nobody.local_addr().unwrap().to_string();
        let request = world.active();
        let pass = pass_for(world, &request);
        let nginx = Nginx::start(&address, &content.address, "lbx_any");
        let ivo = Engineer { nginx: &nginx, client: Client::new(), pass };
        drop(nobody);
        for path in [FILE, "/app/x"] {
            let answer = ivo.get(path).await;
            assert_eq!(answer.status(), 500, "{path}");
            assert!(!answer.text().await.unwrap().contains("Kim's"));
        }
        // A key that opens nothing.
        let other = Nginx::start(&world.base_url, &content.address, "lbx_not-a-key");
        let ivo = Engineer { nginx: &other, ..ivo };
        assert_eq!(ivo.status(FILE).await, 401);
        content.handle.stop(false).await;
    }
}
