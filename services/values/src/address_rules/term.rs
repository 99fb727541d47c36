use serde::Deserialize;

/// What a country calls a part of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// A city or town.
    City,
    /// A district of a city or province.
    District,
    /// The town whose post office delivers.
    PostTown,
    /// A suburb.
    Suburb,
    /// An area.
    Area,
    /// A county.
    County,
    /// A department.
    Department,
    /// A Korean province or city of its own.
    DoSi,
    /// An emirate.
    Emirate,
    /// An island.
    Island,
    /// An oblast.
    Oblast,
    /// A parish.
    Parish,
    /// A prefecture.
    Prefecture,
    /// A province.
    Province,
    /// A state.
    State,
    /// A postal code.
    #[serde(rename = "postal")]
    PostalCode,
    /// A ZIP code.
    #[serde(rename = "zip")]
    ZipCode,
    /// A postal index number.
    #[serde(rename = "pin")]
    PinCode,
    /// An Eircode.
    Eircode,
}

impl Term {
    /// The word in English.
    pub fn word(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::PostTown => "post town",
            Self::Suburb => "suburb",
            Self::Area => "area",
            Self::County => "county",
            Self::Department => "department",
            Self::DoSi => "province or city",
            Self::Emirate => "emirate",
            Self::Island => "island",
            Self::Oblast => "oblast",
            Self::Parish => "parish",
            Self::Prefecture => "prefecture",
            Self::Province => "province",
            Self::State => "state",
            Self::PostalCode => "postal code",
            Self::ZipCode => "ZIP code",
            Self::PinCode => "PIN code",
            Self::Eircode => "Eircode",
        }
    }
}
