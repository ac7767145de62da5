//! Writes every page into a folder, to be looked at: `cargo run -p oauth-provider --example pages -- target/pages`.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use oauth_hyper_server::{Pages as _, Turn, Visit};
use oauth_provider::{LoginConsent, MemoryUsers};
use oauth_sansio::{Detail, LoginWish, Prompt, Secret, Timestamp};
use oauth_store::{IssuerStore, MemoryStore};
use oauth2_core::server::DevicePage;
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name a folder")?);
    std::fs::create_dir_all(&folder)?;
    let write = |name: &str, page: &Response<Bytes>| std::fs::write(folder.join(name), page.body());

    let mut users = MemoryUsers::new()?;
    users.add("alice", &Secret::new("wonderland"))?;
    let store = IssuerStore::new(Arc::new(MemoryStore::new()), "https://as.example.com");
    let pages = LoginConsent::new(&Url::parse("https://as.example.com")?, Arc::new(users), store)?;
    let mut cookies = HeaderMap::new();

    let show = async |prompt: &Prompt, cookies: &HeaderMap, form: &'static str| {
        let method = if form.is_empty() { Method::GET } else { Method::POST };
        let (uri, body) = (Uri::from_static("/oauth2/consent?handle=a"), Bytes::from_static(form.as_bytes()));
        let visit = Visit { method: &method, uri: &uri, headers: cookies, body: &body, peer: None };
        match pages.interact(prompt, &visit).await {
            Turn::Page(page) => Ok(page),
            Turn::Answer(answer) => Err(format!("not a page: {answer:?}")),
        }
    };

    write("login.html", &show(&usual(), &cookies, "").await?)?;
    write("login-failed.html", &show(&usual(), &cookies, "username=alice&password=x").await?)?;
    let logged_in = show(&usual(), &cookies, "username=alice&password=wonderland").await?;
    let cookie = logged_in.headers().get(header::SET_COOKIE).ok_or("not logged in")?.to_str()?;
    cookies.insert(header::COOKIE, cookie.split(';').next().unwrap_or_default().parse()?);
    write("consent.html", &show(&usual(), &cookies, "").await?)?;
    write("consent-hostile.html", &show(&hostile(), &cookies, "").await?)?;
    write("consent-detail.html", &show(&in_detail(), &cookies, "").await?)?;
    write("login-again.html", &show(&again(), &cookies, "").await?)?;
    write("consent-code.html", &show(&by_code(), &cookies, "").await?)?;
    for status in [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN, StatusCode::SERVICE_UNAVAILABLE] {
        let page = pages.refused(status).ok_or("no page")?;
        write(&format!("refused-{}.html", status.as_u16()), &page)?;
    }
    let device = |page| pages.device(&page).ok_or("no page");
    write("device.html", &device(DevicePage::Enter { user_code: Some("BCDF-GHJK".into()), wrong: false })?)?;
    write("device-wrong.html", &device(DevicePage::Enter { user_code: None, wrong: true })?)?;
    write("device-allowed.html", &device(DevicePage::Decided { allowed: true })?)?;
    write("consent-device.html", &show(&by_device(), &cookies, "").await?)?;
    let code = Secret::new("hV7dPq2mXw9ZtR4kLs8B");
    write("verifier.html", &pages.verifier(&code).ok_or("no page")?)?;
    Ok(())
}

fn usual() -> Prompt {
    Prompt {
        client_id: "photo-printer".into(),
        client_name: "Photo Printer".into(),
        return_host: Some("printer.example.com".into()),
        return_origin: Some("https://printer.example.com".into()),
        scopes: vec!["photos.read".into(), "albums.read".into()],
        ..Prompt::default()
    }
}

fn hostile() -> Prompt {
    let host = "accounts.example.com.login.session.verify.0123456789abcdef0123456789abcdef.evil.example";
    Prompt {
        client_id: "https://evil.example/clients/".repeat(12),
        client_name: format!("P\u{430}ypal <b>\u{202e}lanigiro</b> {}", "very trustworthy ".repeat(9)),
        return_host: Some(host.into()),
        return_origin: Some(format!("https://{host}")),
        scopes: (1..=12).map(|i| format!("https://api.example.com/auth/{}", "scope.".repeat(i))).collect(),
        ..Prompt::default()
    }
}

fn in_detail() -> Prompt {
    let json =
        r#"{"type":"payment","amount":{"currency":"EUR","value":"123.50"},"to":"DE02100100109307118603"}"#;
    Prompt {
        resources: vec!["https://api.example.com/photos".into()],
        details: vec![Detail { kind: "payment".into(), json: json.into() }],
        login: LoginWish { choose: true, ..LoginWish::default() },
        may_be_remembered: true,
        ..usual()
    }
}

/// As if the person had logged in before the clock began.
fn again() -> Prompt {
    let login = LoginWish { since: Some(Timestamp::from_unix(u64::MAX)), ..LoginWish::default() };
    Prompt { login, ..usual() }
}

fn by_device() -> Prompt {
    Prompt { device: true, user_code: Some("BCDF-GHJK".into()), ..by_code() }
}

fn by_code() -> Prompt {
    let scopes = Vec::new();
    Prompt {
        return_host: None, return_origin: None, client_name: "مُصَوِّر الصور".into(), scopes, ..usual()
    }
}
