//! How values travel as text: from and to strings, JSON and Postgres.

/// Implements, for a type with `parse(&str) -> Result<Self, Error>` and `as_str(&self) -> &str`, what reads and
/// writes it as that text: `FromStr`, `Display`, serde, and sqlx with columns and arrays of `text`.
///
/// Reading always parses, so that a wrong value written by another program is found and not passed on. With `earlier`, a function
/// from the text and what is wrong with it, what an earlier build took can still be read from Postgres.
macro_rules! text_value {
    ([$($generics:tt)*] $type:ty, $error:ty) => {
        text_value!([$($generics)*] $type, $error, |_, error| Err(error));
    };
    ([$($generics:tt)*] $type:ty, $error:ty, $earlier:expr) => {
        impl<$($generics)*> std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }

        impl<$($generics)*> std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de, $($generics)*> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl<$($generics)*> sqlx::Type<sqlx::Postgres> for $type {
            fn type_info() -> sqlx::postgres::PgTypeInfo {
                <str as sqlx::Type<sqlx::Postgres>>::type_info()
            }

            fn compatible(info: &sqlx::postgres::PgTypeInfo) -> bool {
                <str as sqlx::Type<sqlx::Postgres>>::compatible(info)
            }
        }

        impl<$($generics)*> sqlx::postgres::PgHasArrayType for $type {
            fn array_type_info() -> sqlx::postgres::PgTypeInfo {
                <String as sqlx::postgres::PgHasArrayType>::array_type_info()
            }
        }

        impl<$($generics)*> sqlx::Encode<'_, sqlx::Postgres> for $type {
            fn encode_by_ref(
                &self,
                buffer: &mut sqlx::postgres::PgArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <&str as sqlx::Encode<'_, sqlx::Postgres>>::encode_by_ref(&self.as_str(), buffer)
            }
        }

        impl<'r, $($generics)*> sqlx::Decode<'r, sqlx::Postgres> for $type {
            fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <&str as sqlx::Decode<'r, sqlx::Postgres>>::decode(value)?;
                let earlier: fn(&str, $error) -> Result<Self, $error> = $earlier;
                Ok(Self::parse(text).or_else(|error| earlier(text, error))?)
            }
        }
    };
}

/// Implements `Debug` for a type that holds personal data: its name and nothing of what it holds.
macro_rules! private_debug {
    ([$($generics:tt)*] $type:ty, $name:literal) => {
        impl<$($generics)*> std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!($name, "(***)"))
            }
        }
    };
}

pub(crate) use private_debug;
pub(crate) use text_value;
