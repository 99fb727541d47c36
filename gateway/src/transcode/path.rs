//! The place of a value in a request, for reports: `customer.addresses[1].city`.

use std::fmt::{self, Write as _};

/// A path of JSON names that grows and shrinks while a request is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Path(String);

/// Where a path stood before it grew.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl Path {
    /// Goes to a member of the present object.
    pub(super) fn enter(&mut self, name: &str) -> Mark {
        let mark = Mark(self.0.len());
        if !self.0.is_empty() {
            self.0.push('.');
        }
        self.0.push_str(name);
        mark
    }

    /// Goes to an item of the present array.
    pub(super) fn enter_index(&mut self, index: usize) -> Mark {
        let mark = Mark(self.0.len());
        self.push(format_args!("[{index}]"));
        mark
    }

    /// Goes to an entry of the present map.
    pub(super) fn enter_key(&mut self, key: &str) -> Mark {
        let mark = Mark(self.0.len());
        self.push(format_args!("[{key:?}]"));
        mark
    }

    fn push(&mut self, part: fmt::Arguments<'_>) {
        // a string takes all that is written to it
        let _ = self.0.write_fmt(part);
    }

    /// Goes back.
    pub(super) fn leave(&mut self, mark: Mark) {
        self.0.truncate(mark.0);
    }
}

impl From<&str> for Path {
    /// A field of the request itself.
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
