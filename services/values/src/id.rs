//! Ids by type, so that a customer's cannot be passed for a group's.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// A name or an id that does not have the form asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct WrongForm(pub &'static str);

/// The id of a resource, which is the last part of its name.
pub trait ResourceId: Copy + Send + Sync + From<Uuid> {
    /// What the resource is called in errors: `group`.
    const KIND: &'static str;

    /// The bare id.
    fn uuid(self) -> Uuid;

    /// The name of a resource that stands by itself: `groups/{uuid}`.
    fn resource_name(self) -> String;
}

/// Declares an id: a UUID that appears as the last part of resource names of one form.
macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident of $kind:literal in $prefix:literal as $form:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            #[doc = concat!("Reads the resource name `", $form, "`.")]
            pub fn parse(name: &str) -> Result<Self, WrongForm> {
                name.strip_prefix($prefix).ok_or(WrongForm($form))?.parse()
            }

            #[doc = concat!("The resource name `", $form, "`.")]
            pub fn resource_name(self) -> String {
                format!(concat!($prefix, "{}"), self.0)
            }
        }

        impl ResourceId for $name {
            const KIND: &'static str = $kind;

            fn uuid(self) -> Uuid {
                self.0
            }

            fn resource_name(self) -> String {
                $name::resource_name(self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// Reads the bare UUID: lower or upper case, hyphenated.
        impl FromStr for $name {
            type Err = WrongForm;

            fn from_str(id: &str) -> Result<Self, WrongForm> {
                // Uuid itself also takes braces, URNs and no hyphens, which would give one resource several
                // names.
                match Uuid::try_parse(id) {
                    Ok(uuid) if id.len() == uuid::fmt::Hyphenated::LENGTH => Ok(Self(uuid)),
                    _ => Err(WrongForm($form)),
                }
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A customer, in every service.
    CustomerId of "customer" in "customers/" as "customers/{uuid}";
    /// A member of the company's staff, who signs in to the console.
    StaffId of "staff" in "staff/" as "staff/{uuid}";
    /// A group of customers.
    GroupId of "group" in "groups/" as "groups/{uuid}";
    /// A role that people made; those that every Patron has are known by words.
    CustomRoleId of "role" in "roles/" as "roles/{uuid}";
    /// A session of a staff member or a customer.
    SessionId of "session" in "sessions/" as "sessions/{uuid}";
    /// An address, unique across customers; its full name has its customer's in front.
    AddressId of "address" in "addresses/" as "addresses/{uuid}";
    /// Work that takes longer than a request, at the service that does it.
    OperationId of "operation" in "operations/" as "operations/{uuid}";
    /// A customer who was deleted, by the same id.
    DeletedCustomerId of "deleted customer" in "deletedCustomers/" as "deletedCustomers/{uuid}";
    /// A question that customers can choose to be asked.
    SecurityQuestionId of "security question" in "securityQuestions/" as "securityQuestions/{uuid}";
    /// An event of some aggregate; its full name has its customer's in front.
    EventId of "event" in "events/" as "events/{uuid}";
}

/// Splits `customers/{uuid}/<collection>/<last>` into the customer and the last part.
///
/// `form` is the form named when it does not fit.
pub fn parse_child<'a>(
    name: &'a str,
    collection: &str,
    form: &'static str,
) -> Result<(CustomerId, &'a str), WrongForm> {
    let mut parts = name.splitn(4, '/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("customers"), Some(customer), Some(found), Some(last))
            if found == collection && !last.contains('/') =>
        {
            Ok((customer.parse().map_err(|_| WrongForm(form))?, last))
        }
        _ => Err(WrongForm(form)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn resource_names_round_trip() {
        let id = CustomerId::parse(&format!("customers/{ID}")).unwrap();
        assert_eq!(id.resource_name(), format!("customers/{ID}"));
        assert_eq!(id.to_string(), ID);
    }

    #[test]
    fn a_resource_has_one_name_only() {
        for wrong in [
            format!("customer/{ID}"),
            format!("customers/{{{ID}}}"),
            format!("customers/{}", ID.replace('-', "")),
            format!("customers/urn:uuid:{ID}"),
            format!("customers/{ID}/"),
            "customers/".to_owned(),
            ID.to_owned(),
        ] {
            assert_eq!(CustomerId::parse(&wrong), Err(WrongForm("customers/{uuid}")), "{wrong}");
        }
    }

    #[test]
    fn child_names_are_split_into_customer_and_last_part() {
        let form = "customers/{uuid}/addresses/{uuid}";
        let name = format!("customers/{ID}/addresses/{ID}");
        assert_eq!(parse_child(&name, "addresses", form), Ok((ID.parse().unwrap(), ID)));
        for wrong in [
            format!("customers/{ID}"),
            format!("customers/{ID}/groups/{ID}"),
            format!("{name}/x"),
            "customers/x/addresses/y".into(),
        ] {
            assert_eq!(parse_child(&wrong, "addresses", form), Err(WrongForm(form)), "{wrong}");
        }
    }
}
