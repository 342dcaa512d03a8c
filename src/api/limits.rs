//! How often may be asked: by each key, and by each address without one.
//!
//! A key has a budget of its own, counted after it is proven, so that nobody can use up another's. The data plane's
//! questions are not counted. Tries without a key that works are counted by address, after the key was looked for, so
//! that they lock out no key that works from the same address. Both are kept by each process, in bounded memory.
//!
//! What is left is said in the fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-09).

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::problem::Problem;
use crate::domain::id::KeyId;
use crate::store::Store;

/// How many seconds of a budget can be saved up.
const SAVED_SECONDS: u32 = 2;
/// Most keys counted one by one; beyond that those whose budgets are full again are forgotten.
const KEYS_KEPT: usize = 10_000;
/// Into how many places addresses fall. Two that fall into one share what strangers have.
const PLACES: u64 = 16_384;
/// By how much less a stranger may ask than a key.
const STRANGERS: u32 = 10;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

type Counted<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, StateInformationMiddleware>;

/// The budgets of keys and strangers.
pub struct Limits {
    budgets: Option<Budgets>,
}

struct Budgets {
    per_second: NonZeroU32,
    keys: Counted<KeyId>,
    strangers: Counted<u64>,
    places: RandomState,
    ticks: Ticks,
}

/// The store's clock, as a length of time.
#[derive(Clone)]
struct Ticks(Store);

impl Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let micros = self.0.clock().now().timestamp_micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }
}

/// How a key's budget stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    per_second: NonZeroU32,
    left: u32,
}

/// Where the handler leaves how the budget stands, for the answer.
pub type Left = Arc<OnceLock<Standing>>;

impl Limits {
    /// So many requests a second for each key, twice as many at once, and a tenth of that for each address without a
    /// key. Zero for no limits.
    #[must_use]
    pub fn new(per_second: u32, store: &Store) -> Self {
        let ticks = Ticks(store.clone());
        let budgets = NonZeroU32::new(per_second).map(|per_second| Budgets {
            per_second,
            keys: counted(per_second, &ticks),
            strangers: counted(
                NonZeroU32::new(per_second.get() / STRANGERS).unwrap_or(NonZeroU32::MIN),
                &ticks,
            ),
            places: RandomState::new(),
            ticks,
        });
        Self { budgets }
    }

    /// Counts a request of a proven key; none where nothing is limited.
    ///
    /// # Errors
    /// The 429 of a key whose budget is used up; how it stands comes along.
    pub fn key(&self, key: KeyId) -> Result<Option<Standing>, (Standing, Problem)> {
        let Some(budgets) = &self.budgets else {
            return Ok(None);
        };
        if budgets.keys.len() > KEYS_KEPT {
            budgets.keys.retain_recent();
        }
        let standing = |left| Standing {
            per_second: budgets.per_second,
            left,
        };
        match budgets.keys.check_key(&key) {
            Ok(snapshot) => Ok(Some(standing(snapshot.remaining_burst_capacity()))),
            Err(not_until) => {
                let wait = not_until.wait_time_from(budgets.ticks.now());
                let problem = Problem::too_many(
                    whole_seconds(wait),
                    "This API key has asked too often. Wait, and ask less often.",
                );
                Err((standing(0), problem))
            }
        }
    }

    /// Counts a try without a key that works.
    ///
    /// # Errors
    /// The 429 of an address from which there were too many.
    pub fn stranger(&self, source: Option<IpAddr>) -> Result<(), Problem> {
        let Some(budgets) = &self.budgets else {
            return Ok(());
        };
        let place = budgets.places.hash_one(network(source)) % PLACES;
        budgets
            .strangers
            .check_key(&place)
            .map(drop)
            .map_err(|not_until| {
                let wait = not_until.wait_time_from(budgets.ticks.now());
                Problem::too_many(
                    whole_seconds(wait),
                    "Too many requests without a valid API key came from your address. A valid key works at once.",
                )
            })
    }
}

fn counted<K: std::hash::Hash + Eq + Clone>(per_second: NonZeroU32, ticks: &Ticks) -> Counted<K> {
    let saved = per_second.get().saturating_mul(SAVED_SECONDS);
    let saved = NonZeroU32::new(saved).unwrap_or(per_second);
    let quota = Quota::per_second(per_second).allow_burst(saved);
    RateLimiter::new(quota, HashMapStateStore::default(), ticks.clone())
}

/// One household has many IPv6 addresses, and one network.
fn network(source: Option<IpAddr>) -> Option<IpAddr> {
    source.map(|address| match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        four @ IpAddr::V4(_) => four,
    })
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl Standing {
    fn policy(self) -> String {
        let most = self.per_second.get().saturating_mul(SAVED_SECONDS);
        format!("\"key\";q={most};w={SAVED_SECONDS}")
    }

    fn limit(self) -> String {
        let most = self.per_second.get().saturating_mul(SAVED_SECONDS);
        let full_in = most
            .saturating_sub(self.left)
            .div_ceil(self.per_second.get());
        format!("\"key\";r={};t={full_in}", self.left)
    }
}

/// Says in the answer how the budget stands, where a key was counted.
///
/// # Errors
/// Whatever the service says.
pub async fn tell(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    let standing = response
        .request()
        .extensions()
        .get::<Left>()
        .and_then(|left| left.get().copied());
    if let Some(standing) = standing {
        for (name, text) in [(POLICY, standing.policy()), (LIMIT, standing.limit())] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_is_said_in_the_words_of_the_draft() {
        let standing = |left| Standing {
            per_second: NonZeroU32::new(100).unwrap(),
            left,
        };
        assert_eq!(standing(200).policy(), "\"key\";q=200;w=2");
        assert_eq!(standing(200).limit(), "\"key\";r=200;t=0");
        assert_eq!(standing(199).limit(), "\"key\";r=199;t=1");
        assert_eq!(standing(0).limit(), "\"key\";r=0;t=2");
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let of = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
