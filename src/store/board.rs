//! The board: live access windows and the keys that ask about them, kept in mind by each process, so that the data
//! plane's questions cost no journey to the database.
//!
//! This process's own acts are on it before they are answered ([`Board::look_again`]). What others did is found by
//! following the logs: the size of each log's head tells whether something is new, and its entries tell which requests
//! to look at again. The [`follower`] does so four times a second, and at once when `PostgreSQL` says that another
//! node opened or closed access.
//!
//! What is known is as old as the beginning of the reading that found it. When that is more than [`AGE_MAX`] ago,
//! nothing is answered. A process that has no follower looks before each answer.

pub mod follower;
mod reading;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::requests::{Found, LiveAccess, Wanted};
use super::{StoreError, Stored};
use crate::clock::Stopwatch;
use crate::domain::id::RequestId;
use crate::domain::key::ApiKey;

/// How old knowledge may be that an answer is given from.
pub const AGE_MAX: Duration = Duration::from_secs(2);

/// What this process knows of live access.
#[derive(Default)]
pub struct Board {
    known: RwLock<Known>,
    /// Held while reading and writing down what was read: what was read later is written down later.
    reading: Mutex<()>,
    followed: AtomicBool,
}

/// What was found at the last reading, and since.
#[derive(Default)]
pub struct Known {
    /// The size of each log up to which its entries were followed.
    sizes: HashMap<Uuid, i64>,
    windows: HashMap<Place, Vec<OnBoard>>,
    /// Where each request's window hangs.
    places: HashMap<RequestId, Place>,
    keys: HashMap<[u8; 32], ApiKey>,
    /// Since the beginning of the last reading; none before the first, and after one that failed.
    looked: Option<Stopwatch>,
}

/// Of whom, in which tenant and service: their names with a NUL between them, which no name has. Shared by the windows and
/// the places: there may be a hundred thousand.
type Place = Arc<str>;

struct OnBoard {
    request: RequestId,
    /// None where the row makes no sense.
    access: Option<LiveAccess>,
}

/// Which requests and keys an act changed, as far as the board is concerned.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Requests whose access began or ended.
    pub requests: Vec<RequestId>,
    /// Whether a key was issued, or may have become worth nothing.
    pub keys: bool,
}

impl Changed {
    /// Whether there is anything to look at again.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.requests.is_empty() && !self.keys
    }
}

impl Board {
    /// What is known, if it is young enough to answer from.
    ///
    /// # Errors
    /// [`StoreError::KnowledgeTooOld`] when the last reading began more than [`AGE_MAX`] ago, or failed.
    pub fn known(&self) -> Stored<RwLockReadGuard<'_, Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.looked {
            Some(looked) if looked.elapsed() <= AGE_MAX => Ok(known),
            _ => Err(StoreError::KnowledgeTooOld),
        }
    }

    /// Whether what is known is young enough to answer from.
    #[must_use]
    pub fn is_young(&self) -> bool {
        self.known().is_ok()
    }

    /// Whether a follower keeps it young.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.followed.load(Ordering::Relaxed)
    }

    /// Looks at everything that is new since the last reading; at everything there is where there was none.
    ///
    /// # Errors
    /// When the database does not answer, or is a standby. What is known then only grows older.
    pub fn catch_up(&self, conn: &mut Conn) -> Stored<()> {
        let _one = self.lock();
        let began = Stopwatch::start();
        let followed = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.looked.map(|_| known.sizes.clone())
        };
        let read = match followed {
            Some(sizes) => reading::what_is_new(conn, &sizes)?,
            None => reading::everything(conn)?,
        };
        self.write_down(read, Some(began));
        Ok(())
    }

    /// Looks at what an act of this process changed, before the act is answered. Where that cannot be read, nothing is
    /// answered until everything was read again.
    pub fn look_again(&self, conn: &mut Conn, changed: &Changed) {
        if !self.is_followed() {
            return;
        }
        let _one = self.lock();
        match reading::of(conn, changed) {
            Ok(read) => self.write_down(read, None),
            Err(error) => {
                tracing::error!(%error, "what an act changed could not be read again: access is denied until it is");
                self.write().looked = None;
            }
        }
    }

    fn write_down(&self, read: reading::Read, began: Option<Stopwatch>) {
        let mut known = self.write();
        if let Some(everything) = read.everything {
            *known = everything;
        }
        for (request, found) in read.windows {
            known.put(request, found);
        }
        if let Some(keys) = read.keys {
            known.keys = keys;
        }
        if let Some(began) = began {
            known.sizes = read.sizes;
            known.looked = Some(began);
        }
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The live access of the wanted, the longest first; some of it may have ended meanwhile. An error among it is a row
    /// that makes no sense.
    pub fn live_access(&self, wanted: &Wanted) -> impl Iterator<Item = Stored<&LiveAccess>> {
        self.live_access_as_kept(
            wanted.engineer.as_str(),
            wanted.tenant.as_str(),
            wanted.service.as_str(),
        )
    }

    /// The same, of names that may be none or be written otherwise than they are kept: nothing is found then.
    pub fn live_access_as_kept(
        &self,
        engineer: &str,
        tenant: &str,
        service: &str,
    ) -> impl Iterator<Item = Stored<&LiveAccess>> {
        let place = place(engineer, tenant, service);
        let windows = self.windows.get(place.as_str());
        windows.into_iter().flatten().map(|window| {
            window.access.as_ref().ok_or_else(|| {
                StoreError::Senseless(format!("the live access of request {}", window.request.0))
            })
        })
    }

    /// The key whose secret has this hash, if it may ask about access.
    #[must_use]
    pub fn key(&self, secret_sha256: &[u8; 32]) -> Option<&ApiKey> {
        self.keys.get(secret_sha256)
    }

    /// Takes a request's window away, and hangs up what was found in its stead.
    fn put(&mut self, request: RequestId, found: Option<Found>) {
        if let Some(place) = self.places.remove(&request)
            && let Some(there) = self.windows.get_mut(&place)
        {
            there.retain(|window| window.request != request);
            if there.is_empty() {
                self.windows.remove(&place);
            }
        }
        let Some(found) = found else { return };
        let place = Place::from(place(&found.engineer, &found.tenant, &found.service));
        let there = self.windows.entry(place.clone()).or_default();
        there.push(OnBoard {
            request,
            access: found.access,
        });
        there.sort_by_key(|window| {
            std::cmp::Reverse(window.access.as_ref().map(|access| access.until))
        });
        there.shrink_to_fit();
        self.places.insert(request, place);
    }
}

fn place(engineer: &str, tenant: &str, service: &str) -> String {
    [engineer, tenant, service].join("\0")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::domain::id::{Reference, ServiceId, TenantId};
    use crate::domain::scope::Reach;
    use crate::domain::text::{EmailAddress, Slug};
    use crate::store::requests::Under;

    fn request(number: u128) -> RequestId {
        RequestId(Uuid::from_u128(number))
    }

    fn found(hours: i64) -> Found {
        Found {
            engineer: "ivo@provider.example".to_owned(),
            tenant: "fabrikam".to_owned(),
            service: "teams".to_owned(),
            access: Some(LiveAccess {
                reference: Reference::from_random([0; 5]),
                under: Under {
                    tenant: TenantId(Uuid::nil()),
                    request: request(0),
                },
                service: ServiceId(Uuid::nil()),
                reach: Reach::default(),
                until: DateTime::UNIX_EPOCH + TimeDelta::hours(hours),
            }),
        }
    }

    fn wanted() -> Wanted {
        Wanted {
            engineer: EmailAddress::parse("ivo@provider.example").unwrap(),
            tenant: Slug::parse("fabrikam").unwrap(),
            service: Slug::parse("teams").unwrap(),
        }
    }

    fn hours(known: &Known) -> Vec<i64> {
        known
            .live_access(&wanted())
            .map(|live| (live.unwrap().until - DateTime::UNIX_EPOCH).num_hours())
            .collect()
    }

    #[test]
    fn a_window_is_taken_away_without_another_one() {
        let mut known = Known::default();
        for (number, until) in [(1, 2), (2, 4), (3, 3)] {
            known.put(request(number), Some(found(until)));
        }
        assert_eq!(hours(&known), [4, 3, 2], "the longest first");
        known.put(request(2), None);
        assert_eq!(hours(&known), [3, 2]);
        known.put(request(1), Some(found(9)));
        assert_eq!(hours(&known), [9, 3], "found again, not twice");
        known.put(request(1), None);
        known.put(request(3), None);
        known.put(request(7), None);
        assert!(known.windows.is_empty() && known.places.is_empty());
    }

    #[test]
    fn nothing_is_known_before_the_first_reading_and_after_one_that_failed() {
        let board = Board::default();
        assert!(matches!(board.known(), Err(StoreError::KnowledgeTooOld)));
        board.write().looked = Some(Stopwatch::start());
        assert!(board.known().is_ok());
        board.write().looked = None;
        assert!(board.known().is_err());
    }
}
