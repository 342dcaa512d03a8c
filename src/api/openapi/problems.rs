//! What each kind of problem means to whoever gets it.

use crate::api::problem::Kind;

/// A kind in words.
#[derive(Debug, Clone, Copy)]
pub struct Explained {
    /// What happened.
    pub happened: &'static str,
    /// What did not happen because of it.
    pub safe: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// What a kind means.
#[must_use]
pub const fn explained(kind: Kind) -> Explained {
    const NOTHING: &str = "Nothing was changed.";
    const DENIED: &str = "Nobody was let in.";
    let (happened, safe, advice) = match kind {
        Kind::Malformed => (
            "The request is not what HTTP, JSON or this address wants: a body that is no JSON, a query that is not known, a cursor of another list.",
            NOTHING,
            "Mend what the detail names. The same request will get the same answer.",
        ),
        Kind::Unauthenticated => (
            "The request shows no API key, or none that works: it was never issued, was revoked, or has expired.",
            NOTHING,
            "Send the key as \"Authorization: Bearer lbx_…\"; a proxy sends its own as \"X-Lockbox-Key\".",
        ),
        Kind::NoPass(_) => (
            "The proxy's key is good, and the client shows no access pass that is believed. X-Lockbox-Reason says why in a word.",
            DENIED,
            "Take a new pass on the request's page, and send it once.",
        ),
        Kind::Forbidden => (
            "The API key works, and is not for this: it lacks the scope, or what is asked for is not the key's.",
            NOTHING,
            "Use a key with the scope that the detail names.",
        ),
        Kind::NoAccess(_) => (
            "The pass is believed, and there is no access for this now. X-Lockbox-Reason says why in a word.",
            DENIED,
            "See where the request stands, and what its scope contains.",
        ),
        Kind::NotFound => (
            "There is nothing at this address, or nothing for this key: what lies beyond a key's bounds is told the same.",
            NOTHING,
            "Look at the address, and at what the key is bound to.",
        ),
        Kind::MethodNotAllowed(_) => (
            "The address is there, and takes other methods.",
            NOTHING,
            "Use one that the field Allow names.",
        ),
        Kind::Conflict => (
            "The request or the case is in a state that does not go with this: somebody was faster, or its time is over.",
            NOTHING,
            "Read how it stands, and decide anew.",
        ),
        Kind::TooManyOpen => (
            "The engineer has as many open requests for this tenant as are allowed.",
            NOTHING,
            "Withdraw one that is not needed, or wait until one is over.",
        ),
        Kind::InProgress => (
            "A request with the same Idempotency-Key is being answered.",
            "It is done once.",
            "Send the same request again in a moment: the answer is the same.",
        ),
        Kind::TooLarge => (
            "The body has more than 64 KiB.",
            NOTHING,
            "Send less, or in several requests.",
        ),
        Kind::NotJson => (
            "The body is not said to be JSON, or is said to be compressed.",
            NOTHING,
            "Send \"Content-Type: application/json\" and no Content-Encoding.",
        ),
        Kind::Unfit => (
            "The body is JSON, and something in it does not fit. The member errors names each part that does not.",
            NOTHING,
            "Mend every part that is named, and send it again.",
        ),
        Kind::KeyReused => (
            "The Idempotency-Key came with another body before.",
            "What was done the first time stands, and nothing was added.",
            "Send a new key with a new body, and the old one only with what it came with.",
        ),
        Kind::TooMany(_) => (
            "Too many requests came from this key, or too many without a key that works from this address.",
            NOTHING,
            "Wait for as many seconds as Retry-After says, and ask less often.",
        ),
        Kind::Internal => (
            "Something is broken on our side. What it is stands in the log of the deployment, beside the answer's X-Request-ID.",
            "What was not finished was not done.",
            "Tell whoever runs the deployment, with the X-Request-ID.",
        ),
        Kind::Unavailable => (
            "The deployment cannot answer now: its database does not, or it cannot be sure of the time.",
            "What cannot be known is denied.",
            "Send the same request again later, with the same Idempotency-Key where it has one.",
        ),
    };
    Explained {
        happened,
        safe,
        advice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_there_once_and_explained() {
        let mut uris: Vec<&str> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
        uris.sort_unstable();
        uris.dedup();
        assert_eq!(uris.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(!explained(kind).advice.is_empty() && !kind.name().contains('/'));
        }
    }
}
