//! TLS to the database.

use oauth_sansio::Secret;
use oauth_store_postgres::{OpenError, Options, PostgresStore};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::server::{self, Server};
use oauth_store::kit::exchange::write;

/// A root, and a certificate of its own for `localhost` with its key, all in PEM.
fn certificates() -> [String; 3] {
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".into()]).unwrap().signed_by(&key, &root).unwrap();
    [root.pem(), certificate.pem(), key.serialize_pem()]
}

#[tokio::test]
async fn a_network_is_crossed_with_tls_to_a_server_whose_certificate_is_known_and_for_its_host() {
    let Some(server) = Server::start("tls", "") else { return };
    let [root, certificate, key] = certificates();
    server::write(&server.file("server.crt"), &certificate);
    server::write(&server.file("server.key"), &key);
    let options = Options { roots: Some(root), ..server.options() };
    let open = async |address: &str, options: &Options| {
        PostgresStore::open_with(&Secret::new(address), options).await
    };

    // As long as the server speaks no TLS, there is no way to it that the address does not ask for.
    let there = server.address_at("localhost");
    for address in [&there, &format!("{there} sslmode=prefer"), &format!("{there} sslmode=require")] {
        let error = open(address, &options).await.unwrap_err();
        assert!(matches!(&error, OpenError::Unavailable(_)) && error.to_string().contains("TLS"), "{error}");
    }
    open(&format!("{there} sslmode=disable"), &options).await.unwrap();

    let client = server.client(&options).await;
    client.batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    // A new connection may still be one that the server has not heard of the change in.
    let store = loop {
        match open(&there, &options).await {
            Ok(store) => break store,
            Err(error) => assert!(error.to_string().contains("does not support TLS"), "{error}"),
        }
    };
    write(&store, "ticket").await;
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name = $1";
    let name = format!("oauth {}", options.schema);
    let count: i64 = client.query_one(encrypted, &[&name]).await.unwrap().get(0);
    assert_eq!(count, 1);

    let elsewhere = open(&server.address_at("127.0.0.1"), &options).await.unwrap_err();
    assert!(elsewhere.to_string().contains("not valid for name"), "{elsewhere}");
    let [other_root, ..] = certificates();
    for roots in [None, Some(other_root)] {
        let unknown = open(&there, &Options { roots, ..options.clone() }).await.unwrap_err();
        assert!(unknown.to_string().contains("invalid peer certificate"), "{unknown}");
    }
}

#[tokio::test]
async fn roots_that_are_none_are_refused() {
    for roots in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let options = Options { roots: Some(roots.into()), ..Options::default() };
        let error = PostgresStore::open_with(&Secret::new("host=localhost"), &options).await.unwrap_err();
        assert!(matches!(error, OpenError::Roots(_)), "{error:?}");
    }
}
