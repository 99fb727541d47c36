//! Countries as forms need them.

use patron_proto::address::v1 as proto;
use patron_values::{
    address_rules::{AddressRules, Part, Region, Term},
    country::Country,
};

/// What the names of countries begin with.
const COLLECTION: &str = "addressCountries/";

/// Reads `addressCountries/DE`; `None` where there is no such country.
pub fn parse_name(name: &str) -> Option<Country> {
    Country::parse(name.strip_prefix(COLLECTION)?).ok()
}

/// A country by name, as lists show it.
pub fn summary(rules: &AddressRules) -> proto::AddressCountry {
    proto::AddressCountry {
        name: format!("{COLLECTION}{}", rules.country()),
        country_code: rules.country().to_string(),
        display_name: rules.display_name().to_owned(),
        ..Default::default()
    }
}

/// A country with all its rules.
pub fn details(rules: &AddressRules) -> proto::AddressCountry {
    let lines = |in_latin| rules.form(in_latin).map(line).collect::<Vec<_>>();
    let (lines, latin_lines) = (lines(false), lines(true));
    proto::AddressCountry {
        parts: Part::ALL.into_iter().filter(|it| rules.uses(*it)).map(|it| part(rules, it)).collect(),
        latin_lines: if latin_lines == lines { Vec::new() } else { latin_lines },
        lines,
        postal_code_pattern: rules.postal_code_pattern().to_owned(),
        postal_code_examples: rules.postal_code_examples().iter().map(ToString::to_string).collect(),
        regions: rules.regions().iter().map(region).collect(),
        ..summary(rules)
    }
}

fn line(fields: Vec<&str>) -> proto::AddressLine {
    proto::AddressLine { fields: fields.into_iter().map(str::to_owned).collect() }
}

fn part(rules: &AddressRules, part: Part) -> proto::AddressPart {
    let term = rules.term(part);
    proto::AddressPart {
        field: part.field().to_owned(),
        term: number(term).into(),
        display_name: term.word().to_owned(),
        required: rules.requires(part),
    }
}

fn region(region: &Region) -> proto::AddressRegion {
    proto::AddressRegion {
        code: region.code.to_owned(),
        display_name: region.name.to_owned(),
        latin_display_name: region.latin_name().to_owned(),
    }
}

fn number(term: Term) -> proto::address_part::Term {
    use proto::address_part::Term as Number;
    match term {
        Term::City => Number::City,
        Term::District => Number::District,
        Term::PostTown => Number::PostTown,
        Term::Suburb => Number::Suburb,
        Term::Area => Number::Area,
        Term::County => Number::County,
        Term::Department => Number::Department,
        Term::DoSi => Number::DoSi,
        Term::Emirate => Number::Emirate,
        Term::Island => Number::Island,
        Term::Oblast => Number::Oblast,
        Term::Parish => Number::Parish,
        Term::Prefecture => Number::Prefecture,
        Term::Province => Number::Province,
        Term::State => Number::State,
        Term::PostalCode => Number::PostalCode,
        Term::ZipCode => Number::ZipCode,
        Term::PinCode => Number::PinCode,
        Term::Eircode => Number::Eircode,
    }
}
