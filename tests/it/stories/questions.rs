//! Questions of the data plane that arrive together: one reading answers them all, each for itself. PROOF rows 12, 13.

use lockbox::acts::decide;
use lockbox::acts::evaluate::{Answer, Question, Unproven, Why};
use lockbox::domain::text::Prose;
use lockbox::identity::token::ApiKeyText;

use crate::world::{World, stories};

/// How many ask at once: more than one reading takes.
const AT_ONCE: usize = 150;

stories! {
    async fn each_of_many_questions_at_once_has_its_own_answer(world: &World) {
        let (ours, done) = (world.active(), world.active());
        let why = Prose::parse("It is solved.").unwrap();
        decide::revoke(&world.lockbox, &world.fresh("kim"), &done.reference, why).unwrap();
        for round in 0..3 {
            let asked: Vec<_> = (0..AT_ONCE).map(|place| actix_web::rt::spawn(ask(world, place))).collect();
            for (place, answer) in asked.into_iter().enumerate() {
                let answer = answer.await.unwrap();
                let right = match (place % 6, &answer) {
                    (0 | 5, Ok(Answer::Allow { request, .. })) => *request == ours.reference,
                    (1..=3, Ok(Answer::Deny(Why::NoActiveAccess))) | (4, Err(Unproven::NoSuchKey)) => true,
                    _ => false,
                };
                assert!(right, "round {round}, question {place}: {answer:?}");
            }
        }
    }
}

/// By their place: what is allowed, another engineer, another service, another tenant, a key that nobody has, and once
/// more what is allowed.
fn ask(world: &World, place: usize) -> impl Future<Output = Result<Answer, Unproven>> + use<> {
    let (engineer, service, tenant) = match place % 6 {
        1 => ("mina", "exchange-online", "fabrikam"),
        2 => ("ivo", "teams", "fabrikam"),
        3 => ("ivo", "exchange-online", "contoso"),
        _ => ("ivo", "exchange-online", "fabrikam"),
    };
    let question = Question {
        engineer: world.account(engineer).email.clone(),
        tenant: tenant.to_owned(),
        service: service.to_owned(),
        action: "access".to_owned(),
        object: None,
    };
    let mut key = ApiKeyText::parse(&world.demo.api_key).unwrap().hash();
    if place % 6 == 4 {
        key[0] ^= 1;
    }
    let lockbox = world.lockbox.clone();
    async move {
        let questions = &lockbox.questions;
        questions.ask(&lockbox.store, key, Some(question)).await
    }
}
