//! What the page of the setting shows.

use super::typed::{Typed, lines};
use super::{key_of, way_back};
use crate::acts::Flaw;
use crate::domain::person::{Role, Side};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::single_sign_on::{SignOn, Stage};
use crate::domain::text::Line;
use crate::store::single_sign_on;
use crate::web::error::WebError;
use crate::web::guard::Member;
use crate::web::view::{Field, Place, SignOnStage, SingleSignOnPage};

/// The page of the setting.
pub(super) const SETTING: &str = "/settings/single-sign-on";

/// The fields of the form.
const FIELDS: [&str; 6] = ["issuer", "client_id", "secret", "claim", "groups", "strong"];

/// The page, with what somebody typed or with what is set.
pub(super) async fn view(
    member: &Member,
    typed: Option<Typed>,
) -> Result<SingleSignOnPage, WebError> {
    let (who, side) = (member.person(), member.person().side);
    may(who, Act::SeeSettings, Subject::of(side))?;
    let known = member
        .lockbox()
        .reading(move |conn| single_sign_on::of(conn, side))
        .await?;
    let known = known.map(|(known, _)| known);
    let may_change = may(&member.who, Act::SetSingleSignOn, Subject::of(side)).is_ok();
    let typed = typed.unwrap_or_else(|| Typed {
        code: member.code_field(),
        ..known.as_ref().map(as_set).unwrap_or_default()
    });
    let field = |name: &str, value: &str| Field {
        value: value.to_owned(),
        error: Flaw::words_of(&typed.flaws, name),
    };
    let mut whole = typed.flaws.clone();
    whole.retain(|flaw| !FIELDS.contains(&flaw.field));
    let key = key_of(member.tenant());
    let start = member.site().base_url.join(&format!("/sign-in/sso/{key}"));
    Ok(SingleSignOnPage {
        shell: member.shell(Place::Settings),
        stage: match known.as_ref().map(|known| known.stage) {
            None => SignOnStage::NotSet,
            Some(Stage::Untested) => SignOnStage::Untested,
            Some(Stage::Tested) => SignOnStage::Tested,
            Some(Stage::On { since }) => SignOnStage::On(member.times().at(since)),
        },
        start: start.map(String::from).unwrap_or_default(),
        way_back: way_back(member.site(), key)?.into(),
        issuer: field("issuer", &typed.issuer),
        client_id: field("client_id", &typed.client_id),
        secret: field("secret", ""),
        has_secret: known.is_some(),
        claim: field("claim", &typed.claim),
        groups: field("groups", &typed.groups),
        strong: field("strong", &typed.strong),
        roles: roles(side),
        may_change,
        code: typed.code.clone().filter(|_| may_change),
        problem: (!whole.is_empty()).then(|| Flaw::sentences(&whole)),
    })
}

fn as_set(known: &SignOn) -> Typed {
    let (setting, groups) = (&known.setting, known.setting.groups.as_ref());
    let strong: Vec<&str> = setting.strong.iter().map(Line::as_str).collect();
    Typed {
        issuer: setting.issuer.to_string(),
        client_id: setting.client_id.to_string(),
        claim: groups.map_or_else(String::new, |groups| groups.claim.to_string()),
        groups: groups.map(lines).unwrap_or_default(),
        strong: strong.join("\n"),
        ..Typed::default()
    }
}

fn roles(side: Side) -> String {
    let of_side = |role: &Role| role.is_providers() == (side == Side::Provider);
    let roles = Role::ALL.into_iter().filter(of_side);
    let words: Vec<String> = roles.map(|role| role.to_string()).collect();
    words.join(", ")
}
