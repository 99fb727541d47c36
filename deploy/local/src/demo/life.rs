//! What happens to made-up customers after they were created, through the same interface that staff use.

use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};
use patron_proto::identity::v1::{ApproveAccountRequest, DisableAccountRequest};
use patron_proto::profile::v1::{Customer, UpdateCustomerRequest, customer::AccountType};
use prost_types::FieldMask;
use tonic::Status;

use super::client::Client;
use super::population::{self, Person};
use crate::mesh::Mesh;
use crate::patience::patiently;

/// Calls under way at once.
const IN_FLIGHT: usize = 8;
/// Customers between two looks at the access token.
const STRETCH: usize = 1000;
/// Reasons for which an account is disabled.
const REASONS: [&str; 3] = ["Asked for it on the phone", "Mails come back", "Three payments are overdue"];

/// A customer that was made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MadeUp {
    /// `customers/{id}`.
    pub(super) name: String,
    /// Which one it is.
    pub(super) number: u32,
}

/// What may happen to a customer later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Later {
    /// Nothing.
    Nothing,
    /// Nothing yet: somebody has to decide about the account.
    Awaited,
    /// The account is approved.
    Approved,
    /// The account is disabled.
    Disabled,
    /// Some fields are edited.
    Edited,
}

impl Later {
    /// What happens to the customer of this number.
    pub(super) fn of(number: u32, person: &Person) -> Self {
        match person.account {
            Some(_) if population::groups()[person.group].approval_required => {
                if number.is_multiple_of(4) {
                    Self::Awaited
                } else {
                    Self::Approved
                }
            }
            Some(_) if number % 25 == 3 => Self::Disabled,
            _ if number % 5 == 1 => Self::Edited,
            _ => Self::Nothing,
        }
    }
}

/// Lets happen to each what [`Later::of`] says.
pub(super) async fn go_on(mesh: &Mesh, customers: &[MadeUp]) -> Result<()> {
    let mut client = Client::connect(mesh).await?;
    for customers in customers.chunks(STRETCH) {
        client.renew().await?;
        let changes = stream::iter(customers).map(|customer| client.change(customer));
        changes.buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
    }
    Ok(())
}

impl Client {
    async fn change(&self, MadeUp { name, number }: &MadeUp) -> Result<(), Status> {
        let person = population::person(*number);
        let account = format!("{name}/account");
        match Later::of(*number, &person) {
            Later::Nothing | Later::Awaited => {}
            Later::Approved => {
                let request = ApproveAccountRequest { name: account, ..Default::default() };
                patiently(async || {
                    self.accounts.clone().approve_account(self.request(request.clone())).await
                })
                .await?;
            }
            Later::Disabled => {
                let reason = REASONS[*number as usize % REASONS.len()].to_owned();
                let request = DisableAccountRequest { name: account, reason, ..Default::default() };
                patiently(async || {
                    self.accounts.clone().disable_account(self.request(request.clone())).await
                })
                .await?;
            }
            Later::Edited => {
                let request = edit(name, person.customer);
                patiently(async || {
                    self.customers.clone().update_customer(self.request(request.clone())).await
                })
                .await?;
            }
        }
        Ok(())
    }
}

/// Businesses have somebody else to talk to now, others another phone.
fn edit(name: &str, before: Customer) -> UpdateCustomerRequest {
    let name = name.to_owned();
    let (customer, paths): (_, &[&str]) = if before.account_type() == AccountType::Business {
        let (job_title, department) = ("Purchasing Manager".to_owned(), "Purchasing".to_owned());
        (Customer { name, job_title, department, ..Customer::default() }, &["job_title", "department"])
    } else {
        let (mobile_phone, newsletter) = (before.primary_phone, !before.newsletter);
        (Customer { name, mobile_phone, newsletter, ..Customer::default() }, &["mobile_phone", "newsletter"])
    };
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateCustomerRequest {
        customer: Some(customer),
        update_mask: Some(FieldMask { paths }),
        ..Default::default()
    }
}
