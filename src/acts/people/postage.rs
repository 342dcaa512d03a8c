//! How many invitations are sent: so many by one side, fewer by one side to one address, and not without end by all sides
//! to one address. Whoever invites hears only what their own side has used up.

use chrono::TimeDelta;

use crate::acts::setting::unfit;
use crate::acts::tries::{self, INVITATIONS_OF_A_SIDE, INVITATIONS_OF_A_SIDE_TO_AN_ADDRESS};
use crate::acts::{ActError, Lockbox, links};
use crate::domain::one_time_link::LinkKind;
use crate::domain::person::{Person, Side};
use crate::domain::time::Minutes;
use crate::store::Tx;

/// Makes somebody's invitation, which goes with the letter of the act's fact. `asking` is the side that asks for it; none
/// where the night shift does, for a new administrator that 72 hours were waited for.
///
/// Where all sides together have used up what one address gets, the letter is not sent and nobody is told: an answer would
/// say that others invite the same address. To whoever looks, the invitation is as it would be otherwise.
///
/// # Errors
/// [`ActError::Unfit`] where the side that asks has used up what it has itself. Nothing is counted then.
pub(in crate::acts) fn send_invitation(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    asking: Option<Side>,
    to: &Person,
) -> Result<(), ActError> {
    let kind = LinkKind::Invitation;
    let Some(side) = asking else {
        return links::make(lockbox, tx, to.id, kind);
    };
    let now = tx.now();
    let of_side = [tries::of_invitations_by(side)];
    if let Some(until) = tx.books().take_tries(&of_side, now)? {
        let words = format!(
            "Your organisation has sent {} invitations within an hour, and sends no more for now. Try again in {}.",
            INVITATIONS_OF_A_SIDE.tries,
            in_words(until - now)
        );
        return Err(unfit("email", words));
    }
    let of_side_to = [tries::of_invitations_by_to(side, &to.email)];
    if let Some(until) = tx.books().take_tries(&of_side_to, now)? {
        let words = format!(
            "Your organisation has sent {} invitations to this address within a day, and sends no more for now. Try again in {}.",
            INVITATIONS_OF_A_SIDE_TO_AN_ADDRESS.tries,
            in_words(until - now)
        );
        return Err(unfit("email", words));
    }
    let of_address = [tries::of_invitations_to(&to.email)];
    if tx.books().take_tries(&of_address, now)?.is_some() {
        tracing::warn!(person = %to.id, "too many invitations were sent to one address; one is not sent");
        return links::make_unread(lockbox, tx, to.id, kind);
    }
    links::make(lockbox, tx, to.id, kind)
}

/// "34 minutes", "22 hours 5 minutes": rounded up, so that it is never too early.
fn in_words(time: TimeDelta) -> String {
    let minutes = u32::try_from((time.num_seconds() + 59) / 60).ok();
    let minutes = minutes.and_then(|minutes| Minutes::new(minutes).ok());
    minutes.map_or_else(|| "a minute".to_owned(), |minutes| minutes.to_string())
}
