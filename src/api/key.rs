//! Who is asking: an API key in `Authorization: Bearer lbx_…` (RFC 6750).

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::limits::{Left, Limits};
use super::problem::Problem;
use crate::acts::Lockbox;
use crate::acts::activity::record_allowed;
use crate::acts::evaluate::{self, Answer, Heard, Question, Unproven, Why, evaluate};
use crate::domain::audit::entry::{Actor, Author};
use crate::domain::id::KeyId;
use crate::domain::key::{ApiKey, KeyScope};
use crate::identity::call::Call;
use crate::identity::token::ApiKeyText;
use crate::store::{StoreError, api_keys};

/// A scope as a type, so that a handler's parameter is its access rule.
pub trait NeededScope: Send + 'static {
    /// The scope.
    const SCOPE: KeyScope;
}

macro_rules! scopes {
    ($($scope:ident),+ $(,)?) => {$(
        #[doc = concat!("Needs [`KeyScope::", stringify!($scope), "`].")]
        #[derive(Debug)]
        pub enum $scope {}

        impl NeededScope for $scope {
            const SCOPE: KeyScope = KeyScope::$scope;
        }
    )+};
}

scopes!(
    RequestsWrite,
    RequestsRead,
    CasesWrite,
    AccessRead,
    AccessSearch,
    ActivityWrite,
    LogRead,
);

/// A key that was shown, for an act that needs the scope `S`.
///
/// It is proven in the same piece of blocking work as the act, so that a question costs one change of threads.
/// All that a key can be used for is [`Key::acting`] and [`Key::asking`], which prove it first.
pub struct Key<S> {
    lockbox: web::Data<Lockbox>,
    limits: web::Data<Limits>,
    left: Left,
    secret_sha256: [u8; 32],
    source: Option<IpAddr>,
    needs: PhantomData<S>,
}

/// Who is asking: a key that is proven and has the scope needed.
#[derive(Debug)]
pub struct Caller {
    /// The key.
    pub key: ApiKey,
    /// From which address.
    pub source: Option<IpAddr>,
}

impl Caller {
    /// The key as the author of an act.
    #[must_use]
    pub fn author(&self) -> Author {
        Author {
            actor: Actor::Key {
                id: self.key.id,
                name: self.key.name.clone(),
            },
            source: self.source,
            proof: None,
        }
    }
}

impl<S: NeededScope> Key<S> {
    /// The running product, for what comes after the key was proven.
    #[must_use]
    pub const fn lockbox(&self) -> &web::Data<Lockbox> {
        &self.lockbox
    }

    /// Proves the key and then acts, off the workers. The work is carried through even when the client has gone.
    ///
    /// # Errors
    /// The 401 of a key that was never issued, the 403 of one without the scope, and whatever the act says.
    pub async fn acting<T, E>(
        self,
        act: impl FnOnce(&Lockbox, &Caller) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Problem> + From<StoreError> + Send + 'static,
    {
        let (secret, source) = (self.secret_sha256, self.source);
        let (limits, left) = (self.limits, self.left);
        self.lockbox
            .acting(move |lockbox| {
                // Keys are found by the hash of their text: how long that takes tells nothing about any key.
                let now = lockbox.store.clock().now();
                let key = lockbox
                    .store
                    .read(|conn| api_keys::by_secret(conn, secret, now))?
                    .ok_or_else(|| unknown(&limits, source))?;
                if S::SCOPE.is_counted() {
                    count(&limits, &left, key.id)?;
                }
                if !key.scopes.contains(&S::SCOPE) {
                    return Err(Problem::lacks_scope(S::SCOPE).into());
                }
                lockbox.key_uses.note(&lockbox.store, key.id, now);
                act(lockbox, &Caller { key, source })
            })
            .await
    }
}

impl Key<AccessRead> {
    /// Proves the key and answers the question, from memory. The key is proven also where what was sent is no question.
    /// With `record`, an allow is recorded as activity before it is said.
    ///
    /// # Errors
    /// The 401 of a key that was never issued, the 403 of one without the scope.
    pub async fn asking(self, question: Option<Question>, record: bool) -> Result<Answer, Problem> {
        let lockbox = self.lockbox.clone();
        let asked = evaluate::ask(&lockbox, &self.secret_sha256, question.as_ref());
        let Heard {
            answer,
            at,
            key,
            name,
        } = match asked {
            Ok(heard) => heard,
            Err(Unproven::TooOld) => return Ok(Answer::Deny(Why::Undecidable)),
            // Most likely it is none, or lacks the scope. One that was just issued is found in the database alone.
            Err(Unproven::NoSuchKey) => self.asking_in_full(question.clone()).await?,
        };
        lockbox.key_uses.note(&lockbox.store, key, at);
        match (question, answer) {
            (Some(question), Some(answer)) if record => {
                Ok(record_allowed(&lockbox, question, answer, name).await)
            }
            (_, answer) => Ok(answer.unwrap_or(Answer::Deny(Why::NoActiveAccess))),
        }
    }

    async fn asking_in_full(self, question: Option<Question>) -> Result<Heard, Problem> {
        self.acting(move |lockbox, caller| {
            let bounds = &caller.key.bounds;
            let answer = question.and_then(|question| evaluate(lockbox, bounds, &[question]).pop());
            Ok(Heard {
                answer,
                at: lockbox.store.clock().now(),
                key: caller.key.id,
                name: caller.key.name.clone(),
            })
        })
        .await
    }
}

/// A proxy's key, for what an engineer asks of the system behind it. `Authorization` is the engineer's then.
pub struct ProxyKey(Key<AccessRead>);

impl ProxyKey {
    /// As [`Key::asking`]; an allow is always recorded.
    ///
    /// # Errors
    /// The 401 of a key that was never issued, the 403 of one without the scope.
    pub async fn asking(self, question: Option<Question>) -> Result<Answer, Problem> {
        self.0.asking(question, true).await
    }
}

impl FromRequest for ProxyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = the_one(request.headers(), "x-lockbox-key");
        let key = text.ok_or_else(Problem::no_key_of_proxy);
        ready(key.and_then(|text| of_text(request, text)).map(ProxyKey))
    }
}

impl<S: NeededScope> FromRequest for Key<S> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(shown(request))
    }
}

fn shown<S: NeededScope>(request: &HttpRequest) -> Result<Key<S>, Problem> {
    let (limits, source) = (data::<Limits>(request)?, source(request));
    let text = bearer(request.headers()).ok_or_else(|| unknown(&limits, source))?;
    of_text(request, text)
}

fn of_text<S: NeededScope>(request: &HttpRequest, text: &str) -> Result<Key<S>, Problem> {
    let (lockbox, limits) = (data::<Lockbox>(request)?, data::<Limits>(request)?);
    let source = source(request);
    let key = ApiKeyText::parse(text).map_err(|_| unknown(&limits, source))?;
    let left = Left::default();
    if S::SCOPE.is_counted() {
        request.extensions_mut().insert(left.clone());
    }
    Ok(Key {
        lockbox,
        limits,
        left,
        secret_sha256: key.hash(),
        source,
        needs: PhantomData,
    })
}

fn source(request: &HttpRequest) -> Option<IpAddr> {
    let extensions = request.extensions();
    extensions.get::<Call>().and_then(|call| call.source)
}

fn data<T: 'static>(request: &HttpRequest) -> Result<web::Data<T>, Problem> {
    let data = request.app_data::<web::Data<T>>();
    data.cloned()
        .ok_or_else(|| Problem::internal(&"the side door was opened without what it needs"))
}

/// The answer to a key that is missing or none that works: the 401, or the 429 where there were too many of these.
fn unknown(limits: &Limits, source: Option<IpAddr>) -> Problem {
    match limits.stranger(source) {
        Ok(()) => Problem::unauthenticated(),
        Err(problem) => problem,
    }
}

fn count(limits: &Limits, left: &Left, key: KeyId) -> Result<(), Problem> {
    let (standing, outcome) = match limits.key(key) {
        Ok(standing) => (standing, Ok(())),
        Err((standing, problem)) => (Some(standing), Err(problem)),
    };
    if let Some(standing) = standing {
        // Each request is counted once.
        let _ = left.set(standing);
    }
    outcome
}

/// The token of the one `Authorization` header. Two of them are none: whoever reads the other one would see
/// somebody else.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_of(the_one(headers, AUTHORIZATION.as_str())?)
}

/// The value of a header that is there once.
pub(super) fn the_one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name);
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    only.to_str().ok()
}

/// The token of this scheme; none of any other.
pub(super) fn bearer_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        for value in ["Bearer lbx_x", "bearer lbx_x", "BEARER   lbx_x "] {
            assert_eq!(bearer(&headers(&[value])), Some("lbx_x"), "{value}");
        }
    }

    #[test]
    fn anything_else_shows_no_key() {
        for values in [
            &[][..],
            &["lbx_x"],
            &["Bearer"],
            &["Basic lbx_x"],
            &["Bearerlbx_x"],
            &["Bearer lbx_x", "Bearer lbx_x"],
        ] {
            assert_eq!(bearer(&headers(values)), None, "{values:?}");
        }
    }
}
