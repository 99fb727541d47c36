//! Pages of lists (AIP-158): how many rows, after which one, and the token of the next page.

use aws_lc_rs::digest::{SHA256, digest};
use prost::{Message, Name};
use prost_reflect::DynamicMessage;
use serde::{Serialize, de::DeserializeOwned};

use crate::{descriptor, seal::Seal, violation::Violation};

/// Rows of a page where the caller names no number.
const DEFAULT_SIZE: usize = 50;

/// Most rows of a page; who asks for more gets these.
pub const MAX_SIZE: usize = 100;

/// What page tokens are sealed for.
const PURPOSE: &str = "page";

/// One page of a list, as a request asks for it. `C` is the cursor: the values by which rows are ordered, of the last
/// row of the page before.
#[derive(Debug)]
pub struct Page<'a, C> {
    size: usize,
    after: Option<C>,
    seal: &'a Seal,
    bound_to: Vec<u8>,
}

impl<'a, C: Serialize + DeserializeOwned> Page<'a, C> {
    /// Reads `page_size` and `page_token` of a list request.
    ///
    /// A token is good for the `caller` it was given to (a resource name, empty for nobody) and with all other
    /// arguments as they were; `page_size` may change. Violations: a negative size, any other token.
    pub fn parse<M: Message + Name>(request: &M, caller: &str, seal: &'a Seal) -> Result<Self, Violation> {
        let mut arguments = descriptor::dynamic(request);
        let size = take(&mut arguments, "page_size").and_then(|size| size.as_i32()).unwrap_or_default();
        let token = take(&mut arguments, "page_token");
        let token = token.as_ref().and_then(|token| token.as_str()).unwrap_or_default();

        let size = match usize::try_from(size) {
            Ok(0) => DEFAULT_SIZE,
            Ok(size) => size.min(MAX_SIZE),
            Err(_) => return Err(Violation::new("page_size", "is negative")),
        };
        let bound_to = binding(caller, &M::full_name(), &arguments);
        let after = if token.is_empty() { None } else { Some(open(seal, &bound_to, token)?) };
        Ok(Self { size, after, seal, bound_to })
    }

    /// How many rows to read: one more than the page has, which tells whether there is a next one.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size + 1).unwrap_or(i64::MAX)
    }

    /// Where the page before ended; `None` on the first page.
    pub fn after(&self) -> Option<&C> {
        self.after.as_ref()
    }

    /// Cuts the rows read down to the page, and gives the token of the next one; empty if this is the last.
    pub fn finish<R>(&self, rows: &mut Vec<R>, cursor: impl FnOnce(&R) -> C) -> String {
        if rows.len() <= self.size {
            return String::new();
        }
        rows.truncate(self.size);
        rows.last().map(|last| self.next_token(&cursor(last))).unwrap_or_default()
    }

    /// The token of the page after the row with this cursor.
    ///
    /// # Panics
    ///
    /// Where the cursor has no form in JSON, such as a map whose keys are no text.
    pub fn next_token(&self, cursor: &C) -> String {
        let cursor = serde_json::to_vec(cursor).expect("cursors have a form in JSON");
        self.seal.seal(PURPOSE, &self.bound_to, &cursor)
    }
}

fn take(message: &mut DynamicMessage, name: &str) -> Option<prost_reflect::Value> {
    let value = message.get_field_by_name(name).map(std::borrow::Cow::into_owned);
    message.clear_field_by_name(name);
    value
}

/// Whose list with which arguments: a digest, since tokens travel in URLs.
fn binding(caller: &str, kind: &str, arguments: &DynamicMessage) -> Vec<u8> {
    // Names hold no NUL, so two different triples give two different texts.
    let whole = [caller.as_bytes(), b"\0", kind.as_bytes(), b"\0", &arguments.encode_to_vec()].concat();
    digest(&SHA256, &whole).as_ref().to_vec()
}

fn open<C: DeserializeOwned>(seal: &Seal, bound_to: &[u8], token: &str) -> Result<C, Violation> {
    let opened = seal.open(PURPOSE, bound_to, token).ok();
    opened.and_then(|cursor| serde_json::from_slice(&cursor).ok()).ok_or_else(|| {
        Violation::new(
            "page_token",
            "is no token of this list: it was changed, given to someone else, or comes with other arguments",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patron_proto::profile::v1::{GetCustomerRequest, ListCustomersRequest};

    const CALLER: &str = "staff/01890a5d-ac96-774b-bcce-b302099a8057";

    fn seal() -> Seal {
        Seal::new(&[7; 32])
    }

    fn parse<'a>(
        request: &ListCustomersRequest,
        caller: &str,
        seal: &'a Seal,
    ) -> Result<Page<'a, u32>, Violation> {
        Page::parse(request, caller, seal)
    }

    #[test]
    fn sizes_have_a_default_and_a_maximum() {
        for (page_size, limit) in [(0, 51), (1, 2), (100, 101), (101, 101), (i32::MAX, 101)] {
            let request = ListCustomersRequest { page_size, ..Default::default() };
            assert_eq!(parse(&request, CALLER, &seal()).unwrap().limit(), limit);
        }
        let request = ListCustomersRequest { page_size: -1, ..Default::default() };
        assert_eq!(parse(&request, CALLER, &seal()).unwrap_err().field, "page_size");
    }

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let (seal, all) = (seal(), (1..=120_u32).collect::<Vec<_>>());
        let mut request = ListCustomersRequest { query: "gonc".into(), ..Default::default() };
        let mut read = Vec::new();
        loop {
            let page = parse(&request, CALLER, &seal).unwrap();
            let after = page.after().copied().unwrap_or_default();
            let limit = usize::try_from(page.limit()).unwrap();
            let mut rows: Vec<u32> = all.iter().copied().filter(|row| *row > after).take(limit).collect();
            request.page_token = page.finish(&mut rows, |row| *row);
            // The size of a page may change on the way.
            request.page_size = 7;
            read.extend(rows);
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(read, all);
    }

    #[test]
    fn a_token_is_good_for_its_caller_and_arguments_only() {
        let seal = seal();
        let mut request = ListCustomersRequest { query: "gonc".into(), ..Default::default() };
        request.page_token = parse(&request, CALLER, &seal).unwrap().next_token(&7);
        assert_eq!(parse(&request, CALLER, &seal).unwrap().after(), Some(&7));

        let refused = |request: &ListCustomersRequest, caller: &str, seal: &Seal| {
            parse(request, caller, seal).unwrap_err().field
        };
        assert_eq!(refused(&request, "staff/other", &seal), "page_token");
        assert_eq!(refused(&request, CALLER, &Seal::new(&[8; 32])), "page_token");
        let other = ListCustomersRequest { query: "wojcik".into(), ..request.clone() };
        assert_eq!(refused(&other, CALLER, &seal), "page_token");
        let other = ListCustomersRequest { order_by: "email".into(), ..request.clone() };
        assert_eq!(refused(&other, CALLER, &seal), "page_token");
        request.page_token.replace_range(30..31, if &request.page_token[30..31] == "A" { "B" } else { "A" });
        assert_eq!(refused(&request, CALLER, &seal), "page_token");
        request.page_token = "2".into();
        assert_eq!(refused(&request, CALLER, &seal), "page_token");
    }

    #[test]
    fn a_token_of_one_list_is_not_good_for_another() {
        let seal = seal();
        let list = parse(&ListCustomersRequest::default(), CALLER, &seal).unwrap();
        let other: Page<'_, u32> = Page::parse(&GetCustomerRequest::default(), CALLER, &seal).unwrap();
        assert_ne!(list.bound_to, other.bound_to);
    }

    #[test]
    fn a_cursor_of_another_form_is_refused() {
        let seal = seal();
        let mut request = ListCustomersRequest::default();
        let page: Page<'_, String> = Page::parse(&request, CALLER, &seal).unwrap();
        request.page_token = page.next_token(&"text".to_owned());
        assert_eq!(parse(&request, CALLER, &seal).unwrap_err().field, "page_token");
    }
}
