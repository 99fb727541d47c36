use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use patron_chassis::status::Problem;
use secrecy::{ExposeSecret as _, SecretString};

/// Random bytes of a secret. Source: the project's decisions; nobody guesses one of 2^256.
const BYTES: usize = 32;

/// What stands for a session in the hands of its user.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A new one.
    pub fn generate() -> Result<Self, Problem> {
        let mut bytes = [0; BYTES];
        rand::fill(&mut bytes).map_err(Problem::internal)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes).into()))
    }

    /// One that a caller shows.
    pub fn shown(text: &str) -> Self {
        Self(text.into())
    }

    /// The text for its user.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored of it. A fast hash will do: there is nothing to guess.
    pub fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.expose().as_bytes()).as_ref().to_vec()
    }
}
