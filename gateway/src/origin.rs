//! Origins of other sites whose pages may call the API (RFC 6454).

use std::str::FromStr;

/// A list of origins, each `scheme://host` with a port where it is not the scheme's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Whether an origin, as the header says it, is one of them.
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|known| known == origin)
    }
}

/// Text that is no list of origins.
#[derive(Debug, thiserror::Error)]
#[error("origins such as `https://shop.example.com`, with commas between them")]
pub struct NoOrigins;

impl FromStr for Origins {
    type Err = NoOrigins;

    fn from_str(text: &str) -> Result<Self, NoOrigins> {
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        texts
            .map(|text| if is_origin(text) { Ok(text.to_owned()) } else { Err(NoOrigins) })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl patron_chassis::config::Value for Origins {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: NoOrigins| error.to_string())
    }
}

/// As browsers write it: in lower case, without path and without the port that the scheme has anyway.
fn is_origin(text: &str) -> bool {
    let Some((scheme @ ("http" | "https"), authority)) = text.split_once("://") else { return false };
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    !authority.is_empty() && authority.bytes().all(host) && !authority.ends_with(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_as_browsers_write_them() {
        let origins: Origins = "https://shop.example, http://localhost:3000".parse().expect("origins");
        assert!(origins.contains("http://localhost:3000") && !origins.contains("https://shop.example:8443"));
        for wrong in [
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://Shop.example",
            "https://a:443",
            "*",
            "null",
        ] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }
}
