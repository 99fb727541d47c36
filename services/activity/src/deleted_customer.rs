//! Customers who were deleted: what is kept of the event that says so.

use crate::activity_event::{ActivityEvent, Change};
use patron_proto::{activity::v1 as proto, event::v1::ChangeContext};
use patron_values::{
    id::{CustomerId, DeletedCustomerId},
    search::SearchText,
    timestamp,
};
use sqlx::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

/// The event of a deletion.
const DELETED: &str = "customer.deleted";
/// What a deleted customer is found by, as the event names it.
const SEARCHED: [&str; 5] = ["number", "first_name", "last_name", "email", "company"];

/// Most bytes of what is searched. The longest names of people take a tenth; the end of what is longer is not found.
const SEARCHED_BYTES: usize = 8192;

/// A customer who has just been deleted.
#[derive(Debug)]
pub struct NewDeletedCustomer<'e> {
    /// Who it was.
    pub customer: CustomerId,
    /// The number for people.
    pub number: Option<String>,
    /// First and last name.
    pub display_name: Option<String>,
    /// What is searched.
    pub search_text: String,
    /// When.
    pub deleted_at: OffsetDateTime,
    /// By whom and in which request.
    pub context: &'e ChangeContext,
}

impl<'e> NewDeletedCustomer<'e> {
    /// What the event of a deletion says; `None` for any other event.
    pub fn of(event: &'e ActivityEvent) -> Option<Self> {
        let customer = event.customer.filter(|_| event.kind == DELETED)?;
        let text = |field: &str| {
            let change: Option<&Change> = event.changes.iter().find(|change| change.field == field);
            change?.old.as_ref()?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let name =
            [text("first_name"), text("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let searched = SEARCHED.into_iter().filter_map(text);
        let mut search_text = searched.fold(SearchText::new(), |all, text| all.with(&text)).into_string();
        search_text.truncate(search_text.floor_char_boundary(SEARCHED_BYTES));
        Some(Self {
            customer,
            number: text("number"),
            display_name: Some(name)
                .filter(|name| !name.is_empty())
                .or_else(|| text("company"))
                .or_else(|| text("email")),
            search_text,
            deleted_at: event.happened_at,
            context: &event.context,
        })
    }
}

/// A customer who was deleted.
#[derive(Debug, Clone, FromRow)]
pub struct DeletedCustomer {
    /// Who it was.
    pub customer_id: CustomerId,
    number: Option<String>,
    display_name: Option<String>,
    /// When.
    pub deleted_at: OffsetDateTime,
    actor: Option<String>,
    actor_display_name: Option<String>,
    origin: Option<String>,
    trace_id: Option<Uuid>,
    history_deleted_at: Option<OffsetDateTime>,
    event_count: i64,
}

impl From<&DeletedCustomer> for proto::DeletedCustomer {
    fn from(customer: &DeletedCustomer) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            name: DeletedCustomerId(customer.customer_id.0).resource_name(),
            customer: customer.customer_id.resource_name(),
            number: text(&customer.number),
            display_name: text(&customer.display_name),
            delete_time: Some(timestamp(customer.deleted_at)),
            context: Some(ChangeContext {
                actor: text(&customer.actor),
                actor_display_name: text(&customer.actor_display_name),
                origin: text(&customer.origin),
                trace_id: customer.trace_id.map(|id| id.simple().to_string()).unwrap_or_default(),
                ..ChangeContext::default()
            }),
            event_count: i32::try_from(customer.event_count).unwrap_or(i32::MAX),
            history_delete_time: customer.history_deleted_at.map(timestamp),
        }
    }
}
