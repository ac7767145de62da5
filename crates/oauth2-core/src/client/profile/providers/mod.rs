//! One file for each provider.

mod apple;
mod atlassian;
mod discord;
mod dropbox;
mod ebay;
mod entra;
mod facebook;
mod fitbit;
mod github;
mod gitlab;
mod google;
mod linkedin;
mod notion;
mod paypal;
mod reddit;
mod salesforce;
mod shopify;
mod slack;
mod slack_user;
mod spotify;
mod stripe;
mod twitch;
mod x;
mod zoom;

use std::sync::LazyLock;

pub use apple::APPLE;
pub use atlassian::ATLASSIAN;
pub use discord::DISCORD;
pub use dropbox::DROPBOX;
pub use ebay::EBAY;
pub use entra::ENTRA;
pub use facebook::FACEBOOK;
pub use fitbit::FITBIT;
pub use github::GITHUB;
pub use gitlab::GITLAB;
pub use google::GOOGLE;
pub use linkedin::LINKEDIN;
pub use notion::NOTION;
pub use paypal::PAYPAL;
pub use reddit::REDDIT;
pub use salesforce::SALESFORCE;
pub use shopify::SHOPIFY;
pub use slack::SLACK;
pub use slack_user::SLACK_USER;
pub use spotify::SPOTIFY;
pub use stripe::STRIPE;
pub use twitch::TWITCH;
pub use x::X;
pub use zoom::ZOOM;

use super::Profile;

/// All of them.
pub static ALL: [&LazyLock<Profile>; 24] = [
    &GOOGLE,
    &GITHUB,
    &ENTRA,
    &APPLE,
    &SLACK,
    &SLACK_USER,
    &FACEBOOK,
    &LINKEDIN,
    &SALESFORCE,
    &DROPBOX,
    &REDDIT,
    &TWITCH,
    &DISCORD,
    &SPOTIFY,
    &PAYPAL,
    &EBAY,
    &FITBIT,
    &ZOOM,
    &NOTION,
    &STRIPE,
    &SHOPIFY,
    &GITLAB,
    &ATLASSIAN,
    &X,
];

fn some(text: &str) -> Option<String> {
    Some(text.into())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
