//! Settings of the gateway alone.

use crate::{client_address::Proxies, origin::Origins};

patron_chassis::section! {
    /// What browsers are given and believed.
    pub struct Browser = "BROWSER" {
        /// Whether cookies work without TLS. For development on one machine; refused where the listener can be reached from others.
        plain_cookies: bool = "false",
        /// Origins of storefronts whose pages may call what customers may, with commas between them.
        storefront_origins: Origins = "",
        /// Addresses or networks of proxies whose X-Forwarded-For is believed, with commas between them.
        trusted_proxies: Proxies = "",
    }
}
