//! What groups and staff are called, as far as it is known.

use patron_values::id::{GroupId, StaffId};
use std::collections::{HashMap, HashSet};

/// Names that are kept at most; then all are asked for again. A company has some hundreds of each.
const KEPT: usize = 10_000;

/// The names of groups and of staff.
#[derive(Debug, Clone, Default)]
pub struct Names {
    groups: HashMap<GroupId, String>,
    staff: HashMap<StaffId, String>,
}

impl Names {
    /// Whether it is time to forget them all.
    pub fn is_full(&self) -> bool {
        self.groups.len() + self.staff.len() > KEPT
    }

    /// Those of these groups and staff that are not known, each once.
    pub fn missing(
        &self,
        groups: impl Iterator<Item = GroupId>,
        staff: impl Iterator<Item = StaffId>,
    ) -> (Vec<GroupId>, Vec<StaffId>) {
        let groups: HashSet<_> = groups.filter(|group| !self.groups.contains_key(group)).collect();
        let staff: HashSet<_> = staff.filter(|one| !self.staff.contains_key(one)).collect();
        (groups.into_iter().collect(), staff.into_iter().collect())
    }

    /// Notes what these are called: who is in none of the answers keeps the name that programs know.
    pub fn learn(
        &mut self,
        (groups, staff): (Vec<GroupId>, Vec<StaffId>),
        mut called: HashMap<String, String>,
    ) {
        let mut name = |resource: String| called.remove(&resource).unwrap_or(resource);
        self.groups.extend(groups.into_iter().map(|group| (group, name(group.resource_name()))));
        self.staff.extend(staff.into_iter().map(|one| (one, name(one.resource_name()))));
    }

    /// What a group is called.
    pub(super) fn group(&self, group: GroupId) -> &str {
        self.groups.get(&group).map_or("", String::as_str)
    }

    /// What a member of staff is called.
    pub(super) fn staff(&self, staff: StaffId) -> &str {
        self.staff.get(&staff).map_or("", String::as_str)
    }
}
