//! Staff who look after customers: identity says who they are.

use patron_chassis::{client::Channel, status::Problem};
use patron_proto::identity::internal::v1::{
    BatchGetStaffReferencesRequest, staff_reference_service_client::StaffReferenceServiceClient,
};
use patron_values::{fields::Fields, id::StaffId};
use std::collections::{BTreeSet, HashMap};
use tonic::Status;

/// Checks staff who shall look after customers. Whoever is assigned already stays so, disabled or not: it is said in the history.
#[derive(Clone)]
pub struct AssignedStaff {
    identity: StaffReferenceServiceClient<Channel>,
}

impl AssignedStaff {
    /// Staff of the identity service behind this channel, asked in this service's own name.
    pub fn new(identity: &Channel) -> Self {
        Self { identity: StaffReferenceServiceClient::new(identity.as_service()) }
    }

    /// Whether someone is a member of staff and not disabled.
    pub async fn may_act(&self, staff: StaffId) -> Result<bool, Status> {
        let request = BatchGetStaffReferencesRequest { staff: vec![staff.resource_name()] };
        let found = self.identity.clone().batch_get_staff_references(request).await?.into_inner().references;
        Ok(found.iter().any(|reference| !reference.disabled))
    }

    /// Refuses lists, each of one customer, that name someone who is no member of staff or is disabled, but for those in `known`.
    /// Asks once for all of them, and not at all where nobody else is named.
    pub async fn check<'r>(
        &self,
        lists: impl Iterator<Item = &'r [StaffId]> + Clone,
        known: &[StaffId],
    ) -> Result<(), Status> {
        let named = lists.clone().flatten();
        let asked: BTreeSet<StaffId> = named.filter(|staff| !known.contains(staff)).copied().collect();
        if asked.is_empty() {
            return Ok(());
        }
        let staff = asked.iter().map(|staff| staff.resource_name()).collect();
        let request = BatchGetStaffReferencesRequest { staff };
        let found = self.identity.clone().batch_get_staff_references(request).await?.into_inner().references;
        let found: HashMap<String, bool> = found.into_iter().map(|it| (it.staff, it.disabled)).collect();
        let mut fields = Fields::at("customer");
        for list in lists {
            for (place, staff) in list.iter().enumerate() {
                if known.contains(staff) {
                    continue;
                }
                let wrong = match found.get(&staff.resource_name()) {
                    Some(false) => continue,
                    Some(true) => "is disabled: enable the person first, or name another",
                    None => "is no member of staff",
                };
                fields.refuse(&format!("assigned_staff[{place}]"), wrong);
            }
        }
        Ok(fields.into_result().map_err(Problem::from)?)
    }
}
