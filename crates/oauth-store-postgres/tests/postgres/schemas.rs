//! Schemas that are new, newer, or something else, and addresses that are none.

use oauth_sansio::{Digest, Outcome, Secret};
use oauth_store::{Key, Owner, Store as _, StoreError, Table, Tenant};
use oauth_store_postgres::{OpenError, Options, PostgresStore};

use crate::server::{PASSWORD, Server};
use oauth_store::kit::exchange::{exchange, is_whole, write};

#[tokio::test]
async fn what_was_written_is_there_when_the_schema_is_opened_again() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    write(&server.store_with(&options).await, "ticket").await;
    let store = server.store_with(&options).await;
    assert_eq!(is_whole(&store, "ticket").await, Some(true));
    let elsewhere = server.store().await;
    assert_eq!(is_whole(&elsewhere, "ticket").await, None, "another schema is another store");
}

#[tokio::test]
async fn an_empty_schema_is_used_under_any_name() {
    let Some(server) = Server::shared() else { return };
    let options = Options { schema: "An \"odd\"; name".into(), ..server.options() };
    let client = server.client(&server.options()).await;
    client.batch_execute("CREATE SCHEMA \"An \"\"odd\"\"; name\"").await.unwrap();
    write(&server.store_with(&options).await, "ticket").await;
    let tables = "SELECT FROM pg_tables WHERE schemaname = $1";
    assert_eq!(client.query(tables, &[&options.schema]).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_not_touched() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    drop(server.store_with(&options).await);
    let client = server.client(&options).await;
    client.batch_execute("UPDATE oauth_store SET version = 99").await.unwrap();
    let error = PostgresStore::open_with(&Secret::new(server.address()), &options).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, known: 2 }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the database has version 99 of the schema, and this program knows versions up to 2"
    );
    let version: i64 = client.query_one("SELECT version FROM oauth_store", &[]).await.unwrap().get(0);
    assert_eq!(version, 99);
}

#[tokio::test]
async fn the_schema_of_another_program_is_refused_and_not_touched() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let client = server.client(&options).await;
    client
        .batch_execute(&format!("CREATE SCHEMA {0}; CREATE TABLE {0}.theirs (a int)", options.schema))
        .await
        .unwrap();
    let error = PostgresStore::open_with(&Secret::new(server.address()), &options).await.unwrap_err();
    assert!(matches!(error, OpenError::Foreign), "{error:?}");
    let tables =
        "SELECT FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid WHERE nspname = $1";
    assert_eq!(client.query(tables, &[&options.schema]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_name_that_no_schema_can_have_is_refused() {
    for schema in ["", &"x".repeat(64), "a\0b"] {
        let options = Options { schema: schema.into(), ..Options::default() };
        let error = PostgresStore::open_with(&Secret::new("host=/nowhere"), &options).await.unwrap_err();
        assert!(matches!(error, OpenError::Schema), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_and_not_told() {
    for address in
        ["postgres://oauth:hush@host:port/db", "password=hush secret", "mysql://oauth:hush@host/", "?hush"]
    {
        let error = PostgresStore::open(&Secret::new(address)).await.unwrap_err();
        assert!(matches!(error, OpenError::Address), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_clearly_and_without_it() {
    let Some(server) = Server::shared() else { return };
    let address = server.address_at("127.0.0.1").replace(PASSWORD, "hush-hush");
    let address = Secret::new(format!("{address} sslmode=disable"));
    let error = PostgresStore::open_with(&address, &server.options()).await.unwrap_err();
    assert!(matches!(error, OpenError::Refused(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the database refuses the user: password authentication failed for user \"oauth\" (SQLSTATE 28P01)"
    );
    assert!(!format!("{error:?} {address:?}").contains("hush"), "{error:?}");
}

#[tokio::test]
async fn nothing_that_is_printed_of_a_store_has_its_password() {
    let Some(server) = Server::shared() else { return };
    let (store, options) = (server.store().await, server.options());
    assert!(!format!("{store:?} {options:?}").contains(PASSWORD));
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_errors_that_do_not_tell_them() {
    let Some(server) = Server::shared() else { return };
    let options = server.options();
    let store = server.store_with(&options).await;
    write(&store, "ticket").await;
    let client = server.client(&options).await;
    client.batch_execute("UPDATE rows SET record = '{\"OAuth2Access\": \"topsecret\"}'").await.unwrap();
    let error = store.load(&[exchange("ticket").put[0].key]).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("topsecret"), "{error:?}");

    // A server may put the row that it does not take into the details of its answer.
    client.batch_execute("ALTER TABLE rows ADD CHECK (record = 'none')  NOT VALID").await.unwrap();
    let error = store.commit(exchange("topsecret")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unavailable(_)) && error.to_string().contains("23514"), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("topsecret"), "{error:?}");
}

#[tokio::test]
async fn names_of_any_length_with_any_character_are_stored_and_listed() {
    let Some(server) = Server::shared() else { return };
    let store = server.store().await;
    let key = Key::new(Tenant::of("https://as.example.com"), Table::OAuth2Access, Digest::of("odd"));
    for name in ["\0", "a\0b", "\u{10ffff}", &"ä".repeat(10_000)] {
        let mut writes = exchange(name);
        writes.put.truncate(1);
        writes.put[0].key = key;
        assert_eq!(store.commit(writes).await.unwrap(), Outcome::Applied);
        let page = store.list(Owner::Subject(name), None, 10).await.unwrap();
        let [(found, row)] = &page.rows[..] else { panic!("{name}") };
        assert_eq!((*found, row.record.subject()), (key, Some(name)));
    }
}

/// What a user's or a server's defaults say does not matter.
#[tokio::test]
async fn every_connection_has_the_settings_that_the_store_needs() {
    let Some(server) = Server::shared() else { return };
    let client = server.client(&server.options()).await;
    let shown = "SELECT current_setting('synchronous_commit')";
    assert_eq!(client.query_one(shown, &[]).await.unwrap().get::<_, &str>(0), "off", "the server's default");
    for (default, wanted) in [
        ("off", "on"),
        ("local", "on"),
        ("remote_write", "on"),
        ("on", "on"),
        ("remote_apply", "remote_apply"),
    ] {
        let address = format!(
            "{} options='-c synchronous_commit={default} -c default_transaction_isolation=serializable'",
            server.address()
        );
        let options = server.options();
        let store = PostgresStore::open_with(&Secret::new(address), &options).await.unwrap();
        // A trigger of the test sees what holds while a commit runs.
        let client = server.client(&options).await;
        client
            .batch_execute(
                "CREATE TABLE seen (sync text, isolation text);
                CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    INSERT INTO seen VALUES (current_setting('synchronous_commit'), current_setting('transaction_isolation'));
                    RETURN NULL;
                END $$;
                CREATE TRIGGER see AFTER INSERT ON marks FOR EACH STATEMENT EXECUTE FUNCTION see()",
            )
            .await
            .unwrap();
        write(&store, "ticket").await;
        let seen = client.query_one("SELECT sync, isolation FROM seen", &[]).await.unwrap();
        assert_eq!([seen.get(0), seen.get::<_, &str>(1)], [wanted, "read committed"]);
    }
}
