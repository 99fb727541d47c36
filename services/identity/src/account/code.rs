use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use patron_chassis::status::Problem;
use secrecy::{ExposeSecret as _, SecretString};

/// Characters of a code: Crockford's Base32, in which no two are taken for each other when they are read out or written down.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many there are: 100 random bits. Fewer than the 256 of a link, since a person types them; nobody guesses one in the ten
/// minutes in which it is good, nor finds it from its hash.
const LENGTH: usize = 20;
/// Characters that stand together.
const GROUP: usize = 5;

/// A one-time code that a member of staff reads out: `7K2QM-0XJ4N-...`.
#[derive(Debug, Clone)]
pub struct Code(SecretString);

impl Code {
    /// A new one.
    pub fn generate() -> Result<Self, Problem> {
        let mut bytes = [0; LENGTH];
        rand::fill(&mut bytes).map_err(Problem::internal)?;
        let text: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
        Ok(Self(text.into()))
    }

    /// One that a caller shows, however it is written: case, spaces and dashes do not count, and `O`, `I` and `L` are digits.
    pub fn shown(text: &str) -> Self {
        let written = text.chars().filter(char::is_ascii_alphanumeric).map(|character| {
            match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            }
        });
        Self(written.collect::<String>().into())
    }

    /// The text to read out.
    pub fn expose(&self) -> String {
        let text = self.0.expose_secret();
        let groups: Vec<_> = text.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect();
        groups.join("-")
    }

    /// What is stored of it. A fast hash will do: there is nothing to guess.
    pub fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.0.expose_secret().as_bytes()).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_written_down() {
        let code = Code(SecretString::from("7K2QM0XJ4N1ABCD9TVWZ"));
        assert_eq!(code.expose(), "7K2QM-0XJ4N-1ABCD-9TVWZ");
        for written in ["7K2QM-0XJ4N-1ABCD-9TVWZ", " 7k2qm oxj4n labcd 9tvwz", "7K2QMOXJ4NIABCD9TVWZ"] {
            assert_eq!(Code::shown(written).hash(), code.hash(), "{written}");
        }
        assert_ne!(Code::shown("7K2QM-0XJ4N-1ABCD-9TVWX").hash(), code.hash());
        assert_eq!(Code::generate().unwrap().expose().len(), LENGTH + LENGTH / GROUP - 1);
    }
}
