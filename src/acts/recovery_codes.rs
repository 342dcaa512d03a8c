//! Recovery codes: made ten at a time, each used once, at the door only.

use metrics::counter;

use super::sign_in::{CodeShown, Fresh, take_one};
use super::tries::{self, Origin};
use super::{ActError, Flaw, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::rights::Denied;
use crate::domain::second_factor::{FactorKind, SecondFactor};
use crate::identity::recovery::{CODES, RecoveryCode};
use crate::store::{Facts, Stored, people, recovery_codes};

/// Makes ten new codes in place of those a person had, and ends their other sessions. The codes are shown this once.
///
/// # Errors
/// When the store does not answer.
pub fn make(lockbox: &Lockbox, by: &Fresh) -> Result<Vec<RecoveryCode>, ActError> {
    let log = Log::of(by.person.side);
    lockbox.store.write(log, &by.author(), |tx| {
        let person = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        let codes: Vec<RecoveryCode> = (0..CODES)
            .map(|_| RecoveryCode::from_random(lockbox.entropy.bytes()))
            .collect();
        let kept: Vec<[u8; 32]> = codes.iter().map(|code| code.hash(person.id)).collect();
        let now = tx.now();
        recovery_codes::set(tx, person.id, &kept, now)?;
        tx.books().end_sessions_of(person.id, Some(&by.session))?;
        let mut digests: Vec<String> = kept.iter().map(|code| sha256_hex(code)).collect();
        digests.sort_unstable();
        let fact = Fact::RecoveryCodesMade {
            person: person.id,
            name: person.name.clone(),
            codes: digests,
        };
        Ok((codes, Facts::one(fact)))
    })
}

/// Lets somebody in who has shown their password and lost their device, if this is a code of theirs; it is used up.
///
/// # Errors
/// When the store does not answer.
pub fn show(
    lockbox: &Lockbox,
    id: PersonId,
    from: &Origin,
    typed: &str,
) -> Result<CodeShown, ActError> {
    let now = lockbox.store.clock().now();
    let no = |why: &str, shown: CodeShown| {
        counter!("lockbox_sign_ins_failed_total", "factor" => "recovery code").increment(1);
        tracing::warn!(person = %id, why, "a recovery code did not count");
        Ok(shown)
    };
    let refused = |why: &str| no(why, CodeShown::Wrong);
    let tries = tries::of_recovery_code(lockbox, id, from)?;
    if let Some(until) = take_one(lockbox, &tries, now)? {
        return no("too many were tried", CodeShown::TooMany(until));
    }
    let found = lockbox.store.read(|conn| {
        let person = people::by_id(conn, id)?.filter(Person::is_here);
        Stored::Ok((person, recovery_codes::left(conn, id)?))
    })?;
    let (Some(person), left) = found else {
        return refused("nobody is there");
    };
    let code = RecoveryCode::parse(typed);
    let mut known = left.iter();
    let since = code
        .as_ref()
        .and_then(|code| known.find(|(kept, _)| code.is(id, kept)));
    let (Some(code), Some((_, since))) = (&code, since) else {
        return refused("it is none of theirs");
    };
    let author = Author {
        source: from.address,
        ..Author::local(Actor::of(&person))
    };
    let log = Log::of(person.side);
    let used = lockbox.store.write(log, &author, |tx| {
        let kept = code.hash(id);
        // Two may have found it; one takes it.
        if !recovery_codes::take(tx, id, &kept)? {
            let words = "That recovery code was used before.";
            return Err(ActError::Unfit(vec![Flaw::of("recovery_code", words)]));
        }
        let left = recovery_codes::left(tx.conn(), id)?.len();
        let fact = Fact::RecoveryCodeUsed {
            person: id,
            name: person.name.clone(),
            code: sha256_hex(&kept),
            left: u8::try_from(left).unwrap_or(u8::MAX),
        };
        Ok(((), Facts::one(fact)))
    });
    match used {
        Ok(()) => {
            lockbox.store.keep(|books| books.forget_tries(&tries.0))?;
            Ok(CodeShown::Right(SecondFactor {
                kind: FactorKind::RecoveryCode,
                since: *since,
            }))
        }
        Err(ActError::Unfit(_)) => refused("it was used before"),
        Err(error) => Err(error),
    }
}
