//! Clients that are known by the address of their description (draft-ietf-oauth-client-id-metadata-document).

use std::sync::Arc;

use oauth2_core::{
    client::{AssertionKey, ClientDocument, ClientMetadata},
    jose::{Algorithm, JwkSet, LocalSigner},
};

use crate::{
    world::{allow, scopes},
    *,
};

const ID: &str = "https://app.example/client.json";

#[test]
fn a_client_that_nobody_registered_is_granted_access_by_its_description() {
    for algorithm in [None, Some(Algorithm::Es256)] {
        let world = World::with(|config| {
            config.policy.client_id_metadata_documents = true;
            config.document_clients.scopes = scopes("read write");
        });
        let key = algorithm.map(|algorithm| LocalSigner::generate(algorithm, "mine").unwrap());
        let mut metadata = ClientMetadata::for_application("Album", [CALLBACK]);
        if let Some(key) = &key {
            metadata.token_endpoint_auth_method = Some("private_key_jwt".into());
            metadata.jwks = Some(JwkSet::new([key.public().unwrap()]));
        }
        let document = ClientDocument::new(ID, metadata).unwrap();
        world.web.publish(ID, &serde_json::from_slice(document.body()).unwrap());

        let found = run(&world, Discovery::new(ISSUER, Transport::Https).unwrap()).unwrap();
        let server = Server::from_metadata(&found, Transport::Https).unwrap();
        let key = key.map(|key| AssertionKey::new(Arc::new(key)));
        let client = Client::new(document.config(server, key).unwrap()).unwrap();
        let app = App { client, world };
        let (url, pending) = app.start();
        let back = app.browse(&url, allow());
        let tokens = app.run(app.callback(pending, &back).unwrap()).unwrap();
        assert!(app.photos(&tokens).is_some());
        assert!(app.refresh(&tokens).is_ok());
    }
}
