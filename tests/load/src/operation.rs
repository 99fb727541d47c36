//! What is measured.

use crate::{call::Call, sample::Sample};

/// Callers at once for sign-in: identity answers only a few attempts for one name at a time, and one hash after the other.
const SIGN_IN_CALLERS: usize = 2;

/// One thing that callers do again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Read a customer.
    Get,
    /// Read a customer, then the addresses.
    GetWithAddresses,
    /// Read all that the record page shows.
    Overview,
    /// List the newest customers, which are also counted.
    FirstPage,
    /// List the customers of page 1,000, where paging led.
    LatePage,
    /// Search.
    Search(Terms),
    /// Create a customer who has nothing but a record.
    Create,
    /// Create a customer with an address.
    CreateWithAddress,
    /// Sign a member of staff in.
    SignIn,
}

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Terms {
    /// Words that few customers have.
    Rare,
    /// The words that most customers have.
    Common,
    /// First two letters of names.
    TwoLetters,
    /// Whole first names.
    FirstName,
    /// Parts of last names.
    LastName,
    /// The part of an email before the `@`.
    Email,
    /// Last digits of phone numbers.
    Phone,
    /// Whole ids.
    Id,
    /// Words of companies' names.
    Company,
    /// Words of departments' names.
    Department,
}

impl Terms {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Rare,
        Self::Common,
        Self::TwoLetters,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Phone,
        Self::Id,
        Self::Company,
        Self::Department,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Rare => "search-rare",
            Self::Common => "search-common",
            Self::TwoLetters => "search-two-letters",
            Self::FirstName => "search-first-name",
            Self::LastName => "search-last-name",
            Self::Email => "search-email",
            Self::Phone => "search-phone",
            Self::Id => "search-id",
            Self::Company => "search-company",
            Self::Department => "search-department",
        }
    }
}

impl Operation {
    /// All of them, reads first, so that those meet the customers that were filled in and no others.
    pub fn all() -> impl Iterator<Item = Self> {
        let reads = [Self::Get, Self::GetWithAddresses, Self::Overview, Self::FirstPage, Self::LatePage];
        let writes = [Self::Create, Self::CreateWithAddress, Self::SignIn];
        reads.into_iter().chain(Terms::ALL.map(Self::Search)).chain(writes)
    }

    /// Its name on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetWithAddresses => "get-addresses",
            Self::Overview => "overview",
            Self::FirstPage => "list-first",
            Self::LatePage => "list-1000",
            Self::Search(terms) => terms.name(),
            Self::Create => "create",
            Self::CreateWithAddress => "create-address",
            Self::SignIn => "sign-in",
        }
    }

    /// Whether it leaves something behind.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::CreateWithAddress | Self::SignIn)
    }

    /// Whether services offer it, and not the gateway alone.
    pub fn is_at_services(self) -> bool {
        self != Self::Overview
    }

    /// Whether its SQL can be replayed. The gateway composes overviews of what is measured by itself, and signing in is a
    /// password hash, beside which its SQL does not count.
    pub fn is_sql(self) -> bool {
        !matches!(self, Self::Overview | Self::SignIn)
    }

    /// How many do it at once, of `callers`.
    pub fn callers(self, callers: usize) -> usize {
        if self == Self::SignIn { callers.min(SIGN_IN_CALLERS) } else { callers }
    }

    /// How many different requests there are to replay; 1 where all give the same SQL but for ids.
    pub fn variants(self) -> u64 {
        if let Self::Search(_) = self { crate::sample::TERMS } else { 1 }
    }

    /// The calls of the time with this number, one after the other.
    pub fn calls(self, sample: &Sample, number: u64) -> Vec<Call> {
        match self {
            Self::Get => vec![Call::GetCustomer(sample.customer(number))],
            Self::GetWithAddresses => {
                let name = sample.customer(number);
                vec![Call::GetCustomer(name.clone()), Call::ListAddresses(name)]
            }
            Self::Overview => vec![Call::GetOverview(sample.customer(number))],
            Self::FirstPage => vec![Call::ListCustomers(sample.first_page())],
            Self::LatePage => vec![Call::ListCustomers(sample.late_page())],
            Self::Search(terms) => vec![Call::ListCustomers(sample.search(terms, number))],
            Self::Create => vec![Call::CreateCustomer(sample.new_customer(0).into())],
            Self::CreateWithAddress => vec![Call::CreateCustomer(sample.new_customer(1).into())],
            Self::SignIn => vec![Call::CreateSession(sample.sign_in())],
        }
    }
}
