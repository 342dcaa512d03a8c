//! Who is asking: an API key in `Authorization: Bearer lbx_…` (RFC 6750).

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::problem::Problem;
use crate::acts::Lockbox;
use crate::acts::evaluate::{Answer, Question, Unproven};
use crate::domain::audit::entry::{Actor, Author};
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
        self.lockbox
            .acting(move |lockbox| {
                // Keys are found by the hash of their text: how long that takes tells nothing about any key.
                let key = lockbox
                    .store
                    .read(|conn| api_keys::by_secret(conn, secret))?
                    .ok_or_else(Problem::unauthenticated)?;
                if !key.scopes.contains(&S::SCOPE) {
                    return Err(Problem::lacks_scope(S::SCOPE).into());
                }
                act(lockbox, &Caller { key, source })
            })
            .await
    }
}

impl Key<AccessRead> {
    /// Proves the key and answers the question, together with what others ask at the same moment. The key is proven
    /// also where what was sent is no question.
    ///
    /// # Errors
    /// The 401 of a key that was never issued, the 403 of one without the scope.
    pub async fn asking(self, question: Option<Question>) -> Result<Answer, Problem> {
        let lockbox = &self.lockbox;
        lockbox
            .questions
            .ask(&lockbox.store, self.secret_sha256, question)
            .await
            .map_err(|unproven| match unproven {
                Unproven::NoSuchKey => Problem::unauthenticated(),
                Unproven::Lacks(scope) => Problem::lacks_scope(scope),
            })
    }
}

impl<S: NeededScope> FromRequest for Key<S> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(shown(request))
    }
}

fn shown<S>(request: &HttpRequest) -> Result<Key<S>, Problem> {
    let text = bearer(request.headers()).ok_or_else(Problem::unauthenticated)?;
    let key = ApiKeyText::parse(text).map_err(|_| Problem::unauthenticated())?;
    let lockbox = request
        .app_data::<web::Data<Lockbox>>()
        .ok_or_else(|| Problem::internal(&"the side door was opened without a lockbox"))?;
    Ok(Key {
        lockbox: lockbox.clone(),
        secret_sha256: key.hash(),
        source: request
            .extensions()
            .get::<Call>()
            .and_then(|call| call.source),
        needs: PhantomData,
    })
}

/// The token of the one `Authorization` header. Two of them are none: whoever reads the other one would see
/// somebody else.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION);
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
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
