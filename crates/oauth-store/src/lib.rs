//! oauth-store
