//! `GET /.well-known/authzen-configuration`: where the data plane's questions are asked, in the words of the `OpenID
//! AuthZEN` Authorization API 1.0. It is for everybody: what it says is in the documentation, too.

pub(super) mod described;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::PortalUrl;

/// The addresses, all below the one base URL.
pub async fn show(portal: web::Data<PortalUrl>) -> HttpResponse {
    let base = portal.base();
    let below = |path: &str| format!("{base}{path}");
    HttpResponse::Ok().json(json!({
        "policy_decision_point": base,
        "access_evaluation_endpoint": below("/access/v1/evaluation"),
        "access_evaluations_endpoint": below("/access/v1/evaluations"),
        "search_subject_endpoint": below("/access/v1/search/subject"),
        "search_resource_endpoint": below("/access/v1/search/resource"),
        "search_action_endpoint": below("/access/v1/search/action"),
    }))
}
