//! What people type into a search box.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::canonical;
use crate::phone;

/// Longest search, in characters.
const MAX_CHARACTERS: usize = 200;

/// Most words: each costs a look into the index.
const MAX_TERMS: usize = 10;

/// Fewest characters of a word that is found anywhere. Shorter ones are in almost every row, so they are found at
/// the start of words only.
const MIN_PART_CHARACTERS: usize = 3;

/// Fewest hexadecimal digits taken for the start of an id: its first part.
const MIN_ID_DIGITS: usize = 8;

/// A search: every term must be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<Term>);

/// A word, or a part of a phone number in several: found by any of its patterns, or by its range of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Patterns for SQL's `like`, with `\` before what `like` would take for a wildcard.
    pub patterns: Vec<String>,
    /// First and last id that begin like the word.
    pub ids: Option<(Uuid, Uuid)>,
}

/// What is wrong with a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too much text.
    #[error("is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    /// Too many words.
    #[error("has more than {MAX_TERMS} words")]
    TooManyTerms,
}

impl Query {
    /// Reads a search. Words that stand together and are digits and punctuation only are one part of a phone number.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        if typed.chars().nth(MAX_CHARACTERS).is_some() {
            return Err(Error::TooLong);
        }
        let text = canonical(typed);
        let words: Vec<&str> = text.split_whitespace().collect();
        let terms: Vec<Term> =
            words.chunk_by(|one, next| is_numeric(one) && is_numeric(next)).flat_map(read).collect();
        if terms.len() > MAX_TERMS { Err(Error::TooManyTerms) } else { Ok(Self(terms)) }
    }

    /// Whether nothing is looked for, which every row has.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The terms, in the order typed.
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// Writes the condition on a text made by [`SearchText`](super::SearchText) and on an id; both are names of
    /// columns as the statement knows them. `true` where the search is empty.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>, text_column: &str, id_column: &str) {
        for (index, term) in self.0.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { " and (" });
            let mut alternatives = sql.separated(" or ");
            for pattern in &term.patterns {
                alternatives.push(format_args!("{text_column} like ")).push_bind_unseparated(pattern.clone());
            }
            if let Some((first, last)) = term.ids {
                alternatives.push(format_args!("{id_column} between ")).push_bind_unseparated(first);
                alternatives.push_unseparated(" and ").push_bind_unseparated(last);
            }
            sql.push(")");
        }
        if self.is_empty() {
            sql.push("true");
        }
    }
}

fn is_numeric(word: &str) -> bool {
    word.chars().all(|character| character.is_ascii_digit() || "+()[]-/.".contains(character))
}

fn read(words: &[&str]) -> Vec<Term> {
    if let [word] = words {
        return vec![read_word(word)];
    }
    let digits = phone::query_digits(&words.join(" "));
    if digits.is_empty() {
        return words.iter().map(|word| read_word(word)).collect();
    }
    vec![Term { patterns: digits.iter().map(|digits| anywhere(digits)).collect(), ids: None }]
}

fn read_word(word: &str) -> Term {
    let bare = word.rsplit_once('/').map_or(word, |(_, id)| id);
    let ids = ids_from(bare);
    if let Some((first, last)) = ids
        && first == last
    {
        return Term { patterns: Vec::new(), ids };
    }
    let short = word.chars().nth(MIN_PART_CHARACTERS - 1).is_none();
    let mut patterns = vec![if short { format!("% {}%", escape(word)) } else { anywhere(word) }];
    for digits in phone::query_digits(word) {
        let pattern = anywhere(&digits);
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    Term { patterns, ids }
}

fn anywhere(part: &str) -> String {
    format!("%{}%", escape(part))
}

/// Text as it must stand in a pattern of `like` to be found literally.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The ids that begin with the text, if it is the start of an id.
fn ids_from(text: &str) -> Option<(Uuid, Uuid)> {
    let form = "00000000-0000-0000-0000-000000000000";
    let fits = (MIN_ID_DIGITS..=form.len()).contains(&text.len())
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, place)| if place == b'-' { byte == b'-' } else { byte.is_ascii_hexdigit() });
    let filled =
        |digit: &str| Uuid::try_parse(&format!("{text}{}", form[text.len()..].replace('0', digit))).ok();
    if fits { Some((filled("0")?, filled("f")?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn patterns(typed: &str) -> Vec<Vec<String>> {
        Query::parse(typed).unwrap().terms().iter().map(|term| term.patterns.clone()).collect()
    }

    #[test]
    fn words_are_looked_for_without_accents_and_case() {
        assert_eq!(patterns(" Luís  GONÇ "), [["%luis%"], ["%gonc%"]]);
        assert_eq!(patterns("luisg@embraer"), [["%luisg@embraer%"]]);
    }

    #[test]
    fn short_words_are_starts_of_words() {
        assert_eq!(patterns("an ł"), [["% an%"], ["% l%"]]);
        assert_eq!(patterns("田中"), [["% 田中%"]]);
    }

    #[test]
    fn wildcards_are_plain_characters() {
        assert_eq!(patterns(r"100% a_b \x"), [[r"%100\%%"], [r"%a\_b%"], [r"% \\x%"]]);
    }

    #[test]
    fn parts_of_phone_numbers_are_one_term() {
        assert_eq!(patterns("gonc +44 (0)20 7976"), [vec!["%gonc%"], vec!["%44207976%", "%440207976%"]]);
        assert_eq!(patterns("020 7976"), [["%207976%"]]);
        assert_eq!(patterns("3923-5555"), [["%3923-5555%", "%39235555%"]]);
        assert_eq!(patterns("100042"), [["%100042%"]]);
        assert_eq!(patterns("1 2"), [["% 1%"], ["% 2%"]]);
    }

    #[test]
    fn an_id_or_its_start_matches_ids() {
        let whole: Uuid = ID.parse().unwrap();
        for typed in [ID.to_owned(), ID.to_uppercase(), format!("customers/{ID}")] {
            assert_eq!(
                Query::parse(&typed).unwrap().terms(),
                [Term { patterns: vec![], ids: Some((whole, whole)) }]
            );
        }
        let start = Query::parse("01890a5d-ac").unwrap();
        let (first, last) = start.terms()[0].ids.unwrap();
        assert_eq!(first.to_string(), "01890a5d-ac00-0000-0000-000000000000");
        assert_eq!(last.to_string(), "01890a5d-acff-ffff-ffff-ffffffffffff");
        assert_eq!(start.terms()[0].patterns, ["%01890a5d-ac%"]);
        for typed in ["01890a5", "01890a5dac", "facades", "01890a5d_ac"] {
            assert_eq!(Query::parse(typed).unwrap().terms()[0].ids, None, "{typed}");
        }
    }

    #[test]
    fn the_condition_binds_every_value() {
        let mut sql = QueryBuilder::new("");
        Query::parse("gonc 01890a5d").unwrap().push(&mut sql, "c.search_text", "c.customer_id");
        assert_eq!(
            sql.into_string(),
            "(c.search_text like $1) and (c.search_text like $2 or c.customer_id between $3 and $4)"
        );
        let mut sql = QueryBuilder::new("");
        Query::parse(" \u{200b} ").unwrap().push(&mut sql, "c.search_text", "c.customer_id");
        assert_eq!(sql.into_string(), "true");
    }

    #[test]
    fn too_much_is_refused() {
        assert_eq!(Query::parse(&"x".repeat(201)), Err(Error::TooLong));
        assert_eq!(Query::parse(&"ab ".repeat(11)), Err(Error::TooManyTerms));
        assert!(Query::parse(&"ab ".repeat(10)).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(typed in "[0-9a-f +()./%_-]{0,60}|.{0,40}") {
            if let Ok(query) = Query::parse(&typed) {
                query.push(&mut QueryBuilder::new(""), "t", "i");
            }
        }
    }
}
