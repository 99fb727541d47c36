//! Pages of customers: built at run time, since what is searched, filtered and ordered by is the caller's choice.

use super::row::Row;
use crate::customer::Customer;
use patron_chassis::{pg::Database, principal::Scope, status::Problem};
use patron_ledger::reference::assigned_to;
use patron_values::{
    email,
    filter::{Field, Filter, Kind},
    order_by::{Cursor, Key, OrderBy, SortField, SortFields},
    search::query::Query,
    text::Name,
};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

/// Rows counted one by one; above, the planner's estimate is given.
pub const COUNTED: i64 = 10_000;

/// Not kept as prepared statements: which index is best depends on what is searched for, and a plan that is kept is made
/// for no term in particular.
const PLANNED_ONCE: bool = false;

const COLUMNS: &str = "c.customer_id, c.state, c.number, c.first_name, c.middle_name, c.last_name, c.title, c.email, c.company,
    c.department, c.job_title, c.account_type, c.preferred_language, c.time_zone, c.birth_date, c.tax_number, c.source,
    c.newsletter, c.external_id, c.primary_phone, c.secondary_phone, c.personal_phone, c.work_phone, c.mobile_phone, c.fax,
    c.assigned_staff, coalesce(p.status, 'active') as status, coalesce(p.groups, '{}') as groups, p.primary_group, p.city,
    p.country_code, c.version, c.reference_version, c.created_at, c.updated_at";

/// What can be filtered by.
pub const FILTERS: &[Field] = &[
    Field::new("number", "c.number", Kind::Integer),
    Field::new("first_name", "c.first_name", Kind::Text),
    Field::new("middle_name", "c.middle_name", Kind::Text),
    Field::new("last_name", "c.last_name", Kind::Text),
    Field::new("title", "c.title", Kind::Text),
    Field::new("email", "c.email_key", Kind::Folded(email::query_key)),
    Field::new("company", "c.company", Kind::Text),
    Field::new("department", "c.department", Kind::Text),
    Field::new("job_title", "c.job_title", Kind::Text),
    Field::new(
        "account_type",
        "c.account_type",
        Kind::Enum(&[("PRIVATE", "private"), ("BUSINESS", "business")]),
    ),
    Field::new("status", "coalesce(p.status, 'active')", Kind::Enum(STATUSES)),
    Field::new("preferred_language", "c.preferred_language", Kind::Text),
    Field::new("time_zone", "c.time_zone", Kind::Text),
    Field::new("birth_date", "c.birth_date", Kind::Date),
    Field::new("tax_number", "c.tax_number", Kind::Text),
    Field::new("source", "c.source", Kind::Text),
    Field::new("newsletter", "c.newsletter", Kind::Bool),
    Field::new("external_id", "c.external_id", Kind::Text),
    Field::new("assigned_staff", "c.assigned_staff", Kind::Set(&Kind::Id("staff/"))),
    Field::new("groups", "coalesce(p.groups, '{}')", Kind::Set(&Kind::Id("groups/"))),
    Field::new("primary_group", "p.primary_group", Kind::Id("groups/")),
    Field::new("city", "p.city", Kind::Text),
    Field::new("country_code", "p.country_code", Kind::Text),
    Field::new("create_time", "c.created_at", Kind::Timestamp),
    Field::new("update_time", "c.updated_at", Kind::Timestamp),
];

const STATUSES: &[(&str, &str)] = &[
    ("ACTIVE", "active"),
    ("PENDING_VERIFICATION", "pending_verification"),
    ("PENDING_APPROVAL", "pending_approval"),
    ("DISABLED", "disabled"),
];

/// What can be ordered by; each has an index.
pub const ORDERS: SortFields = SortFields {
    fields: &[
        SortField::new("create_time", "c.created_at"),
        SortField::new("last_name", "c.last_name"),
        SortField::new("first_name", "c.first_name"),
        SortField::new("email", "c.email_key"),
        SortField::new("company", "coalesce(c.company, '')"),
        SortField::new("number", "c.number"),
    ],
    id: SortField::new("name", "c.customer_id"),
    default: "create_time desc",
};

/// Which customers to list.
#[derive(Debug)]
pub struct Selection {
    /// Those the caller may see.
    pub scope: Scope,
    /// What is searched for.
    pub query: Query,
    /// What else must hold.
    pub filter: Filter,
    /// Created at this time or later.
    pub created_from: Option<OffsetDateTime>,
    /// Created before this time.
    pub created_before: Option<OffsetDateTime>,
}

/// How many customers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exact(i64),
    /// About so many.
    Estimated(i64),
}

/// Customers of a selection in an order, at most `limit` after a place.
pub async fn list(
    database: &Database,
    selection: &Selection,
    order: &OrderBy,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Customer>, Problem> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS);
    selection.push(&mut sql);
    if let Some(after) = after {
        sql.push(" and ");
        order.push_after(after, &mut sql)?;
    }
    sql.push(" order by ");
    order.push_order(&mut sql);
    sql.push(" limit ").push_bind(limit);
    let rows: Vec<Row> = sql.build_query_as().persistent(PLANNED_ONCE).fetch_all(database).await?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

/// Counts a selection, exactly as far as [`COUNTED`].
pub async fn count(database: &Database, selection: &Selection) -> Result<Count, sqlx::Error> {
    let mut sql = QueryBuilder::new("select count(*) from (select");
    selection.push(&mut sql);
    sql.push(" limit ").push_bind(COUNTED + 1).push(") as counted");
    let counted: i64 = sql.build_query_scalar().persistent(PLANNED_ONCE).fetch_one(database).await?;
    if counted <= COUNTED {
        return Ok(Count::Exact(counted));
    }
    let mut sql = QueryBuilder::new("explain (format json) select");
    selection.push(&mut sql);
    let plan: sqlx::types::Json<Vec<Explained>> =
        sql.build_query_scalar().persistent(PLANNED_ONCE).fetch_one(database).await?;
    let rows = plan.0.first().map_or(0, |explained| explained.plan.rows);
    Ok(Count::Estimated(rows.max(COUNTED + 1)))
}

/// What `explain (format json)` says of a statement.
#[derive(serde::Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: Plan,
}

#[derive(serde::Deserialize)]
struct Plan {
    #[serde(rename = "Plan Rows")]
    rows: i64,
}

/// The place of a customer in an order.
pub fn cursor(order: &OrderBy, customer: &Customer) -> Cursor {
    order.cursor(|field| match field {
        "create_time" => Key::Timestamp(customer.created_at),
        "last_name" => Key::Text(customer.record.last_name.to_string()),
        "first_name" => Key::Text(customer.record.first_name.to_string()),
        "email" => Key::Text(customer.record.email.key()),
        "company" => Key::Text(customer.record.company.as_ref().map(Name::to_string).unwrap_or_default()),
        "number" => Key::Integer(customer.number),
        _ => Key::Id(customer.id.0),
    })
}

impl Selection {
    /// Writes `from` and `where`. Whole customers only; the caller's scope stands outside of what the caller asks for.
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" from profile.customer c left join profile.projection p using (customer_id) where c.state = 'active'");
        if let Scope::Own(own) = self.scope {
            sql.push(" and c.customer_id = ").push_bind(own.0);
        }
        if let Some(staff) = assigned_to(self.scope) {
            sql.push(" and cardinality(c.assigned_staff) > 0 and c.assigned_staff @> array[")
                .push_bind(staff.0)
                .push("]");
        }
        if let Some(from) = self.created_from {
            sql.push(" and c.created_at >= ").push_bind(from);
        }
        if let Some(before) = self.created_before {
            sql.push(" and c.created_at < ").push_bind(before);
        }
        if !self.filter.is_empty() {
            sql.push(" and ");
            self.filter.push(sql);
        }
        if !self.query.is_empty() {
            sql.push(" and ");
            self.query.push(sql, "c.search_text", "c.customer_id");
        }
    }
}
