//! Permissions: what a role allows, as sets small enough to travel with every call.

use std::fmt;

pub use patron_proto::access::v1::Permission;

/// Nouns of permissions that consist of more than one word. In every other the first word is the noun.
const LONG_NOUNS: [&str; 1] = ["SERVICE_ACCOUNT"];

/// What every permission's name in the proto begins with.
const PREFIX: &str = "PERMISSION_";

/// The name of a permission in tokens, roles and answers: `customer.read`.
pub fn name(permission: Permission) -> String {
    let name = permission.as_str_name().trim_start_matches(PREFIX);
    let long = LONG_NOUNS.into_iter().find(|noun| name.starts_with(noun));
    let noun = long.map_or_else(|| name.find('_').unwrap_or(name.len()), str::len);
    let mut name = name.to_ascii_lowercase();
    if noun < name.len() {
        name.replace_range(noun..=noun, ".");
    }
    name
}

/// Reads the name of a permission; `None` if no permission has it.
pub fn parse(name: &str) -> Option<Permission> {
    // An underscore in place of the dot would give one permission two names.
    let written = format!("{PREFIX}{}", name.replacen('.', "_", 1).to_ascii_uppercase());
    Permission::from_str_name(&written)
        .filter(|permission| *permission != Permission::Unspecified && self::name(*permission) == name)
}

/// A set of permissions.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u64);

impl Permissions {
    /// The set of none.
    pub const NONE: Self = Self(0);

    /// Adds one.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | bit(permission))
    }

    /// Whether it has this one.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each permission in it, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        (1..i32::try_from(u64::BITS).unwrap_or(i32::MAX))
            .filter_map(|number| Permission::try_from(number).ok())
            .filter(move |it| self.contains(*it))
    }
}

/// The bit of a permission; none for `Unspecified`, which is no permission and in no set.
const fn bit(permission: Permission) -> u64 {
    match permission as u32 {
        0 => 0,
        number => 1 << number,
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        permissions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> impl Iterator<Item = Permission> {
        (1..64).filter_map(|number| Permission::try_from(number).ok())
    }

    #[test]
    fn every_permission_has_one_name_and_one_bit() {
        let mut all = Permissions::NONE;
        for permission in every() {
            assert_eq!(parse(&name(permission)), Some(permission));
            assert!(!all.contains(permission), "{permission:?} shares a bit");
            all = all.with(permission);
        }
        assert!(all.iter().eq(every()));
    }

    #[test]
    fn names_have_a_dot_after_the_noun() {
        assert_eq!(name(Permission::CustomerAssignStaff), "customer.assign_staff");
        assert_eq!(name(Permission::ServiceAccountManage), "service_account.manage");
        for wrong in
            ["customer_read", "CUSTOMER.READ", "customer.rea", "unspecified", "service.account_manage", ""]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nobody_has_what_is_no_permission() {
        assert!(!Permissions::NONE.with(Permission::Unspecified).contains(Permission::Unspecified));
    }
}
