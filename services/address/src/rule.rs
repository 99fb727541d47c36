//! Rules of its country that an address keeps, or why it need not.

use crate::address::Content;
use patron_values::{
    address_rules::{AddressRules, Breach, Part},
    country::Country,
    fields::Fields,
    text::Line,
};

/// What rules are about. An empty text is a part that is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) country: Country,
    pub(crate) city: &'a str,
    pub(crate) region: &'a str,
    pub(crate) postal_code: &'a str,
}

impl Parts<'_> {
    fn breaches(&self) -> Vec<Breach> {
        AddressRules::of(self.country).check(self.city, self.region, self.postal_code)
    }

    fn is_like(&self, other: &Self, part: Part) -> bool {
        let text = |parts: &Self| match part {
            Part::City => parts.city,
            Part::Region => parts.region,
            Part::PostalCode => parts.postal_code,
        };
        self.country == other.country && text(self) == text(other)
    }
}

/// What is about to become of an address.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// It is created.
    Creation,
    /// It said this until now.
    Update {
        /// What it said.
        old: &'a Content,
        /// Whether the caller gives a reason for an exception, be it the one that stands there.
        gives_exception: bool,
    },
}

impl Change<'_> {
    /// Whether a part is as it was, in the country where it was.
    pub(crate) fn leaves_as_it_was(&self, parts: &Parts<'_>, part: Part) -> bool {
        match self {
            Self::Creation => false,
            Self::Update { old, .. } => old.parts().is_like(parts, part),
        }
    }
}

/// Refuses what breaks a rule now and did not before, unless there is a reason for it. Gives the reason that the address has then: none
/// where it keeps all rules, or changes without one.
pub(crate) fn judge(
    fields: &mut Fields,
    parts: &Parts<'_>,
    exception: Option<Line<200>>,
    change: Change<'_>,
) -> Option<Line<200>> {
    let stands = match change {
        Change::Creation => true,
        Change::Update { old, gives_exception } => gives_exception || old.parts() == *parts,
    };
    let breaches = parts.breaches();
    let exception = exception.filter(|_| stands && !breaches.is_empty());
    if exception.is_none() {
        let new = breaches.into_iter().filter(|breach| !change.leaves_as_it_was(parts, breach.part));
        new.for_each(|breach| fields.refuse(breach.part.field(), breach.description));
    }
    exception
}
