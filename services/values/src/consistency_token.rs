//! What gateway and services call consistency tokens, by which a list shows what its caller has written before.

/// Header and metadata of a write's reply: its tokens. Of a list: those that it shall have reached.
pub const CONSISTENCY_TOKEN: &str = "patron-consistency-token";

/// Header and metadata of a list's reply that has not reached them.
pub const BEHIND: &str = "patron-behind";

/// Tokens that one reply carries and one call looks at. A browser keeps as many in a cookie, which holds 4 KiB.
pub const MOST: usize = 48;
