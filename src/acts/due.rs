//! What waits at tenants until its time, and is done then by the night shift.

use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::id::TenantId;
use crate::domain::rights::Denied;
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::{Facts, Stored, Tx, tenants};

/// How many tenants are read at once.
const PAGE: i64 = 100;

/// Acts for each tenant at which something is due, among those that `waiting` pages through by id; says for how many.
/// Any number of processes may do so at once. What one tenant's log refuses keeps no other tenant's back.
///
/// # Errors
/// When the store does not answer.
pub(super) fn at_tenants(
    lockbox: &Lockbox,
    waiting: impl Fn(&mut Conn, Option<TenantId>, i64) -> Stored<Vec<Tenant>>,
    is_due: impl Fn(&Tenant, Moment) -> bool,
    act: impl Fn(&mut Tx<'_>, &Tenant) -> Result<Facts, ActError>,
) -> Result<usize, ActError> {
    let now = lockbox.store.clock().now();
    let author = Author::local(Actor::System);
    let (mut done, mut after) = (0, None);
    loop {
        let page = lockbox.store.read(|conn| waiting(conn, after, PAGE))?;
        for tenant in page.iter().filter(|tenant| is_due(tenant, now)) {
            let outcome = lockbox.store.write(Log::Tenant(tenant.id), &author, |tx| {
                let row = tenants::by_id(tx.conn(), tenant.id)?;
                // Another process was faster, or somebody stopped it.
                let row = row.filter(|row| is_due(row, tx.now()));
                let row = row.ok_or(Denied::NotThere)?;
                Ok(((), act(tx, &row)?))
            });
            match outcome {
                Ok(()) => done += 1,
                Err(ActError::Denied(Denied::NotThere)) => {}
                Err(error) => {
                    tracing::error!(%error, tenant = %tenant.key, "what was due could not be done");
                }
            }
        }
        after = page.last().map(|tenant| tenant.id);
        if after.is_none() {
            return Ok(done);
        }
    }
}
