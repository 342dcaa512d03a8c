//! Somebody's session, got through the pages as a browser would.

use lockbox::acts::Lockbox;
use lockbox::acts::sign_in::authenticator_of;
use lockbox::domain::text::EmailAddress;
use lockbox::store::people;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use scraper::{Html, Selector};

use super::Done;

/// Signs in; the session, as `name=value`.
pub async fn sign_in(
    lockbox: &Lockbox,
    base_url: &str,
    email: &str,
    password: &str,
) -> Done<String> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    let address = EmailAddress::parse(email)?;
    let found = lockbox
        .store
        .read(|conn| people::by_email(conn, &address))?;
    let person = found.ok_or("nobody has this address")?;
    let secret = authenticator_of(lockbox, person.id)?.ok_or("no authenticator app")?;
    let code = secret.code_at(u64::try_from(lockbox.store.clock().now().timestamp())?);

    let door = client.get(format!("{base_url}/sign-in")).send().await?;
    let visitor = cookie(&door)?;
    let csrf = token(&door.text().await?)?;
    let first = [
        ("csrf", csrf.as_str()),
        ("email", email),
        ("password", password),
    ];
    let half_in = client
        .post(format!("{base_url}/sign-in"))
        .header(COOKIE, visitor);
    let half_in = cookie(&half_in.form(&first).send().await?)?;
    let address = format!("{base_url}/sign-in/second-factor");
    let page = client.get(&address).header(COOKIE, &half_in).send().await?;
    let csrf = token(&page.text().await?)?;
    let second = [
        ("csrf", csrf.as_str()),
        ("verification_code", code.as_str()),
    ];
    let signed_in = client.post(&address).header(COOKIE, half_in).form(&second);
    cookie(&signed_in.send().await?)
}

/// What the first form of a page carries against forgery.
pub fn token(page: &str) -> Done<String> {
    let field = Selector::parse("input[name=csrf]").map_err(|e| e.to_string())?;
    let page = Html::parse_document(page);
    let token = page
        .select(&field)
        .next()
        .and_then(|field| field.attr("value"));
    Ok(token.ok_or("a form without a token")?.to_owned())
}

/// The cookie that an answer sets, as `name=value`.
pub fn cookie(answer: &Response) -> Done<String> {
    let set = answer.headers().get(SET_COOKIE);
    let set = set.ok_or_else(|| format!("{} sets no cookie: {}", answer.url(), answer.status()))?;
    let (pair, _) = set.to_str()?.split_once(';').ok_or("a bare cookie")?;
    Ok(pair.to_owned())
}
