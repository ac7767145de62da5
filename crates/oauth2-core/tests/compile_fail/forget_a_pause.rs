#![deny(unused_must_use)]

use bytes::Bytes;
use http::Request;
use oauth_sansio::{Moment, Outcome};
use oauth2_core::{
    resource::Verifier,
    server::{AuthorizationServer, Commit, Endpoint},
};

fn forget(server: &AuthorizationServer, request: &Request<Bytes>, moment: Moment) {
    server.receive(Endpoint::Token, request, moment);
}

fn forget_what_comes_next(pause: Commit) {
    pause.settle(Outcome::Applied);
}

fn forget_to_refuse(verifier: &Verifier, request: &Request<Bytes>, moment: Moment) {
    verifier.receive(request, moment);
}

fn main() {}
