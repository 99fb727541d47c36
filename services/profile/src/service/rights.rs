//! What a caller may do beyond what the RPC itself asks for.

use crate::{export::Columns, field_policy::Channel};
use patron_chassis::{
    permission::Permission,
    principal::{Principal, Scope, Subject},
    status::Problem,
};
use patron_proto::profile::v1::CreateCustomerRequest;
use patron_values::field_mask::FieldMask;

/// Fields of the record that customers change themselves. The email is not among them: a new one must be confirmed.
const OWN: [&str; 19] = [
    "first_name",
    "middle_name",
    "last_name",
    "title",
    "company",
    "department",
    "job_title",
    "preferred_language",
    "time_zone",
    "birth_date",
    "tax_number",
    "newsletter",
    "primary_phone",
    "secondary_phone",
    "personal_phone",
    "work_phone",
    "mobile_phone",
    "fax",
    "source",
];

/// Checks the rights to the parts of a creation, and assigns a sales rep to the customers they create, and at the point of sale anybody of
/// staff.
pub(super) fn prepare_creation(
    principal: &Principal,
    request: &mut CreateCustomerRequest,
    channel: Channel,
) -> Result<(), Problem> {
    require(principal, Permission::AddressWrite, !request.addresses.is_empty())?;
    require(principal, Permission::GroupAssign, !request.groups.is_empty())?;
    let staff = &mut request.customer.get_or_insert_default().assigned_staff;
    match principal.known_scope()? {
        Scope::Assigned(own) if staff.is_empty() || *staff == [own.resource_name()] => {
            *staff = vec![own.resource_name()];
        }
        _ if staff.is_empty() && channel == Channel::PointOfSale => {
            // who sells is who looks after the customer
            if let Subject::Staff(own) = principal.user()?.subject {
                *staff = vec![own.resource_name()];
            }
        }
        _ => require(principal, Permission::CustomerAssignStaff, !staff.is_empty())?,
    }
    Ok(())
}

/// Checks the rights to the fields of a change.
pub(super) fn check_update(principal: &Principal, mask: &FieldMask) -> Result<(), Problem> {
    require(principal, Permission::CustomerAssignStaff, mask.contains("assigned_staff"))?;
    if let Scope::Own(_) = principal.known_scope()? {
        let foreign = mask.fields().find(|field| !OWN.contains(field));
        if let Some(field) = foreign {
            return Err(Problem::invalid(
                "update_mask",
                format!("names {field}, which customers do not change themselves"),
            ));
        }
    }
    Ok(())
}

/// Checks the rights to the deletion of a history, which is worth most to somebody who hides what they did.
pub(super) fn check_delete_history(principal: &Principal) -> Result<(), Problem> {
    require(principal, Permission::CustomerDeleteHistory, true)
}

/// Checks the rights to what an export shows. Nobody exports as another.
pub(super) fn check_export(principal: &Principal, columns: &Columns) -> Result<(), Problem> {
    if principal.user()?.actor.is_some() {
        return Err(Problem::PermissionDenied(Permission::CustomerExport));
    }
    require(principal, Permission::AddressRead, columns.show_addresses())?;
    require(principal, Permission::GroupRead, columns.show_groups())
}

fn require(principal: &Principal, permission: Permission, needed: bool) -> Result<(), Problem> {
    if needed && !principal.may(permission) { Err(Problem::PermissionDenied(permission)) } else { Ok(()) }
}
