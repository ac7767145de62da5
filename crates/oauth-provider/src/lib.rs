//! oauth-provider
