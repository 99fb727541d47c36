use crate::store::key::StoredKey;
use anyhow::Context as _;
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use patron_chassis::keys::publish;
use patron_proto::identity::v1::JsonWebKey;
use patron_values::seal::{Seal, Unsealable};
use time::OffsetDateTime;

/// What private keys are sealed for.
const PURPOSE: &str = "signing-key";

/// A new key, sealed.
pub(super) fn generate(seal: &Seal, signs_from: OffsetDateTime) -> anyhow::Result<StoredKey> {
    let pair = Ed25519KeyPair::generate().context("no random bytes")?;
    let public_key = pair.public_key().as_ref().to_vec();
    let key_id = thumbprint(&public_key);
    let private = pair.to_pkcs8().context("the new key cannot be written")?;
    let sealed_private_key = seal.seal(PURPOSE, key_id.as_bytes(), private.as_ref());
    Ok(StoredKey { key_id, public_key, sealed_private_key, signs_from })
}

/// The id of a public key: its JWK thumbprint (RFC 7638, section 3; RFC 8037, appendix A.3).
fn thumbprint(public_key: &[u8]) -> String {
    let required = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(public_key));
    URL_SAFE_NO_PAD.encode(digest(&SHA256, required.as_bytes()))
}

/// The private key. Fails where it was sealed with another seal key.
pub(super) fn open(seal: &Seal, key: &StoredKey) -> Result<EncodingKey, Unsealable> {
    let private = seal.open(PURPOSE, key.key_id.as_bytes(), &key.sealed_private_key)?;
    Ok(EncodingKey::from_ed_der(&private))
}

/// The public key as others read it; `None` where the row holds no Ed25519 key.
pub(super) fn public(key: &StoredKey) -> Option<JsonWebKey> {
    let bytes = key.public_key.as_slice().try_into().ok()?;
    Some(publish(key.key_id.clone(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_opened_with_its_seal_key_only() {
        let seal = Seal::new(&[7; 32]);
        let key = generate(&seal, OffsetDateTime::UNIX_EPOCH).unwrap();
        assert!(open(&seal, &key).is_ok());
        assert!(open(&Seal::new(&[8; 32]), &key).is_err());
        let renamed = StoredKey { key_id: "other".to_owned(), ..key };
        assert!(open(&seal, &renamed).is_err());
    }

    #[test]
    fn the_id_is_the_thumbprint_of_rfc_8037() {
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
