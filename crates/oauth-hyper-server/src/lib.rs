//! oauth-hyper-server
