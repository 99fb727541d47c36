use super::Reader;

/// Settings that belong together and are read together.
pub trait Section: Sized + Send + 'static {
    /// Reads each field from its variable. `None` if one cannot be had; the reader then holds the mistakes.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Sections side by side: all are read before the first mistake counts.
macro_rules! tuples {
    ($(($($part:ident)*))+) => {$(
        impl<$($part: Section),*> Section for ($($part,)*) {
            #[expect(clippy::allow_attributes, reason = "expands to a tuple of none, too")]
            #[allow(
                non_snake_case,
                unused_variables,
                clippy::unused_unit,
                reason = "type names double as variables, and () reads nothing"
            )]
            fn read(reader: &mut Reader<'_>) -> Option<Self> {
                $(let $part = $part::read(reader);)*
                Some(($($part?,)*))
            }
        }
    )+};
}

tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// Declares a section: a struct whose fields are read from `PATRON_<SECTION>_<FIELD>`.
///
/// The comment of a field is its meaning, printed by `check`; say the unit and, after a `Source:`, where the
/// default comes from. A field with `= "..."` has that default, as it would stand in the variable. Without one the
/// variable must be set, unless the type is an `Option`.
///
/// ```
/// patron_chassis::section! {
///     /// How mail leaves.
///     pub struct Mail = "MAIL" {
///         /// Host of the relay.
///         host: String,
///         /// Time for one delivery, in seconds.
///         timeout_s: patron_chassis::config::Seconds = "10",
///         /// Password at the relay, if it asks for one.
///         password: Option<secrecy::SecretString>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $name:ident = $section:literal {
            $($(#[doc = $meaning:literal])+ $field:ident: $type:ty $(= $default:literal)?,)*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        $vis struct $name {
            $($(#[doc = $meaning])+ $vis $field: $type,)*
        }

        impl $crate::config::Section for $name {
            fn read(reader: &mut $crate::config::Reader<'_>) -> Option<Self> {
                reader.section($section);
                // All fields are read before the first mistake counts.
                $(
                    let meaning = concat!($($meaning),+);
                    let default = [$($default)?].first().copied();
                    let $field = reader.field::<$type>($section, stringify!($field), meaning, default);
                )*
                Some(Self { $($field: $field?,)* })
            }
        }
    };
}
