//! Email addresses, with letters of any script (RFC 6531).

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::{
    fold,
    stored::{private_debug, text_value},
};

/// Longest address that can be sent to, in bytes of UTF-8: RFC 5321, 4.5.3.1.3, less the angle brackets. Mail to a
/// longer one is refused on its way.
const MAX_BYTES: usize = 254;

/// Longest part before the `@`, in bytes of UTF-8: RFC 5321, 4.5.3.1.1.
const MAX_LOCAL_BYTES: usize = 64;

/// An address as its owner types it, which is how it is shown and written to. Use [`Email::key`] to compare.
///
/// Taken is what people have: `local@domain`, the local part of RFC 5322's atoms joined by single dots, the domain
/// of two labels or more. Quoted local parts, comments and addresses of machines (`user@[192.0.2.1]`) are valid in
/// the RFCs and refused here, since mistakes are far more often written that way than addresses of customers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// What is wrong with an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no `@`, or nothing before or after it.
    #[error("is not an email address: expected a form like name@example.com")]
    Form,
    /// Longer than mail servers take.
    #[error("is longer than {MAX_BYTES} bytes, or {MAX_LOCAL_BYTES} bytes before the @")]
    TooLong,
    /// Holds something that cannot be seen.
    #[error("holds a control, direction or other invisible character")]
    Hidden,
    /// The part before the `@` holds what none may.
    #[error("holds a character before the @ that an email address cannot have")]
    Local,
    /// A dot at an end, or two together, before the `@`.
    #[error("has a dot before the @ that stands at an end or next to another")]
    Dots,
    /// The part after the `@` can be no name of a mail server.
    #[error("has no valid domain after the @")]
    Domain,
}

impl Email {
    /// Reads an address; white space at its ends is dropped.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        let typed = typed.trim();
        let (local, domain) = typed.rsplit_once('@').ok_or(Error::Form)?;
        if local.is_empty() || domain.is_empty() {
            return Err(Error::Form);
        }
        if typed.len() > MAX_BYTES || local.len() > MAX_LOCAL_BYTES {
            return Err(Error::TooLong);
        }
        if typed.contains(fold::is_hidden) {
            return Err(Error::Hidden);
        }
        if !local.chars().all(|character| character == '.' || is_atom_text(character)) {
            return Err(Error::Local);
        }
        if local.split('.').any(str::is_empty) {
            return Err(Error::Dots);
        }
        ascii_domain(domain).ok_or(Error::Domain)?;
        Ok(Self(typed.to_owned()))
    }

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is unique: upper and lower case, full and half width, composed and decomposed accents are one,
    /// and so are `münchen.de` and `xn--mnchen-3ya.de`. Can be longer than the address; not to be written to, since
    /// a mail server may tell cases of the local part apart.
    pub fn key(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        format!("{}@{}", fold::identity(local), ascii_domain(domain).unwrap_or_default())
    }
}

/// The form in which a filter on keys looks for text: the key of an address, or a part of one folded alike.
pub fn query_key(typed: &str) -> String {
    Email::parse(typed).map_or_else(|_| fold::identity(typed.trim()), |email| email.key())
}

/// `atext` of RFC 5322, 3.2.3, widened by RFC 6531, 3.3, to all beyond ASCII but white space.
fn is_atom_text(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
    } else {
        !character.is_whitespace()
    }
}

/// The domain as DNS knows it (UTS #46, lower case, Punycode), if it can be one with mail: two labels or more, the
/// last of which is no number, as that would be an IPv4 address.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .ok()?;
    let (_, last) = ascii.rsplit_once('.')?;
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    (!numeric).then(|| ascii.into_owned())
}

text_value!([] Email, Error, |text, error| match error {
    Error::Hidden => Ok(Self(text.to_owned())),
    other => Err(other),
});
private_debug!([] Email, "Email");

#[cfg(test)]
mod tests {
    use super::*;

    fn key(typed: &str) -> String {
        Email::parse(typed).unwrap().key()
    }

    #[test]
    fn addresses_of_any_script_are_kept_as_typed() {
        for typed in [
            "luisg@embraer.com.br",
            "stanisław.wójcik@wp.pl",
            "O'Brien+news@Example.COM",
            "用户@例子.广告",
            "δοκιμή@παράδειγμα.δοκιμή",
            "a@b.co",
            "customer/department=shipping@example.com",
        ] {
            assert_eq!(Email::parse(&format!(" {typed}\n")).unwrap().as_str(), typed);
        }
    }

    #[test]
    fn one_address_has_one_key() {
        assert_eq!(key("Stanisław.WÓJCIK@WP.pl"), "stanisław.wójcik@wp.pl");
        assert_eq!(key("jose\u{301}@x.com"), key("JOSÉ@X.com"));
        assert_eq!(key("info@MÜNCHEN.de"), "info@xn--mnchen-3ya.de");
        assert_eq!(key("info@xn--mnchen-3ya.de"), key("info@münchen.de"));
        assert_eq!(key("ｉｎｆｏ@example.com"), key("info@example.com"));
        assert_ne!(key("stanislaw@wp.pl"), key("stanisław@wp.pl"));
    }

    #[test]
    fn keys_are_looked_for_whole_and_in_part() {
        assert_eq!(query_key("Info@MÜNCHEN.de"), "info@xn--mnchen-3ya.de");
        assert_eq!(query_key("@Example"), "@example");
    }

    #[test]
    fn wrong_addresses_are_refused_with_the_reason() {
        for (typed, error) in [
            ("", Error::Form),
            ("luis", Error::Form),
            ("@example.com", Error::Form),
            ("luis@", Error::Form),
            ("a b@example.com", Error::Local),
            ("a@b@example.com", Error::Local),
            ("\"a b\"@example.com", Error::Local),
            ("Luis <luis@example.com>", Error::Local),
            ("a\u{a0}b@example.com", Error::Local),
            (".a@example.com", Error::Dots),
            ("a..b@example.com", Error::Dots),
            ("a.@example.com", Error::Dots),
            ("a@localhost", Error::Domain),
            ("a@example", Error::Domain),
            ("a@example.com.", Error::Domain),
            ("a@example..com", Error::Domain),
            ("a@-example.com", Error::Domain),
            ("a@exa_mple.com", Error::Domain),
            ("a@192.0.2.1", Error::Domain),
            ("a@[192.0.2.1]", Error::Domain),
            ("a@exam ple.com", Error::Domain),
            ("a\0@example.com", Error::Hidden),
            ("a\u{202e}b@example.com", Error::Hidden),
            ("a\u{200b}b@example.com", Error::Hidden),
            ("a@exam\u{ad}ple.com", Error::Hidden),
            ("ka\u{34f}te@example.com", Error::Hidden),
            ("kate\u{3164}@example.com", Error::Hidden),
        ] {
            assert_eq!(Email::parse(typed), Err(error), "{typed:?}");
        }
    }

    #[test]
    fn lengths_are_those_that_mail_servers_take() {
        let local = "l".repeat(64);
        let domain =
            |length: usize| format!("{}.{}.{}.com", "a".repeat(63), "b".repeat(63), "c".repeat(length - 132));
        assert!(Email::parse(&format!("{local}@{}", domain(189))).is_ok());
        assert_eq!(Email::parse(&format!("{local}@{}", domain(190))), Err(Error::TooLong));
        assert_eq!(Email::parse(&format!("{local}l@example.com")), Err(Error::TooLong));
        assert_eq!(Email::parse(&format!("{}@example.com", "ł".repeat(33))), Err(Error::TooLong));
    }

    #[test]
    fn debug_tells_nothing_of_the_person() {
        assert_eq!(format!("{:?}", Email::parse("luis@example.com").unwrap()), "Email(***)");
    }
}
