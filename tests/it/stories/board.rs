//! The board: what a process knows of live access without asking the database for each answer. PROOF rows 12, 13, 23.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use lockbox::acts::evaluate::{self, Answer, Heard, Question, Unproven, Why, evaluate};
use lockbox::acts::{Lockbox, decide};
use lockbox::domain::key::Bounds;
use lockbox::domain::text::Prose;
use lockbox::identity::token::ApiKeyText;
use lockbox::store::conn::{DatabaseUrl, Manager};

use crate::world::{self, Database, seen, stories};

/// Nothing here takes that long; what does hangs.
const LONG: Duration = Duration::from_secs(20);

fn question(engineer: &str, tenant: &str, service: &str) -> Question {
    Question {
        engineer: format!("{engineer}@provider.example"),
        tenant: tenant.to_owned(),
        service: service.to_owned(),
        action: "access".to_owned(),
        object: None,
        under: None,
    }
}

fn ivo(lockbox: &Lockbox) -> Answer {
    let question = question("ivo", "fabrikam", "exchange-online");
    evaluate(lockbox, &Bounds::default(), &[question]).remove(0)
}

fn enough() -> Prose {
    Prose::parse("Enough seen.").unwrap()
}

/// Asks until the answer is this one.
async fn becomes(lockbox: &Lockbox, answer: impl Fn(&Answer) -> bool) {
    let since = Instant::now();
    loop {
        let said = ivo(lockbox);
        if answer(&said) {
            return;
        }
        assert!(since.elapsed() < LONG, "it is still {said:?}");
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
}

fn allowed(answer: &Answer) -> bool {
    matches!(answer, Answer::Allow { .. })
}

stories! {
    async fn each_of_many_questions_at_once_has_its_own_answer(world: &World) {
        let (ours, done) = (world.active(), world.active());
        decide::revoke(&world.lockbox, &world.fresh("kim"), &done.reference, enough()).unwrap();
        let key = ApiKeyText::parse(&world.demo.api_key).unwrap().hash();
        let mut nobodys = key;
        nobodys[0] ^= 1;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let ask = |key, question| evaluate::ask(&world.lockbox, key, Some(&question));
                    for _ in 0..200 {
                        let answer = ask(&key, question("ivo", "fabrikam", "exchange-online"));
                        assert!(matches!(&answer, Ok(Heard { answer: Some(Answer::Allow { request, .. }), .. }) if *request == ours.reference), "{answer:?}");
                        for other in [("mina", "fabrikam", "exchange-online"), ("ivo", "fabrikam", "teams"), ("ivo", "contoso", "exchange-online")] {
                            let answer = ask(&key, question(other.0, other.1, other.2));
                            assert_eq!(answer.unwrap().answer, Some(Answer::Deny(Why::NoActiveAccess)), "{other:?}");
                        }
                        let answer = ask(&nobodys, question("ivo", "fabrikam", "exchange-online"));
                        assert_eq!(answer, Err(Unproven::NoSuchKey));
                    }
                });
            }
        });
    }

    /// In both directions: what a command, or another node, starts and revokes beside the server.
    async fn what_another_process_does_arrives_without_being_asked_for(world: &World) {
        let beside = world.another_process();
        for _ in 0..3 {
            let approved = world.approved();
            let request = decide::start(&beside, &world.fresh("ivo"), &seen(&approved)).unwrap();
            becomes(&world.lockbox, allowed).await;
            decide::revoke(&beside, &world.fresh("kim"), &request.reference, enough()).unwrap();
            becomes(&world.lockbox, |answer| *answer == Answer::Deny(Why::NoActiveAccess)).await;
        }
    }

    async fn a_window_ends_at_its_time_whoever_writes_it_down(world: &World) {
        let request = world.active();
        let until = request.state.deadline().unwrap();
        world.clock.set(until - chrono::TimeDelta::microseconds(1));
        assert!(allowed(&ivo(&world.lockbox)));
        world.clock.set(until);
        assert_eq!(ivo(&world.lockbox), Answer::Deny(Why::NoActiveAccess));
    }

    /// A row that somebody wrote past the product is no access, and no denial that looks like any other.
    async fn a_row_that_makes_no_sense_is_undecidable_for_those_alone_who_ask_about_it(world: &World) {
        let request = world.active();
        let columns = format!("UPDATE requests SET deadline = NULL WHERE reference = '{}'", request.reference);
        let restore = format!(
            "UPDATE requests SET deadline = {} WHERE reference = '{}'",
            match &world.database {
                DatabaseUrl::Sqlite(_) => request.state.deadline().unwrap().timestamp_micros().to_string(),
                DatabaseUrl::Postgres(_) => format!("'{}'", request.state.deadline().unwrap().to_rfc3339()),
            },
            request.reference,
        );
        let mut conn = Manager(world.database.clone()).open().unwrap();
        conn.batch_execute(&columns).unwrap();
        let beside = world.another_process();
        assert_eq!(ivo(&beside), Answer::Deny(Why::Undecidable));
        let other = question("mina", "fabrikam", "exchange-online");
        assert_eq!(evaluate(&beside, &Bounds::default(), &[other]), [Answer::Deny(Why::NoActiveAccess)]);
        conn.batch_execute(&restore).unwrap();
    }
}

/// Cut off from its database a node denies, 2 s after it last looked, and answers again when it can look again.
#[actix_web::test]
async fn a_node_without_its_database_denies() {
    world::tell(Database::Postgres, async |world| {
        world.active();
        assert!(allowed(&ivo(&world.lockbox)));
        let DatabaseUrl::Postgres(url) = &world.database else { unreachable!() };
        let name = url.rsplit('/').next().unwrap();
        let server = std::env::var("LOCKBOX_TEST_POSTGRES").unwrap();
        let mut server = Manager(DatabaseUrl::Postgres(server)).open().unwrap();
        server
            .batch_execute(&format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ))
            .unwrap();
        becomes(&world.lockbox, |answer| *answer == Answer::Deny(Why::Undecidable)).await;
        server.batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).unwrap();
        becomes(&world.lockbox, allowed).await;
        // The pool's connections are tried once they were unused for a second.
        actix_web::rt::time::sleep(Duration::from_millis(1100)).await;
    })
    .await;
}
