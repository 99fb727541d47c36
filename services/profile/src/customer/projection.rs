//! What other services say of a customer, as old as their latest event.

use crate::participants::ParticipantData;
use patron_proto::event::v1::{CustomerAccount, CustomerAddresses, CustomerMemberships};
use patron_values::{
    address_summary,
    id::{GroupId, WrongForm},
    search::SearchText,
    username::Username,
};
use std::collections::HashSet;

/// What identity, address and group say of a customer. Fields are named like the columns that hold them.
#[derive(Debug, Clone, Default, sqlx::FromRow, serde::Serialize)]
pub struct Projection {
    /// Of the account.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub account: AccountSummary,
    /// Of the groups.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub memberships: Memberships,
    /// Of the addresses.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub addresses: AddressSummary,
}

/// The account of a customer, or that there is none.
#[derive(Debug, Clone, Default, sqlx::FromRow, serde::Serialize)]
pub struct AccountSummary {
    /// Whether the customer may sign in.
    pub status: Status,
    /// The username as typed; empty where there is none.
    pub username: String,
    /// What the customer is found by. Written, and not read back.
    #[sqlx(skip)]
    pub account_text: String,
}

/// The groups that a customer is in.
#[derive(Debug, Clone, Default, sqlx::FromRow, serde::Serialize)]
pub struct Memberships {
    /// All of them, in the order of their ids.
    pub groups: Vec<GroupId>,
    /// The primary one.
    pub primary_group: Option<GroupId>,
}

/// The addresses of a customer; empty texts where there is none.
#[derive(Debug, Clone, Default, sqlx::FromRow, serde::Serialize)]
pub struct AddressSummary {
    /// City of the main one.
    pub city: String,
    /// Postal code of the main one.
    pub postal_code: String,
    /// Country of the main one, by its code.
    pub country_code: String,
    /// What the customer is found by, of each. Written, and not read back.
    #[sqlx(skip)]
    pub address_text: String,
}

/// Whether a customer may sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// May, or has no account that could be blocked.
    #[default]
    Active,
    /// Has not yet confirmed the email.
    PendingVerification,
    /// Waits for approval.
    PendingApproval,
    /// May not.
    Disabled,
}

impl Projection {
    /// What services will say once they have created these parts, if they take them: so the answer to a creation, and lists, know it
    /// at once. With the groups that require approval.
    pub fn expected(parts: &ParticipantData, requiring: &HashSet<String>) -> Self {
        let approval_groups = parts.approval_groups(requiring);
        let allowed = if approval_groups.is_empty() { "ACTIVE" } else { "PENDING_APPROVAL" };
        let account = parts.account.as_ref().map(|account| CustomerAccount {
            status: if account.disabled { "DISABLED" } else { allowed }.to_owned(),
            username: Username::parse(&account.username).map(|it| it.to_string()).unwrap_or_default(),
        });
        let memberships = CustomerMemberships {
            groups: parts.groups.clone(),
            primary_group: parts.groups.first().cloned().unwrap_or_default(),
            approval_groups,
        };
        Self {
            account: account.as_ref().map(AccountSummary::from).unwrap_or_default(),
            memberships: Memberships::try_from(&memberships).unwrap_or_default(),
            addresses: AddressSummary::from(&address_summary::summary_of(&parts.addresses)),
        }
    }
}

impl From<&CustomerAccount> for AccountSummary {
    fn from(account: &CustomerAccount) -> Self {
        let status = match account.status.as_str() {
            // there is no account
            "" | "ACTIVE" => Status::Active,
            "PENDING_VERIFICATION" => Status::PendingVerification,
            "PENDING_APPROVAL" => Status::PendingApproval,
            // and what this build does not know yet, since it may keep from signing in
            _ => Status::Disabled,
        };
        let account_text = SearchText::new().with(&account.username).into_string();
        Self { status, username: account.username.clone(), account_text }
    }
}

impl TryFrom<&CustomerMemberships> for Memberships {
    type Error = WrongForm;

    fn try_from(memberships: &CustomerMemberships) -> Result<Self, WrongForm> {
        let groups = memberships.groups.iter().map(|name| GroupId::parse(name));
        let mut groups = groups.collect::<Result<Vec<_>, _>>()?;
        groups.sort_unstable();
        Ok(Self { groups, primary_group: GroupId::parse(&memberships.primary_group).ok() })
    }
}

impl From<&CustomerAddresses> for AddressSummary {
    fn from(addresses: &CustomerAddresses) -> Self {
        let terms = addresses.search_terms.iter();
        Self {
            city: addresses.city.clone(),
            postal_code: addresses.postal_code.clone(),
            country_code: addresses.country_code.clone(),
            address_text: terms.fold(SearchText::new(), |text, term| text.with(term)).into_string(),
        }
    }
}
