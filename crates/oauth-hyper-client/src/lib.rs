//! oauth-hyper-client
