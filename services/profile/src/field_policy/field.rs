use super::{Need, Rule};
use patron_proto::profile::v1 as proto;
use std::sync::LazyLock;

/// Declares the fields that there are rules about, each with its name in the contract.
macro_rules! fields {
    ($($field:ident $name:ident,)+) => {
        /// A field that there is a rule about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $(
                #[doc = concat!("`", stringify!($name), "`.")]
                $field,
            )+
        }

        impl Field {
            /// All of them, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$field,)+];

            /// Its name: `first_name`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$field => stringify!($name),)+
                }
            }

            /// The rule about it in a message.
            pub fn rule_in(self, policy: &proto::FieldPolicy) -> Option<&proto::FieldRule> {
                match self {
                    $(Self::$field => policy.$name.as_ref(),)+
                }
            }

            /// The same, to be written.
            pub fn rule_in_mut(self, policy: &mut proto::FieldPolicy) -> &mut Option<proto::FieldRule> {
                match self {
                    $(Self::$field => &mut policy.$name,)+
                }
            }
        }
    };
}

fields! {
    Title title,
    FirstName first_name,
    MiddleName middle_name,
    LastName last_name,
    Email email,
    PrimaryPhone primary_phone,
    SecondaryPhone secondary_phone,
    PersonalPhone personal_phone,
    WorkPhone work_phone,
    MobilePhone mobile_phone,
    Fax fax,
    Company company,
    Department department,
    JobTitle job_title,
    AccountType account_type,
    PreferredLanguage preferred_language,
    TimeZone time_zone,
    BirthDate birth_date,
    TaxNumber tax_number,
    Source source,
    Newsletter newsletter,
    AssignedStaff assigned_staff,
    Address address,
    Group group,
}

impl Field {
    /// The field of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Whether people write its value as they like, so that a pattern can say what it looks like.
    pub fn takes_pattern(self) -> bool {
        matches!(
            self,
            Self::Title
                | Self::FirstName
                | Self::MiddleName
                | Self::LastName
                | Self::Email
                | Self::Company
                | Self::Department
                | Self::JobTitle
                | Self::TaxNumber
                | Self::Source
        )
    }

    /// What is asked about it where nobody has said anything. Source: the project's requirements.
    pub fn unset(self) -> &'static Rule {
        static REQUIRED: LazyLock<Rule> = LazyLock::new(|| Rule::of(Need::Required));
        static OPTIONAL: LazyLock<Rule> = LazyLock::new(|| Rule::of(Need::Optional));
        match self {
            Self::FirstName | Self::LastName | Self::Email => &REQUIRED,
            _ => &OPTIONAL,
        }
    }
}
