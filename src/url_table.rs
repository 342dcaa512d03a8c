//! What the URL tables of both doors are made of: addresses that can be read as well as served, so that what tries
//! every address tries a new one at once.

use actix_web::guard::{Any, Get, Head};
use actix_web::web::{resource, route};
use actix_web::{FromRequest, Handler, Resource, Responder, Route};

/// Where thousands ask in a second: found first, and passed on through as little as may be.
pub const GATE: &str = "/access/v1/evaluation";

/// An address, the methods it takes, and who answers them.
pub struct Address {
    pattern: &'static str,
    ways: Vec<Way>,
}

/// One way in at an address.
pub struct Way {
    reads: bool,
    posts: bool,
    route: Route,
}

/// An address of this pattern: `/requests/{reference}`.
#[must_use]
pub const fn at(pattern: &'static str) -> Address {
    Address {
        pattern,
        ways: Vec::new(),
    }
}

/// GET, and HEAD as its shadow. Nothing behind it may change anything.
#[must_use]
pub fn read() -> Way {
    Way {
        reads: true,
        posts: false,
        route: route().guard(Any(Get()).or(Head())),
    }
}

/// POST.
#[must_use]
pub fn post() -> Way {
    Way {
        reads: false,
        posts: true,
        route: actix_web::web::post(),
    }
}

/// Any method whatever, since it is another request's. It takes no body and changes nothing.
#[must_use]
pub fn any() -> Way {
    Way {
        reads: true,
        posts: false,
        route: route(),
    }
}

impl Way {
    /// Who answers.
    #[must_use]
    pub fn to<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self {
            route: self.route.to(handler),
            ..self
        }
    }
}

impl Address {
    /// The same address with one more way in.
    #[must_use]
    pub fn route(mut self, way: Way) -> Self {
        self.ways.push(way);
        self
    }

    /// Its pattern.
    #[must_use]
    pub const fn pattern(&self) -> &'static str {
        self.pattern
    }

    /// Whether it takes GET and HEAD.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.ways.iter().any(|way| way.reads)
    }

    /// Whether it takes POST.
    #[must_use]
    pub fn posts(&self) -> bool {
        self.ways.iter().any(|way| way.posts)
    }

    /// The methods it takes, as in the header `Allow`.
    #[must_use]
    pub fn methods(&self) -> &'static str {
        match (self.reads(), self.posts()) {
            (true, false) => "GET, HEAD",
            (false, _) => "POST",
            (true, true) => "GET, HEAD, POST",
        }
    }

    /// What answers at this address below `prefix`, and `otherwise` to every other method.
    #[must_use]
    pub fn into_resource(self, prefix: &str, otherwise: Route) -> Resource {
        let below = self.pattern.strip_prefix(prefix).unwrap_or(self.pattern);
        self.ways
            .into_iter()
            .fold(resource(below), |resource, way| resource.route(way.route))
            .default_service(otherwise)
    }
}
