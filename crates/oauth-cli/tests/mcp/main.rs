//! The examples of the Model Context Protocol, a client and a server that have never heard of each other, with our provider
//! between them and a person in front of it: three processes and a browser over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod description;
mod examples;
mod provider;

use oauth_cli::demo::{PASSWORD, Person, USER};
use oauth_hyper_client::Client as Http;
use tokio::net::TcpListener;
use url::Url;

use crate::{
    description::Description,
    examples::{Example, examples},
    provider::Provider,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_application_registers_where_the_server_sends_it_and_calls_a_tool_for_a_person() {
    let (client, said) = meet(None).await;
    assert!(said.starts_with("tools: who_am_i\nwho_am_i: "), "{said}");
    assert!(said.contains(&format!("\"{USER}, by ")), "{said}");
    assert!(!client.contains("https:"), "it has an identifier that was given out: {client}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_describes_itself_is_known_by_the_address_of_its_description() {
    let description = Description::serve().await;
    let (client, said) = meet(Some(&description)).await;
    assert_eq!(client, description.url);
    assert!(said.contains(&format!("\"{USER}, by {client}\"")), "{said}");
}

/// Everything from the address of a server to the answer of a tool: as which client the application came, and what it said
/// at its end.
async fn meet(description: Option<&Description>) -> (String, String) {
    let (client, server) = examples().await;
    let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let issuer = format!("http://{}", socket.local_addr().unwrap());
    // It says where it listens before it asks the issuer who that is; the provider has to know what its tokens are for.
    let mut server = Example::start(&server, &[&issuer, "http://127.0.0.1:0/mcp"]);
    let own = server.line("listening on ").await;
    Provider { issuer: Url::parse(&issuer).unwrap(), resource: own.clone(), description }.serve(socket).await;

    let document = description.map(|description| format!("--document={}", description.url));
    let arguments: Vec<&str> = document.iter().map(String::as_str).chain([own.as_str()]).collect();
    let mut client = Example::start(&client, &arguments);
    let address = Url::parse(&client.line("Please open ").await).unwrap();
    let asked = |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert!(address.as_str().starts_with(&issuer), "{address}");
    assert_eq!((asked("resource"), asked("scope")), (own, "photos".to_owned()));
    let client_id = asked("client_id");
    allow(&address).await;
    (client_id, client.end().await)
}

/// Logs in and allows what is asked, and comes back to the application.
async fn allow(address: &Url) {
    let mut person = Person::new(Http::new());
    let mut visit = person.open(address).await.unwrap();
    for fields in [&[("username", USER), ("password", PASSWORD)][..], &[("decision", "allow")]] {
        while let Ok(next) = visit.location() {
            visit = person.open(&next).await.unwrap();
        }
        visit = person.submit(&visit, fields).await.unwrap();
    }
    while let Ok(next) = visit.location() {
        visit = person.open(&next).await.unwrap();
    }
    let page = String::from_utf8_lossy(visit.response.body());
    assert!(page.contains("Access was granted"), "{page}");
}
