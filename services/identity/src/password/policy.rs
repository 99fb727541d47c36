use super::{MAX_CHARACTERS, Password, Settings};
use crate::user::UserKind;
use patron_values::fold;
use std::{collections::HashSet, sync::LazyLock};

/// Passwords that attackers try first, and the words they are made of: lower case, without digits and signs at their
/// ends. Source: the list of zxcvbn 4.4 (MIT), made of leaked passwords by how many people had them: its first 1,800 words, and
/// all that are long enough for the policy.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    // The product's own name is the first guess at any installation of it.
    include_str!("common.txt").split_whitespace().chain(["patron"]).chain(CALENDAR).collect()
});

/// Words that people put before the year when a password must be changed again.
const CALENDAR: [&str; 23] = [
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "spring",
    "summer",
    "autumn",
    "winter",
    "fall",
];

/// Shortest common word. Shorter ones stand in every text.
const MIN_COMMON: usize = 3;
/// Longest common word.
const LONGEST_COMMON: usize = 24;

/// Fewest different characters: a word typed over and over has fewer.
const MIN_DISTINCT: usize = 5;
/// Shortest name that a password may not hold. Shorter ones stand in too many words.
const MIN_PERSONAL: usize = 4;
/// What fingers run along.
const RUNS: [&str; 5] = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
];

/// How good a new password must be.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    customer_min: usize,
    staff_min: usize,
}

/// Why a password is not good enough, in words that follow the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too few characters.
    #[error("is shorter than {min} characters")]
    TooShort {
        /// How many are needed.
        min: usize,
    },
    /// Too many characters.
    #[error("is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    /// Among the first that attackers try, or made of one of those.
    #[error("is one of the passwords that are tried first")]
    Common,
    /// Few different characters, or a row of keys.
    #[error("repeats few characters or follows the keyboard")]
    Simple,
    /// Holds the user's own name or email.
    #[error("holds the name or email of its owner")]
    Personal,
}

impl Policy {
    /// The policy that the settings ask for.
    pub fn new(settings: &Settings) -> Self {
        Self { customer_min: settings.customer_min_length.0, staff_min: settings.staff_min_length.0 }
    }

    /// Whether a user of this kind, known by the names and addresses in `personal`, can have the password.
    pub fn check(&self, kind: UserKind, password: &Password, personal: &[&str]) -> Result<(), Weakness> {
        let min = match kind {
            UserKind::Staff => self.staff_min,
            UserKind::Customer => self.customer_min,
        };
        let length = password.expose().chars().count();
        if length < min {
            return Err(Weakness::TooShort { min });
        }
        if length > MAX_CHARACTERS {
            return Err(Weakness::TooLong);
        }
        let folded = fold::identity(password.expose());
        if is_simple(&folded) {
            return Err(Weakness::Simple);
        }
        if is_common(&folded) {
            return Err(Weakness::Common);
        }
        if personal.iter().any(|item| is_in(&folded, item)) {
            return Err(Weakness::Personal);
        }
        Ok(())
    }
}

fn is_common(folded: &str) -> bool {
    let no_letter = |character: char| !character.is_alphabetic();
    // What stands behind the word in `Word2026!` is no part of it; in front it may be, as in `@dmin`.
    let word = folded.trim_end_matches(no_letter);
    let plain: String = word.chars().map(without_leet).collect();
    let inner: String = word.trim_start_matches(no_letter).chars().map(without_leet).collect();
    let known = [folded, word.trim_start_matches(no_letter), &plain, &inner];
    let letters = |text: &str| text.chars().filter(|character| character.is_alphabetic()).collect::<String>();
    known.iter().any(|form| COMMON.contains(form))
        || [letters(folded), letters(&plain)].iter().any(|letters| is_made_of_common(letters))
}

/// Whether letters are common words one after the other, one or two different ones.
fn is_made_of_common(letters: &str) -> bool {
    common_at_start(letters).any(|first| {
        let (mut rest, mut tried) = (letters, HashSet::new());
        // Behind the first word, and each repeat of it, the second may begin. One that fails there fails behind more repeats too.
        while let Some(behind) = rest.strip_prefix(first) {
            rest = behind;
            let mut seconds = common_at_start(rest).filter(|second| tried.insert(*second));
            if rest.is_empty() || seconds.any(|second| consists_of(rest, [first, second])) {
                return true;
            }
        }
        false
    })
}

/// The common words that a text begins with.
fn common_at_start(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.char_indices().map(|(start, character)| start + character.len_utf8());
    ends.skip(MIN_COMMON - 1)
        .take(LONGEST_COMMON)
        .map(|end| &text[..end])
        .filter(|word| COMMON.contains(word))
}

/// Whether a text is these words one after the other, in any order. Looks at each place once, whatever the text is.
fn consists_of(text: &str, words: [&str; 2]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for start in 0..text.len() {
        if reached[start] {
            let words = words.iter().filter(|word| text[start..].starts_with(**word));
            words.for_each(|word| reached[start + word.len()] = true);
        }
    }
    reached[text.len()]
}

/// The letter that a digit or sign stands for in `p@ssw0rd`.
fn without_leet(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn is_simple(folded: &str) -> bool {
    let distinct: HashSet<char> = folded.chars().collect();
    let backwards: String = folded.chars().rev().collect();
    // A run may start anywhere and begin again at its end.
    let follows = |run: &str| {
        let endless = run.repeat(folded.len() / run.len() + 2);
        endless.contains(folded) || endless.contains(&backwards)
    };
    distinct.len() < MIN_DISTINCT || RUNS.iter().any(|run| follows(run))
}

/// Whether the password holds a name, a word of it, an address, or the part of it before the `@`.
fn is_in(folded: &str, personal: &str) -> bool {
    let personal = fold::identity(personal);
    let local = personal.split_once('@').map(|(local, _)| local);
    let words = personal.split_whitespace().chain(local);
    words.filter(|word| word.chars().count() >= MIN_PERSONAL).any(|word| folded.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::MinLength;
    use patron_chassis::config::Value as _;

    fn check(kind: UserKind, password: &str) -> Result<(), Weakness> {
        let policy = Policy { customer_min: 12, staff_min: 15 };
        let personal = ["lgoncalves5555", "luisg@embraer.com.br", "Luís Gonçalves"];
        policy.check(kind, &Password::new(password), &personal)
    }

    #[test]
    fn the_dearest_password_is_judged_at_once() {
        // Each of its beginnings is made of common words, in as many ways as there are to cut it.
        let dear = [
            "asdf".repeat(31) + "xqzj",
            "\u{2101}df".repeat(42) + "xq",
            "aaaa".repeat(32),
            "asdfasdfasd".repeat(11),
        ];
        let began = std::time::Instant::now();
        for password in dear {
            let _ = check(UserKind::Customer, &password);
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    }

    #[test]
    fn good_passwords_of_any_script_are_taken() {
        for password in [
            "violet mango trellis",
            "Tr0ub4dor&3-xkcd",
            "пять зелёных котов",
            "ありがとうございます私の猫",
            "839201748392016",
        ] {
            assert_eq!(check(UserKind::Customer, password), Ok(()), "{password}");
        }
    }

    #[test]
    fn weak_passwords_are_refused_with_the_reason() {
        for (password, weakness) in [
            ("", Weakness::TooShort { min: 12 }),
            ("violet mang", Weakness::TooShort { min: 12 }),
            ("Password1234", Weakness::Common),
            ("P@ssw0rd!2026", Weakness::Common),
            ("5unsh1ne-2026", Weakness::Common),
            ("Sunshine-2026!", Weakness::Common),
            ("patron-123456", Weakness::Common),
            ("1qaz2wsx3edc4rfv", Weakness::Common),
            ("passwordpassword", Weakness::Common),
            ("Password-passw0rd-PASSWORD", Weakness::Common),
            ("january202612", Weakness::Common),
            ("2026winter2027", Weakness::Common),
            ("Dragon1-monkey2!", Weakness::Common),
            ("aaaaaaaaaaaaaaa", Weakness::Simple),
            ("abcabcabcabc", Weakness::Simple),
            ("890123456789", Weakness::Simple),
            ("MNBVCXZLKJHG", Weakness::Simple),
            ("my LUISG is best", Weakness::Personal),
            ("Goncalves & Gonçalves", Weakness::Personal),
        ] {
            assert_eq!(check(UserKind::Customer, password), Err(weakness), "{password}");
        }
        assert_eq!(check(UserKind::Customer, &"violet mango".repeat(11)), Err(Weakness::TooLong));
        assert_eq!(check(UserKind::Staff, "violet mango 1"), Err(Weakness::TooShort { min: 15 }));
    }

    #[test]
    fn no_setting_allows_less_than_eight_characters() {
        assert!(["8", "128"].iter().all(|length| MinLength::parse(length).is_ok()));
        assert!(["7", "129", "", "-8"].iter().all(|length| MinLength::parse(length).is_err()));
    }
}
