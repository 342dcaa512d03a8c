//! People's passkeys and recovery codes beside what the facts say of them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Stored;
use super::column::{Id, Stamp};
use super::conn::Conn;
use super::passkeys::digest;
use super::projection::{self, Difference};
use super::schema::{passkeys, recovery_codes};
use crate::domain::audit::fold::KnownPerson;
use crate::domain::hex::sha256_hex;

/// What one person has, each in order. How often a passkey was used is bookkeeping.
struct Known {
    id: Id,
    passkeys: Vec<(Id, String, String, Stamp)>,
    recovery_codes: Vec<(String, Stamp)>,
}

projection::beside!(Known {
    passkeys,
    recovery_codes
});

impl Known {
    fn of(known: &KnownPerson) -> Self {
        let factors = &known.factors;
        let passkeys = factors.passkeys.iter().map(|(id, passkey)| {
            let (called, credential) = (passkey.called.to_string(), &passkey.credential_sha256);
            (Id(id.0), called, credential.clone(), Stamp(passkey.since))
        });
        let codes = factors.codes.iter();
        Self {
            id: Id(known.person.id.0),
            passkeys: passkeys.collect(),
            recovery_codes: codes
                .map(|(code, since)| (code.clone(), Stamp(*since)))
                .collect(),
        }
        .in_order()
    }

    fn in_order(mut self) -> Self {
        self.passkeys.sort_by_key(|(id, ..)| id.0);
        self.recovery_codes.sort_by(|(a, _), (b, _)| a.cmp(b));
        self
    }
}

/// How what these people have differs from what the facts say, each by its index. Credentials and codes are compared by
/// their digests. The caller bounds the number of people.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, people: &[KnownPerson]) -> Stored<Vec<(usize, Difference)>> {
    let expected: Vec<_> = people.iter().map(Known::of).collect();
    projection::compare(conn, &expected, |conn, ids| {
        let mut found: HashMap<Id, Known> = ids
            .iter()
            .map(|id| {
                let nothing = Known {
                    id: *id,
                    passkeys: Vec::new(),
                    recovery_codes: Vec::new(),
                };
                (*id, nothing)
            })
            .collect();
        let rows: Vec<(Id, Id, String, Vec<u8>, String, Stamp)> = passkeys::table
            .filter(passkeys::person_id.eq_any(ids))
            .select((
                passkeys::person_id,
                passkeys::id,
                passkeys::name,
                passkeys::credential_id,
                passkeys::credential,
                passkeys::since,
            ))
            .load(conn)?;
        for (person, id, name, credential_id, credential, since) in rows {
            if let Some(known) = found.get_mut(&person) {
                let digest = digest(&credential_id, &credential);
                known.passkeys.push((id, name, digest, since));
            }
        }
        let rows: Vec<(Id, Vec<u8>, Stamp)> = recovery_codes::table
            .filter(recovery_codes::person_id.eq_any(ids))
            .load(conn)?;
        for (person, code, since) in rows {
            if let Some(known) = found.get_mut(&person) {
                known.recovery_codes.push((sha256_hex(&code), since));
            }
        }
        Ok(found.into_values().map(Known::in_order).collect())
    })
}
