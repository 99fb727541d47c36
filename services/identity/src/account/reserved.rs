//! Usernames that customers cannot have: they would pass for someone else.

use patron_values::{fold, username::Username};

/// Words for those who run the place, and the roles that are provided. Anything that looks like one is one.
const WORDS: [&str; 14] = [
    "admin",
    "administrator",
    "customer",
    "helpdesk",
    "manager",
    "moderator",
    "operator",
    "patron",
    "root",
    "salesrep",
    "staff",
    "support",
    "system",
    "viewer",
];

/// Whether customers cannot have a username: it reads like a reserved word, whatever signs stand between its letters and whatever
/// look-alikes in their place; or it is digits alone, which is or can become a customer's number.
pub(super) fn is_reserved(username: &Username) -> bool {
    let key = username.key();
    let letters: String = key.chars().filter(|character| character.is_alphanumeric()).collect();
    if letters.chars().all(char::is_numeric) {
        return true;
    }
    let read = fold::confusable(&letters);
    WORDS.iter().any(|word| fold::confusable(word) == read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_passes_for_staff_or_takes_another_customers_number() {
        for typed in [
            "admin",
            "Admin",
            "a.d.m.i.n",
            "ａｄｍｉｎ",
            "аdmin",
            "Ꭺdmin",
            "adrnin",
            "r00t",
            "sales-rep",
            "Sales_Rep",
            "100042",
            "1000-42",
            "１００",
        ] {
            assert!(is_reserved(&Username::parse(typed).unwrap()), "{typed}");
        }
        for typed in ["lgoncalves5555", "administrata", "o'brien-1", "田中太郎", "supporter"] {
            assert!(!is_reserved(&Username::parse(typed).unwrap()), "{typed}");
        }
    }
}
