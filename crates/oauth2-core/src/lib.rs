//! oauth2-core
