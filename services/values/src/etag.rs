//! Etags: which version of a resource its reader saw (AIP-154, RFC 9110, section 8.8.3).

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Bytes that tell an etag of this resource from any other text: one of 2^32 others passes.
const CHECK_BYTES: usize = 4;

/// The etag of a version of a resource: 16 characters, safe in URLs and headers, the same in every replica.
///
/// It hides the version so that nobody counts with it, and is no secret.
pub fn etag(id: Uuid, version: i64) -> String {
    let (mask, check) = marks(id);
    URL_SAFE_NO_PAD.encode([(version ^ mask).to_be_bytes().as_slice(), &check].concat())
}

/// What a caller who sends an etag expects of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing: the etag is empty, or `*`, which every version has.
    None,
    /// That it still has this version.
    Version(i64),
    /// A version that never was: the etag is of another resource, or none of ours. By AIP-154 the call must fail as
    /// for a version that has passed, which every client can mend by reading again.
    Unknown,
}

impl Precondition {
    /// Reads the etag sent for a resource.
    pub fn parse(id: Uuid, etag: &str) -> Self {
        if matches!(etag, "" | "*") {
            return Self::None;
        }
        let (mask, check) = marks(id);
        let bytes = URL_SAFE_NO_PAD.decode(etag).unwrap_or_default();
        match bytes.split_first_chunk() {
            Some((version, rest)) if rest == check => Self::Version(i64::from_be_bytes(*version) ^ mask),
            _ => Self::Unknown,
        }
    }
}

fn marks(id: Uuid) -> (i64, [u8; CHECK_BYTES]) {
    let digest = digest(&SHA256, id.as_bytes());
    let (mask, rest) = digest.as_ref().split_first_chunk().expect("SHA-256 gives 32 bytes");
    let check = rest.first_chunk().expect("SHA-256 gives 32 bytes");
    (i64::from_be_bytes(*mask), *check)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);

    #[test]
    fn an_etag_is_of_its_version() {
        for version in [0, 1, 42, i64::MAX] {
            assert_eq!(Precondition::parse(ID, &etag(ID, version)), Precondition::Version(version));
        }
    }

    #[test]
    fn no_etag_and_a_star_expect_nothing() {
        assert_eq!(Precondition::parse(ID, ""), Precondition::None);
        assert_eq!(Precondition::parse(ID, "*"), Precondition::None);
    }

    #[test]
    fn an_etag_of_something_else_is_of_no_version() {
        let other = etag(Uuid::from_u128(1), 7);
        for text in [other.as_str(), "7", "W/\"7\"", "é", &etag(ID, 7)[1..], &format!("{}A", etag(ID, 7))] {
            assert_eq!(Precondition::parse(ID, text), Precondition::Unknown, "{text}");
        }
    }

    #[test]
    fn an_etag_is_short_and_safe_everywhere() {
        let text = etag(ID, 3);
        assert_eq!(text.len(), 16);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }
}
