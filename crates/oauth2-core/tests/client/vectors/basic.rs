//! `client_secret_basic`.

use http::header::AUTHORIZATION;
use oauth_sansio::Exchange as _;
use oauth2_core::{
    Scopes,
    client::{Client, ClientAuthentication, Config},
};

use super::{cases, ensure, run};
use crate::common::{moment, server};

#[test]
fn every_basic_header_is_one_that_the_vectors_accept() {
    let cases = cases(include_str!("../../../../../vectors/oauth2_client_auth.json"), Some("basic_encode"));
    run("oauth2_client_auth basic_encode", &cases, 35, |case| {
        let mut config = Config::new(server(), case["client_id"].as_str().unwrap());
        config.authentication =
            ClientAuthentication::SecretBasic(case["client_secret"].as_str().unwrap().into());
        let mut exchange = Client::new(config).unwrap().client_credentials(&Scopes::none()).unwrap();
        let outgoing = exchange.request(moment(1)).unwrap();
        let header = outgoing.request.headers()[AUTHORIZATION].to_str().unwrap();
        ensure(case["expected"]["canonical_header"] == header, || header.to_owned())
    });
}
