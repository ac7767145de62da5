//! oauth1-core
