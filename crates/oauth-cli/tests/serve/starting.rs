//! What keeps it from starting is said, with what to do.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;

use oauth_provider::config::Settings;

use crate::certificates::pem;
use crate::running::{Place, Running, fails, free_port, serve};

#[test]
fn the_settings_in_effect_are_printed_and_can_be_read_again() {
    let place = Place::new();
    let config = place.with("oauth.toml", "development = true\n[log]\nformat = \"json\"\n");
    let mut command = serve(&place, &["--config", config.to_str().unwrap(), "--print-config"]);
    let output = command.env("OAUTH__LIFETIMES__ACCESS", "5m").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let read = Settings::read(&text, []).unwrap();
    assert_eq!((read.lifetimes.access.to_string().as_str(), read.to_toml()), ("5m", text));
    assert!(!place.path().join("oauth-data").exists(), "nothing is made");
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_its_line() {
    let place = Place::new();
    let config = place.with("oauth.toml", "development = true\nisuer = \"https://id.example.com\"\n");
    let error = fails(serve(&place, &["--config", config.to_str().unwrap()]));
    assert!(error.contains("line 2") && error.contains("isuer") && error.contains("issuer"), "{error}");
}

#[test]
fn a_taken_port_is_named_with_its_setting() {
    let place = Place::new();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = fails(serve(&place, &["--listen", &address]));
    assert!(error.contains("`listen`") && error.contains(&address) && error.contains("another"), "{error}");
}

#[test]
fn files_for_tls_that_do_not_do_are_named() {
    let place = Place::new();
    let made = rcgen::generate_simple_self_signed(vec!["id.example.com".into()]).unwrap();
    let certificate = place.with("cert.pem", &pem("CERTIFICATE", made.cert.der()));
    let key = place.with("key.pem", &pem("PRIVATE KEY", &made.signing_key.serialize_der()));
    let other = rcgen::KeyPair::generate().unwrap().serialize_der();
    let other = place.with("other.pem", &pem("PRIVATE KEY", &other));
    let empty = place.with("empty.pem", "nothing\n");
    let large = pem("CERTIFICATE", made.cert.der()) + &"\n".repeat(1 << 20);
    let large = place.with("large.pem", &large);
    let missing = place.path().join("missing.pem");
    let start = |certificate: &std::path::Path, key: &std::path::Path| {
        let mut command = serve(&place, &[]);
        command.env("OAUTH__ISSUER", "https://id.example.com").env("OAUTH__TLS__CERTIFICATE", certificate);
        command.env("OAUTH__TLS__KEY", key).env("OAUTH__LISTEN", format!("127.0.0.1:{}", free_port()));
        command
    };
    for (certificate, key, names) in [
        (&missing, &key, ["`tls.certificate`", "missing.pem"]),
        (&empty, &key, ["`tls.certificate`", "empty.pem"]),
        (&large, &key, ["`tls.certificate`", "larger than 1 MiB"]),
        (&certificate, &missing, ["`tls.key`", "missing.pem"]),
        (&certificate, &empty, ["`tls.key`", "empty.pem"]),
        (&certificate, &other, ["`tls.key`", "belongs to"]),
    ] {
        let error = fails(start(certificate, key));
        assert!(names.iter().all(|name| error.contains(name)), "{error}");
    }
    for (authorities, what) in [(&missing, "cannot be read"), (&empty, "no certificate"), (&large, "1 MiB")] {
        let mut command = start(&certificate, &key);
        command.env("OAUTH__TLS__CLIENT_AUTHORITIES", authorities);
        let error = fails(command);
        assert!(error.contains("`tls.client_authorities`") && error.contains(what), "{error}");
    }
    let port = free_port();
    let mut command = start(&certificate, &key);
    command.env("OAUTH__LISTEN", format!("127.0.0.1:{port}"));
    Running::of(command, port).stop();
}

/// Where even root cannot: a file stands in its place, or the file system takes no folders.
#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = Place::new();
    place.with("taken", "a file");
    for data in ["taken", "/proc/oauth-data"] {
        let listen = format!("127.0.0.1:{}", free_port());
        let error = fails(serve(&place, &["--listen", &listen, "--data", data]));
        assert!(
            error.contains("`data`") && error.contains(data) && error.contains("name another"),
            "{error}"
        );
    }
}

#[test]
fn keys_that_others_can_read_are_refused() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("oauth-data")).unwrap();
    let keys = place.with("oauth-data/seal.keys", &"A".repeat(43));
    std::fs::set_permissions(&keys, PermissionsExt::from_mode(0o644)).unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let error = fails(serve(&place, &["--listen", &listen]));
    assert!(error.contains("`seal.keys`") && error.contains("chmod 600"), "{error}");

    std::fs::set_permissions(&keys, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&keys, "short\n").unwrap();
    let error = fails(serve(&place, &["--listen", &listen]));
    assert!(error.contains("`seal.keys`") && error.contains("32 random bytes"), "{error}");
}

#[test]
fn a_store_with_another_key_is_not_opened_as_if_it_were_empty() {
    let (place, port) = (Place::new(), free_port());
    Running::on(&place, port, &[]).stop();
    let (keys, away) = (place.path().join("oauth-data/seal.keys"), place.path().join("away"));
    std::fs::rename(&keys, &away).unwrap();
    let error = fails(serve(&place, &["--listen", &format!("127.0.0.1:{port}")]));
    assert!(error.contains("key that is not here") && error.contains("`seal.keys`"), "{error}");
    assert!(!keys.exists(), "none is made that would open nothing");
    std::fs::rename(&away, &keys).unwrap();
    Running::on(&place, port, &[]).stop();
}

#[test]
fn a_file_that_is_no_store_or_a_newer_one_is_left_alone() {
    let (place, port) = (Place::new(), free_port());
    let listen = format!("127.0.0.1:{port}");
    std::fs::create_dir(place.path().join("oauth-data")).unwrap();
    let file = place.with("oauth-data/oauth.db", &"no database ".repeat(100));
    let error = fails(serve(&place, &["--listen", &listen]));
    assert!(error.contains("oauth.db") && error.contains("store.path"), "{error}");
    std::fs::remove_file(&file).unwrap();

    Running::on(&place, port, &[]).stop();
    // The version is at bytes 60 to 63 of the head of an SQLite file (its "user version").
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&file, &bytes).unwrap();
    let error = fails(serve(&place, &["--listen", &listen]));
    assert!(error.contains("version 99") && error.contains("newer program"), "{error}");
}
