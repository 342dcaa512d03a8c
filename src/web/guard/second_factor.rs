//! The second factor, where a form asks for it: the field, what was shown in it, and what came of that.

use actix_web::web;
use chrono::TimeDelta;

use super::Member;
use crate::acts::Lockbox;
use crate::acts::show_passkey::{Shown, show_passkey};
use crate::acts::sign_in::{CodeShown, Fresh, Gaining, SignedIn, show_second_factor};
use crate::acts::tries::Trying;
use crate::domain::second_factor::FactorKind;
use crate::identity::passkey::Assertion;
use crate::web::error::WebError;
use crate::web::session::{Visit, WRONG_CODES_MAX};
use crate::web::single_sign_on;
use crate::web::site::Site;
use crate::web::view::CodeField;

/// What came of asking for what it takes to gain a second factor.
pub enum ToGain {
    /// It is there.
    Gaining(Gaining),
    /// It is not; the form is shown again with this field.
    Ask(CodeField),
}

/// What came of asking for the second factor.
pub enum Confirmation {
    /// It is fresh.
    Fresh(Box<Fresh>),
    /// It is not; the form is shown again with this field.
    Ask(CodeField),
}

impl Member {
    /// The field for the code, where the second factor is stale.
    #[must_use]
    pub fn code_field(&self) -> Option<CodeField> {
        let stale = self.who.fresh(self.now).is_none();
        stale.then(|| self.with_other_ways(CodeField::default()))
    }

    /// The same on a form that gains a second factor, for which a recovery code has been enough.
    #[must_use]
    pub fn code_field_to_gain(&self) -> Option<CodeField> {
        self.code_field()
            .filter(|_| self.who.gaining(self.now).is_none())
    }

    /// Asks for what it takes to gain a second factor: a fresh one, or a recovery code used at the door just now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn confirm_to_gain(&self, code: Option<&str>) -> Result<ToGain, WebError> {
        if let Some(gaining) = self.who.gaining(self.now) {
            return Ok(ToGain::Gaining(gaining));
        }
        Ok(match self.confirm(code).await? {
            Confirmation::Fresh(fresh) => fresh
                .gaining(self.now)
                .map_or_else(|| ToGain::Ask(CodeField::default()), ToGain::Gaining),
            Confirmation::Ask(field) => ToGain::Ask(field),
        })
    }

    /// What the field for the code offers besides a code.
    fn with_other_ways(&self, field: CodeField) -> CodeField {
        field
            .or_passkey(self.can_show_passkey())
            .or_single_sign_on(self.proving_anew())
    }

    /// The way to prove it anew where they came from, and back here.
    fn proving_anew(&self) -> Option<String> {
        let came_by_it = self.who.second_factor.kind == FactorKind::IdentityProvider;
        came_by_it.then(|| single_sign_on::proving_anew(self.tenant(), &self.here))
    }

    /// Asks for a fresh second factor: the one shown lately, or this code.
    ///
    /// A right code makes the whole session fresh. After [`WRONG_CODES_MAX`] wrong ones the session ends and the
    /// password is asked again.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn confirm(&self, code: Option<&str>) -> Result<Confirmation, WebError> {
        if let Some(fresh) = self.who.fresh(self.now) {
            return Ok(Confirmation::Fresh(Box::new(fresh)));
        }
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
            return Ok(self.ask("Enter the verification code from your authenticator app."));
        };
        let mut visit = self.visit.clone();
        let (typed, by) = (code.to_owned(), Trying::Inside);
        match shown(&self.lockbox, &self.site, &visit, by, typed).await? {
            CodeShown::Right(second_factor) => {
                visit.showing(second_factor, self.now).keep(&self.session)?;
                let who = SignedIn {
                    second_factor,
                    second_factor_at: self.now,
                    ..self.who.clone()
                };
                return who
                    .fresh(self.now)
                    .map(|fresh| Confirmation::Fresh(Box::new(fresh)))
                    .ok_or(WebError::Forged);
            }
            // It was not looked at, so it is no wrong one.
            CodeShown::TooMany(until) => return Ok(self.ask(&too_many_codes(until - self.now))),
            CodeShown::Wrong => {}
        }
        visit.wrong_codes += 1;
        if visit.wrong_codes >= WRONG_CODES_MAX {
            self.session.purge();
            return Err(WebError::SignInFirst("/".to_owned()));
        }
        visit.keep(&self.session)?;
        Ok(self.ask(refusal(code)))
    }

    fn ask(&self, why: &str) -> Confirmation {
        Confirmation::Ask(self.with_other_ways(CodeField::refused(why)))
    }
}

/// The second factor that was shown in the field for the code, if it counts for this visit: a code, or what a passkey
/// said.
pub(in crate::web) async fn shown(
    lockbox: &Lockbox,
    site: &web::Data<Site>,
    visit: &Visit,
    by: Trying,
    typed: String,
) -> Result<CodeShown, WebError> {
    let (person, whose, site) = (visit.person, visit.id.clone(), site.clone());
    let shown = lockbox
        .acting(move |lockbox| match &site.passkeys {
            Some(party) if Assertion::is_one(&typed) => {
                let shown = Shown {
                    party,
                    whose: &whose,
                    person: Some(person),
                    answer: &typed,
                };
                let shown = show_passkey(lockbox, shown)?;
                Ok(shown.map_or(CodeShown::Wrong, |(_, factor)| CodeShown::Right(factor)))
            }
            _ => show_second_factor(lockbox, person, &by, &typed),
        })
        .await?;
    Ok(shown)
}

/// Why what stood in the field for the code does not count.
pub(in crate::web) fn refusal(typed: &str) -> &'static str {
    if Assertion::is_one(typed) {
        "That passkey did not count. Use it once more, or enter a code."
    } else {
        "This code is wrong or was used before. Wait for the next one and enter it."
    }
}

/// What whoever tried too many codes is told.
pub(in crate::web) fn too_many_codes(left: TimeDelta) -> String {
    format!(
        "Too many codes were tried. This one was not looked at. Wait {} and try again.",
        in_minutes(left)
    )
}

/// How long that is, in whole minutes that are not too few: "1 minute", "10 minutes".
pub(in crate::web) fn in_minutes(left: TimeDelta) -> String {
    let minutes = (left.num_seconds() + 59) / 60;
    let plural = if minutes == 1 { "" } else { "s" };
    format!("{minutes} minute{plural}")
}
