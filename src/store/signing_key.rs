//! The key that signs the heads of the audit logs.

use diesel::prelude::*;

use super::column::Stamp;
use super::conn::Conn;
use super::schema::signing_keys;
use super::{Keep, Stored, audit};
use crate::domain::audit::checkpoint::Signer;
use crate::domain::audit::entry::Log;
use crate::domain::time::Moment;

/// The signing key as it is stored: its seed is sealed.
#[derive(Debug, Clone, Queryable)]
pub struct StoredSigningKey {
    /// Its name, which is the first part of every checkpoint's origin.
    pub name: String,
    /// The verifier key in the text form of signed notes.
    pub public_key: String,
    /// The seed, sealed under the server key.
    pub sealed_seed: Vec<u8>,
}

/// The signing key, once the deployment has been founded.
///
/// # Errors
/// When the database does not answer.
pub fn load(conn: &mut Conn) -> Stored<Option<StoredSigningKey>> {
    Ok(signing_keys::table
        .order(signing_keys::made_at.desc())
        .select((
            signing_keys::name,
            signing_keys::public_key,
            signing_keys::sealed_seed,
        ))
        .first(conn)
        .optional()?)
}

/// How many signing keys there are: one, once the deployment has been founded.
///
/// # Errors
/// When the database does not answer.
pub fn count(conn: &mut Conn) -> Stored<i64> {
    Ok(signing_keys::table.count().get_result(conn)?)
}

impl Keep<'_> {
    /// Puts the same seed in its place, sealed anew.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn seal_signing_key_anew(&mut self, name: &str, sealed_seed: Vec<u8>) -> Stored<()> {
        diesel::update(signing_keys::table.find(name))
            .set(signing_keys::sealed_seed.eq(sealed_seed))
            .execute(self.0)?;
        Ok(())
    }

    /// Founds the deployment: stores the signing key and opens the provider's log. Of several nodes
    /// that do so at once one succeeds.
    ///
    /// # Errors
    /// A unique violation when it has been founded already.
    pub fn found(&mut self, signer: &Signer, sealed_seed: Vec<u8>, now: Moment) -> Stored<()> {
        self.0.transaction(|conn| {
            audit::open(conn, Log::Provider, now, signer)?;
            diesel::insert_into(signing_keys::table)
                .values((
                    signing_keys::name.eq(signer.verifier().name()),
                    signing_keys::public_key.eq(signer.verifier().vkey()),
                    signing_keys::sealed_seed.eq(sealed_seed),
                    signing_keys::made_at.eq(Stamp(now)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }
}
