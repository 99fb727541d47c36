//! Forms of text for comparing, made in Rust alone: Postgres folds some letters otherwise (`İ`), so no
//! statement uses `lower()` to tell whether two texts are the same.

use caseless::Caseless as _;
use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// The form in which identifiers are compared: two texts that a person reads as the same, but for upper and
/// lower case and for presentation forms such as full width, have one.
///
/// A compatibility caseless match (The Unicode Standard, D146), composed (NFKC) to be short. It can be longer than `text`.
pub fn identity(text: &str) -> String {
    text.nfd().default_case_fold().nfkd().default_case_fold().nfkc().collect()
}

/// Whether a character shows nothing or acts on its neighbours: controls, direction and other format marks, line
/// separators, private and unassigned ones, fillers and selectors. Two identifiers could look alike and differ by these.
pub fn is_hidden(character: char) -> bool {
    use GeneralCategory as Is;
    is_ignorable(character)
        || matches!(
            character.general_category(),
            Is::Control
                | Is::Format
                | Is::LineSeparator
                | Is::ParagraphSeparator
                | Is::PrivateUse
                | Is::Surrogate
                | Is::Unassigned
        )
}

/// Whether a character shows nothing by itself, in any font (Unicode's `Default_Ignorable_Code_Point`): joiners, fillers,
/// selectors of variants, soft hyphens.
pub(crate) fn is_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// The form in which look-alikes of different scripts are one: `раураӏ` in Cyrillic and `paypal`. Letters and digits of ASCII stand
/// for themselves, so `anna1` and `annal`, `corn` and `com` are two.
pub fn skeleton(text: &str) -> String {
    let alike = |character: char| {
        if character.is_ascii_alphanumeric() {
            character.to_string()
        } else {
            confusable(character.encode_utf8(&mut [0; 4]))
        }
    };
    text.nfd().map(alike).collect::<String>().nfd().collect()
}

/// The form in which all look-alikes are one, those of one script too: `rnanager` and `manager` (UTS #39, section 4). What looks like a
/// capital letter, as some scripts have that have no other, is compared in lower case.
pub fn confusable(text: &str) -> String {
    unicode_security::skeleton(text).map(|character| character.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_width_and_composition_do_not_tell_identifiers_apart() {
        for (one, other) in [
            ("STRASSE", "straße"),
            ("Gonçalves", "GONC\u{327}ALVES"),
            ("ﬁne", "FINE"),
            ("Ｂｏｂ", "bob"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
            ("K", "\u{212a}"),
        ] {
            assert_eq!(identity(one), identity(other), "{one} {other}");
        }
    }

    #[test]
    fn accents_and_dotted_i_do_tell_them_apart() {
        for (one, other) in [("jose", "josé"), ("İ", "i"), ("ı", "i"), ("ł", "l")] {
            assert_ne!(identity(one), identity(other), "{one} {other}");
        }
    }

    #[test]
    fn marks_that_cannot_be_seen_are_known() {
        for hidden in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{ad}',
            '\u{200b}',
            '\u{202e}',
            '\u{2066}',
            '\u{2028}',
            '\u{e000}',
            '\u{feff}',
            '\u{34f}',
            '\u{115f}',
            '\u{180b}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{e0100}',
        ] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for seen in [' ', 'a', 'ł', '字', 'ा', '\u{301}', '👍'] {
            assert!(!is_hidden(seen), "{seen:?}");
        }
    }

    #[test]
    fn look_alikes_of_other_scripts_have_one_skeleton() {
        for (one, other) in
            [("paypal", "раураӏ"), ("kate", "kаtе"), ("scope", "ѕсоре"), ("anna1", "аnnа1"), ("anna", "ꓮnna")]
        {
            assert_ne!(identity(one), identity(other), "{one}");
            assert_eq!(skeleton(&identity(one)), skeleton(&identity(other)), "{one}");
        }
        assert_ne!(skeleton("kate"), skeleton("katя"));
        assert_eq!(skeleton(&identity("ｃｏｍ")), skeleton(&identity("𝐜𝐨𝐦")), "forms of one letter");
    }

    #[test]
    fn letters_and_digits_of_ascii_have_a_skeleton_each_and_look_alikes_of_each_other() {
        for (one, other) in [("anna1", "annal"), ("corn", "com"), ("b0b", "bob"), ("vvilma", "wilma")] {
            assert_ne!(skeleton(one), skeleton(other), "{one}");
        }
        for (one, other) in [("anna1", "annal"), ("corn", "com"), ("b0b", "bob"), ("Ꭺdmin", "adrnin")] {
            assert_eq!(confusable(one), confusable(other), "{one}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in ".{0,20}") {
            let once = identity(&text);
            prop_assert_eq!(identity(&once), once);
        }
    }
}
