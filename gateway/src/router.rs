//! Finds the route of a method and path among the templates: a trie over path segments.
//!
//! A literal is preferred to `*`, and `*` to `**`, whichever template came first. A colon in the last segment always starts a
//! verb, so an id that holds one must be percent-encoded. Paths are compared decoded; an empty segment matches nothing.

use crate::{
    percent,
    template::{Segment, Template, Variable},
};
use http::Method;
use std::{borrow::Cow, collections::BTreeMap};

/// Routes by method and path.
#[derive(Debug)]
pub(crate) struct Router<T> {
    root: Node<T>,
}

/// What a method and path lead to.
#[derive(Debug)]
pub(crate) enum Found<'r, T> {
    /// This route, with the values that its variables took from the path.
    Route(&'r T, Vec<Capture<'r>>),
    /// The path exists, with these methods only.
    OtherMethods(Vec<Method>),
    /// No template has this path.
    Nothing,
}

/// The value that a variable of the template took from the path, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Capture<'r> {
    /// Field path in the request message, by proto names.
    pub(crate) field: &'r str,
    /// The text that stands there.
    pub(crate) value: String,
}

/// The path is not valid percent-encoded UTF-8 text without NUL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the path is not percent-encoded UTF-8 text")]
pub(crate) struct MalformedPath;

/// Two templates match the same requests.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a second route has this method and path")]
pub(crate) struct Ambiguous;

#[derive(Debug)]
struct Node<T> {
    literals: BTreeMap<Box<str>, Node<T>>,
    any: Option<Box<Node<T>>>,
    rest: Vec<Leaf<T>>,
    leaves: Vec<Leaf<T>>,
}

#[derive(Debug)]
struct Leaf<T> {
    method: Method,
    verb: Option<Box<str>>,
    variables: Vec<Variable>,
    route: T,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { literals: BTreeMap::new(), any: None, rest: Vec::new(), leaves: Vec::new() }
    }
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T> Router<T> {
    /// Adds a route. Fails when another one has the same method and matches the same paths.
    pub(crate) fn insert(&mut self, method: Method, template: Template, route: T) -> Result<(), Ambiguous> {
        let mut node = &mut self.root;
        let mut leaves = None;
        for segment in template.segments {
            node = match segment {
                Segment::Literal(text) => node.literals.entry(text).or_default(),
                Segment::Any => node.any.get_or_insert_default(),
                Segment::Rest => {
                    leaves = Some(&mut node.rest);
                    break;
                }
            };
        }
        let leaves = match leaves {
            Some(rest) => rest,
            None => &mut node.leaves,
        };
        if leaves.iter().any(|leaf| leaf.method == method && leaf.verb == template.verb) {
            return Err(Ambiguous);
        }
        leaves.push(Leaf { method, verb: template.verb, variables: template.variables, route });
        Ok(())
    }

    /// Looks up the route of a request by its method and its path as it came, still encoded, without the query.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_, T>, MalformedPath> {
        let Some(path) = path.strip_prefix('/') else { return Ok(Found::Nothing) };
        check(path)?;
        let last = path.rfind('/').map_or(0, |slash| slash + 1);
        let (path, verb) = match path[last..].rfind(':') {
            Some(colon) => (&path[..last + colon], Some(&path[last + colon + 1..])),
            None => (path, None),
        };
        let segments: Vec<&str> = path.split('/').collect();
        let mut search = Search { method, verb, segments: &segments, others: Vec::new() };
        if let Some(leaf) = search.descend(&self.root, 0) {
            let captures = leaf.variables.iter().map(|variable| capture(variable, &segments)).collect();
            return Ok(Found::Route(&leaf.route, captures));
        }
        Ok(if search.others.is_empty() { Found::Nothing } else { Found::OtherMethods(search.others) })
    }
}

struct Search<'s> {
    method: &'s Method,
    verb: Option<&'s str>,
    segments: &'s [&'s str],
    others: Vec<Method>,
}

impl Search<'_> {
    fn descend<'r, T>(&mut self, node: &'r Node<T>, depth: usize) -> Option<&'r Leaf<T>> {
        let Some(&segment) = self.segments.get(depth) else {
            return self.pick(&node.leaves).or_else(|| self.pick(&node.rest));
        };
        let literal = node.literals.get(decode(segment).as_ref());
        let any = node.any.as_deref().filter(|_| !segment.is_empty());
        literal
            .and_then(|next| self.descend(next, depth + 1))
            .or_else(|| any.and_then(|next| self.descend(next, depth + 1)))
            .or_else(|| self.pick(&node.rest))
    }

    fn pick<'r, T>(&mut self, leaves: &'r [Leaf<T>]) -> Option<&'r Leaf<T>> {
        for leaf in leaves.iter().filter(|leaf| leaf.verb.as_deref() == self.verb) {
            if leaf.method == *self.method {
                return Some(leaf);
            }
            self.others.push(leaf.method.clone());
        }
        None
    }
}

fn capture<'r>(variable: &'r Variable, segments: &[&str]) -> Capture<'r> {
    let covered = &segments[variable.start..variable.end.unwrap_or(segments.len())];
    let value = if variable.spans_segments() {
        covered.iter().map(|segment| decode_but_slashes(segment)).collect::<Vec<_>>().join("/")
    } else {
        covered.iter().map(|segment| decode(segment)).collect()
    };
    Capture { field: &variable.field, value }
}

fn decode(segment: &str) -> Cow<'_, str> {
    // `check` has seen to it that nothing is lost
    percent::decode(segment).unwrap_or_default()
}

/// A value of several segments keeps `%2F` as it came, else a slash within a segment would look like one between two (http.proto).
fn decode_but_slashes(segment: &str) -> Cow<'_, str> {
    if !segment.contains("%2F") && !segment.contains("%2f") {
        return decode(segment);
    }
    let mut decoded = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some(at) = rest.as_bytes().windows(3).position(|escape| escape.eq_ignore_ascii_case(b"%2f")) {
        decoded.push_str(&decode(&rest[..at]));
        decoded.push_str(&rest[at..at + 3]);
        rest = &rest[at + 3..];
    }
    decoded.push_str(&decode(rest));
    decoded.into()
}

fn check(path: &str) -> Result<(), MalformedPath> {
    // piece by piece, so that a character may not begin in one segment and end in the next
    let is_text = |segment| percent::decode(segment).is_some_and(|text| !text.contains('\0'));
    if path.split('/').all(is_text) { Ok(()) } else { Err(MalformedPath) }
}

#[cfg(test)]
mod tests;
