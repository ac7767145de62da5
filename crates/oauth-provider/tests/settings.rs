//! Settings: what is refused and how it is said, what the environment changes, what is printed.
#![allow(clippy::unwrap_used, reason = "a test")]

use oauth_provider::config::{ConfigError, Settings};

const GOOD: &str = "issuer = \"https://id.example.com\"\n\
    tls.certificate = \"cert.pem\"\n\
    tls.key = \"key.pem\"\n\
    scopes = { photos = \"See your photos\" }\n";

fn refused(file: &str) -> String {
    Settings::read(file, []).map(|settings| settings.to_toml()).unwrap_err().to_string()
}

/// Each with the key that the error names, and a word of what to do.
const BAD: [(&str, &str, &str); 49] = [
    ("", "`issuer`", "https://id.example.com"),
    ("issuer = \"id.example.com\"", "issuer", "relative URL"),
    ("issuer = \"http://id.example.com\"", "`issuer`", "https"),
    ("issuer = \"http://127.0.0.1:8080\"", "`issuer`", "development = true"),
    ("issuer = \"https://id.example.com?x\"", "`issuer`", "query"),
    (
        "issuer = \"https://id.example.com/tenant\"\nbehind_proxy = { addresses = [\"10.0.0.1\"] }",
        "`oauth1.enabled`",
        "false",
    ),
    ("issuer = \"https://id.example.com\"", "`tls`", "behind_proxy"),
    ("isuer = \"https://id.example.com\"", "isuer", "issuer"),
    ("+listen = \"localhost\"", "listen", "socket address"),
    ("+listen = 8080", "listen", "socket address"),
    ("+tls.cert = \"x\"", "cert", "client_certificates"),
    (
        "issuer = \"https://a.example\"\ntls = { certificate = \"c\", key = \"k\", read_every = \"0s\" }",
        "`tls.read_every`",
        "1s at least",
    ),
    ("+behind_proxy = { addresses = [\"10.0.0.1\"] }", "`behind_proxy`", "take one of them away"),
    (
        "issuer = \"https://a.example\"\nbehind_proxy = { addresses = [] }",
        "`behind_proxy.addresses`",
        "connections",
    ),
    (
        "+behind_proxy = { addresses = [\"10.0.0.1\"], client_address = \"a b\" }",
        "`behind_proxy.client_address`",
        "x-forwarded-for",
    ),
    ("+oauth1 = { enabled = false, migration = {} }", "`oauth1.migration`", "`oauth1.enabled`"),
    ("+profile = \"fapi2\"\noauth1.migration = {}", "`oauth1.migration`", "oauth21"),
    ("+oauth1.migration.realms = { old = [\"videos\"] }", "`oauth1.migration.realms`", "videos"),
    ("+oauth1.migration.without_realm = [\"videos\"]", "`oauth1.migration.without_realm`", "videos"),
    (
        "issuer = \"https://a.example\"\nbehind_proxy = { addresses = [\"10.0.0.1\"], client_certificate = { header = \"a b\" } }",
        "`behind_proxy.client_certificate.header`",
        "client-cert",
    ),
    (
        "issuer = \"https://a.example\"\nbehind_proxy = { addresses = [\"10.0.0.1\"], client_address = \"X-A\", client_certificate = { header = \"x-a\" } }",
        "`behind_proxy.client_certificate.header`",
        "same header",
    ),
    (
        "issuer = \"https://a.example\"\nbehind_proxy = { addresses = [\"10.0.0.1\"], client_certificate = { header = \"client-cert\", origin = \"http://b.example\" } }",
        "`behind_proxy.client_certificate.origin`",
        "https://mtls.id.example.com",
    ),
    (
        "+tls.mutual = { listen = \"0.0.0.0:8443\", origin = \"https://id.example.com:8443\" }",
        "`tls.mutual`",
        "`tls.client_authorities`",
    ),
    ("+tls.client_certificates = true\ntls.mutual.listen = \"0.0.0.0:8443\"", "mutual", "origin"),
    (
        "+listen = \"0.0.0.0:443\"\ntls.client_certificates = true\ntls.mutual = { listen = \"0.0.0.0:443\", origin = \"https://mtls.example\" }",
        "`tls.mutual.listen`",
        "another port",
    ),
    (
        "+tls.client_certificates = true\ntls.mutual = { listen = \"0.0.0.0:8443\", origin = \"https://id.example.com\" }",
        "`tls.mutual.origin`",
        "https://id.example.com:8443",
    ),
    (
        "+tls.client_certificates = true\ntls.mutual = { listen = \"0.0.0.0:8443\", origin = \"http://mtls.example\" }",
        "`tls.mutual.origin`",
        "https://mtls.id.example.com",
    ),
    ("development = true\nlisten = \"0.0.0.0:8080\"", "`listen`", "127.0.0.1:8080"),
    ("development = true\ntls = { certificate = \"c\", key = \"k\" }", "`tls`", "https"),
    ("+profile = \"oauth3\"", "profile", "oauth21"),
    ("+admin.listen = \"0.0.0.0:8081\"", "`admin.listen`", "127.0.0.1:8081"),
    ("+store.kind = \"redis\"", "kind", "sqlite"),
    ("+store.kind = \"postgres\"", "`store.address`", "postgresql://"),
    ("+store.address = \"db.address\"", "`store.address`", "take it away"),
    ("+store = { kind = \"memory\", path = \"x.db\" }", "`store.path`", "take it away"),
    ("+store.pth = \"x.db\"", "pth", "path"),
    ("+signing.algorithm = \"none\"", "algorithm", ""),
    ("+signing.algorithm = \"HS256\"", "`signing.algorithm`", "ES256"),
    ("+signing.publish_before = \"1m\"", "`signing.publish_before`", "15m"),
    ("+signing.rotate_every = \"1h\"", "`signing.rotate_every`", "publish_before"),
    ("+lifetimes.access = \"10 minutes\"", "access", "10m"),
    ("+lifetimes.access = \"0s\"", "`lifetimes.access`", "10m"),
    ("+registration = { open_to = \"anybody\", scopes = [\"videos\"] }", "`registration.scopes`", "`scopes`"),
    ("+registration = { open_to = \"token_holders\" }", "`registration.tokens`", "one token a line"),
    ("+limits.connections = 0", "`limits.connections`", "1000000"),
    ("+traces.sample = 101", "`traces.sample`", "0 to 100"),
    ("+traces.endpoint = \"http://me:word@collector/v1/traces\"", "`traces.endpoint`", "v1/traces"),
    ("+traces.endpoint = \"ftp://collector/v1/traces\"", "`traces.endpoint`", "v1/traces"),
    (
        "+resources = [{ identifier = \"https://api.example.com\", scopes = [\"videos\"] }]",
        "`resources.scopes`",
        "videos",
    ),
];

#[test]
fn what_cannot_be_used_is_refused_with_its_key_and_what_to_do() {
    for (file, key, fix) in BAD {
        let file = file.strip_prefix('+').map_or_else(|| file.to_owned(), |more| format!("{GOOD}{more}"));
        let error = refused(&file);
        assert!(error.contains(key) && error.contains(fix), "{file}\n{error}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let error =
        Settings::read("issuer = \"https://id.example.com\"\nlimits.body = 1\nlifetimes.access = \"0s\"", []);
    let Err(ConfigError::Wrong(problems)) = error else { panic!("{error:?}") };
    let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["tls", "limits.body", "lifetimes.access"]);
}

#[test]
fn an_error_in_a_file_tells_the_file_and_the_line() {
    let folder = std::env::temp_dir().join(format!("oauth-settings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("oauth.toml");
    std::fs::write(&path, format!("{GOOD}\n\nlisten_on = 1\n")).unwrap();
    let error = Settings::load(Some(&path), []).unwrap_err().to_string();
    assert!(
        error.contains("oauth.toml") && error.contains("line 7") && error.contains("listen_on"),
        "{error}"
    );
    let error = Settings::load(Some(&folder.join("none.toml")), []).unwrap_err().to_string();
    assert!(error.contains("none.toml"), "{error}");
    std::fs::write(&path, "#".repeat(2 << 20)).unwrap();
    assert!(Settings::load(Some(&path), []).unwrap_err().to_string().contains("1 MiB"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_environment_goes_before_the_file() {
    let variables = [
        ("OAUTH__ISSUER", "https://other.example"),
        ("OAUTH__STORE__PATH", "/var/lib/oauth/store.db"),
        ("OAUTH__LIMITS__WRONG_TRIES", "3"),
        ("OAUTH__OAUTH1__REALMS", "[\"photos\"]"),
        ("OAUTH_TOKEN", "not ours"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::read(GOOD, variables).unwrap();
    assert_eq!(settings.issuer.unwrap().as_str(), "https://other.example/");
    assert_eq!(settings.store.path.unwrap().to_str(), Some("/var/lib/oauth/store.db"));
    assert_eq!((settings.limits.wrong_tries, settings.oauth1.realms), (3, vec!["photos".to_owned()]));

    let error = Settings::read(GOOD, [("OAUTH__LIMITS__TRIES".into(), "3".into())]).unwrap_err().to_string();
    assert!(error.contains("OAUTH__") && error.contains("tries") && error.contains("wrong_tries"), "{error}");
}

#[test]
fn without_a_file_it_is_for_trying_things_out_and_with_one_never_by_mistake() {
    let settings = Settings::load(None, []).unwrap();
    assert!(settings.development && settings.listen.ip().is_loopback());
    assert_eq!(settings.issuer.as_ref().unwrap().as_str(), "http://127.0.0.1:8080/");
    let moved = Settings::load(None, [("OAUTH__LISTEN".into(), "127.0.0.1:9".into())]).unwrap();
    assert_eq!(moved.issuer.unwrap().port(), Some(9));

    let proxied = [
        ("OAUTH__ISSUER".to_owned(), "https://id.example.com".to_owned()),
        ("OAUTH__BEHIND_PROXY__ADDRESSES".to_owned(), "[\"10.0.0.1\"]".to_owned()),
    ];
    assert!(!Settings::load(None, proxied).unwrap().development);
    assert!(!Settings::read(GOOD, []).unwrap().development);
}

#[test]
fn what_is_printed_is_read_back_as_what_is_in_effect() {
    let full = format!(
        "{GOOD}tls.client_certificates = true\ntls.mutual = {{ listen = \"0.0.0.0:8443\", origin = \"https://mtls.example\" }}\n\
         profile = \"fapi2\"\nresource_servers = [\"api\"]\n\
         [[resources]]\nidentifier = \"https://api.example.com\"\ntoken = \"jwt\"\naccess = \"90s\"\nscopes = [\"photos\"]\n\
         [registration]\nopen_to = \"anybody\"\nscopes = [\"photos\"]\n[metrics]\nlisten = \"127.0.0.1:9464\"\n\
         [lifetimes]\noauth1_token = \"30d\"\n"
    );
    for settings in [Settings::read(&full, []).unwrap(), Settings::load(None, []).unwrap()] {
        let printed = settings.to_toml();
        assert_eq!(Settings::read(&printed, []).unwrap(), settings, "{printed}");
    }
}
