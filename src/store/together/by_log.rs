//! Turns at each log, which the acts of this process wait for here and not in PostgreSQL: who waits holds no connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Turns;
use crate::domain::audit::entry::Log;

/// The turns at the logs at which somebody acts or waits.
#[derive(Default)]
pub(in crate::store) struct ByLog(Mutex<HashMap<Log, Arc<Turns>>>);

impl ByLog {
    /// Does something with the turns at a log, which are forgotten when nobody has to do with them any more.
    pub(in crate::store) fn at<T>(&self, log: Log, something: impl FnOnce(&Turns) -> T) -> T {
        let here = Here {
            by_log: self,
            log,
            turns: Arc::clone(self.lock().entry(log).or_default()),
        };
        something(&here.turns)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Log, Arc<Turns>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who has to do with the turns at a log. Who breaks off is gone like any other.
struct Here<'a> {
    by_log: &'a ByLog,
    log: Log,
    turns: Arc<Turns>,
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        let mut logs = self.by_log.lock();
        // The map has one, and this is the other: nobody takes a third while the map is held.
        if Arc::strong_count(&self.turns) == 2 {
            logs.remove(&self.log);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use uuid::Uuid;

    use super::*;
    use crate::domain::id::TenantId;

    #[test]
    fn each_log_has_turns_of_its_own_until_the_last_one_is_gone() {
        let (logs, tenant) = (ByLog::default(), Log::Tenant(TenantId(Uuid::nil())));
        logs.at(Log::Provider, |provider| {
            logs.at(tenant, |tenants| assert!(!std::ptr::eq(provider, tenants)));
            logs.at(Log::Provider, |again| {
                assert!(std::ptr::eq(provider, again));
            });
            assert_eq!(logs.lock().len(), 1);
        });
        assert!(logs.lock().is_empty());
        let broken = catch_unwind(AssertUnwindSafe(|| {
            logs.at(tenant, |_| panic!("as planned"))
        }));
        assert!(broken.is_err() && logs.lock().is_empty());
    }
}
