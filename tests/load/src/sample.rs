//! What requests are made of: customers that are there, words that they are found by, customers that are not there yet.
//!
//! Which they are depends on the data and on the seed alone.

use crate::{grpc::authorized, operation::Terms};
use anyhow::{Result, bail};
use patron_local::{demo::population, mesh::Mesh};
use patron_proto::{
    identity::v1::{CreateSessionRequest, UserKind},
    profile::v1::{
        BatchGetCustomersRequest, CreateCustomerRequest, Customer, ListCustomersRequest,
        customer_service_client::CustomerServiceClient,
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use sqlx::PgPool;
use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};
use tonic::transport::Channel;

/// Different terms of each kind of search.
pub const TERMS: u64 = 8;
/// The page that lies far from the first.
const LATE_PAGE: u32 = 1000;
/// Customers that reads ask for, at most.
const CUSTOMERS: i64 = 50_000;
/// Customers whose words are searched for.
const READ: usize = 1000;
/// The most that one call reads.
const BATCH: usize = 100;

/// What requests are made of.
#[derive(Debug)]
pub struct Sample {
    /// Ids of customers, in random order.
    ids: Vec<String>,
    late_page: ListCustomersRequest,
    terms: HashMap<Terms, Vec<String>>,
    /// Number of the next customer to create.
    next: AtomicU64,
    /// Name and password to sign in with.
    credentials: (String, String),
    seed: u64,
}

impl Sample {
    /// Looks at the customers that are there.
    pub async fn take(mesh: &Mesh, database: &PgPool, token: &str, seed: u64) -> Result<Self> {
        let ids = ids(database, seed).await?;
        let mut client = CustomerServiceClient::new(mesh.channel("profile").await?);
        let customers = read(&mut client, token, &ids).await?;
        let administrator = mesh.administrator();
        Ok(Self {
            late_page: walk(&mut client, token).await?,
            terms: terms(&customers, seed),
            next: AtomicU64::new(last_number(database).await?),
            credentials: (administrator.username.clone(), administrator.password.clone()),
            ids,
            seed,
        })
    }

    /// Ids of the customers that reads ask for.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Name of a customer, each time another one.
    pub fn customer(&self, number: u64) -> String {
        let place = StdRng::seed_from_u64(self.seed ^ number).random_range(0..self.ids.len());
        format!("customers/{}", self.ids[place])
    }

    /// The first page.
    pub fn first_page(&self) -> ListCustomersRequest {
        ListCustomersRequest::default()
    }

    /// Page 1,000, or the last one of fewer.
    pub fn late_page(&self) -> ListCustomersRequest {
        self.late_page.clone()
    }

    /// A search; the kind has [`TERMS`] of them.
    pub fn search(&self, terms: Terms, number: u64) -> ListCustomersRequest {
        let terms = &self.terms[&terms];
        let place = usize::try_from(number).unwrap_or_default() % terms.len();
        ListCustomersRequest { query: terms[place].clone(), ..Default::default() }
    }

    /// A request that creates a customer nobody has created, with so many addresses.
    pub fn new_customer(&self, addresses: usize) -> CreateCustomerRequest {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut person = population::person(u32::try_from(number).unwrap_or_default());
        person.customer.external_id.clear();
        person.customer.email = format!("load{number}@example.com");
        person.addresses.truncate(addresses);
        CreateCustomerRequest {
            customer: Some(person.customer),
            addresses: person.addresses,
            ..CreateCustomerRequest::default()
        }
    }

    /// The request that signs in.
    pub fn sign_in(&self) -> CreateSessionRequest {
        let (identifier, password) = self.credentials.clone();
        CreateSessionRequest { identifier, password, user_kind: UserKind::Staff.into(), ..Default::default() }
    }
}

/// Customers from anywhere: all are as likely, which pages of a list would not give.
#[expect(
    clippy::disallowed_methods,
    reason = "the generator looks behind the services, whose schemas it does not own"
)]
async fn ids(database: &PgPool, seed: u64) -> Result<Vec<String>> {
    let chosen = sqlx::query_scalar(
        "select customer_id::text from profile.customer where state = 'active' order by md5(customer_id::text || $1) limit $2",
    );
    let ids: Vec<String> = chosen.bind(seed.to_string()).bind(CUSTOMERS).fetch_all(database).await?;
    if ids.len() < READ {
        bail!("{} customers are too few: at least {READ} are needed", ids.len());
    }
    Ok(ids)
}

/// Emails are made of numbers from here on, which no customer had.
#[expect(
    clippy::disallowed_methods,
    reason = "the generator looks behind the services, whose schemas it does not own"
)]
async fn last_number(database: &PgPool) -> Result<u64> {
    let last: i64 =
        sqlx::query_scalar("select max(number) from profile.customer").fetch_one(database).await?;
    Ok(u64::try_from(last)? + 1)
}

async fn read(
    client: &mut CustomerServiceClient<Channel>,
    token: &str,
    ids: &[String],
) -> Result<Vec<Customer>> {
    let mut customers = Vec::with_capacity(READ);
    for ids in ids[..READ].chunks(BATCH) {
        let names = ids.iter().map(|id| format!("customers/{id}")).collect();
        let request = authorized(BatchGetCustomersRequest { names }, token)?;
        customers.extend(client.batch_get_customers(request).await?.into_inner().customers);
    }
    Ok(customers)
}

/// Follows the pages.
async fn walk(client: &mut CustomerServiceClient<Channel>, token: &str) -> Result<ListCustomersRequest> {
    let mut request = ListCustomersRequest::default();
    for _ in 1..LATE_PAGE {
        let page = client.list_customers(authorized(request.clone(), token)?).await?.into_inner();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    Ok(request)
}

fn terms(customers: &[Customer], seed: u64) -> HashMap<Terms, Vec<String>> {
    let of = |kind: Terms| {
        if kind == Terms::Common {
            return common(customers);
        }
        let mut shuffled: Vec<&Customer> = customers.iter().collect();
        shuffled.shuffle(&mut StdRng::seed_from_u64(seed));
        let mut found = Vec::new();
        for term in shuffled.into_iter().filter_map(|customer| term(kind, customer)) {
            if !found.contains(&term) {
                found.push(term);
            }
            if found.len() as u64 == TERMS {
                break;
            }
        }
        found
    };
    Terms::ALL.into_iter().map(|kind| (kind, of(kind))).collect()
}

/// What a customer could be searched by.
fn term(kind: Terms, customer: &Customer) -> Option<String> {
    let local = customer.email.split('@').next();
    let phone = customer.primary_phone.as_ref().map(|phone| phone.number.as_str()).unwrap_or_default();
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let last_name: Vec<char> = customer.last_name.chars().collect();
    let term: String = match kind {
        // the number in it makes it unique
        Terms::Rare => format!("{} {}", customer.first_name, local?),
        Terms::Common => return None,
        Terms::TwoLetters => last_name.get(..2)?.iter().collect(),
        Terms::FirstName => customer.first_name.clone(),
        Terms::LastName => last_name.get(1..).filter(|part| part.len() >= 3)?.iter().collect(),
        Terms::Email => local?.to_owned(),
        Terms::Phone => digits.get(digits.len().checked_sub(6)?..)?.iter().collect(),
        Terms::Id => customer.name.strip_prefix("customers/")?.to_owned(),
        Terms::Company => longest_word(&customer.company)?,
        Terms::Department => longest_word(&customer.department)?,
    };
    Some(term)
}

fn longest_word(text: &str) -> Option<String> {
    text.split_whitespace().max_by_key(|word| word.chars().count()).map(str::to_owned)
}

/// Words of names, companies and departments that most customers have.
fn common(customers: &[Customer]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for customer in customers {
        let fields = [&customer.first_name, &customer.last_name, &customer.company, &customer.department];
        for word in fields.into_iter().flat_map(|field| field.split_whitespace()) {
            // shorter ones are searched for as the beginning of words
            if word.chars().count() >= 3 {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
    }
    let mut words: Vec<(String, usize)> = counts.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.into_iter().take(usize::try_from(TERMS).unwrap_or_default()).map(|(word, _)| word).collect()
}
