//! Comments of the protos.

use prost_reflect::{DescriptorPool, FileDescriptor};
use std::collections::HashMap;

/// Leading comments, by file and place in it.
pub(super) struct Comments(HashMap<(String, Vec<i32>), String>);

impl Comments {
    pub(super) fn new(pool: &DescriptorPool) -> Self {
        let mut comments = HashMap::new();
        for file in pool.file_descriptor_protos() {
            let locations = file.source_code_info.iter().flat_map(|info| &info.location);
            for location in locations.filter(|location| !location.leading_comments().is_empty()) {
                let place = (file.name().to_owned(), location.path.clone());
                comments.insert(place, flowing(location.leading_comments()));
            }
        }
        Self(comments)
    }

    /// The comment of what stands at a place of a file; empty where there is none.
    pub(super) fn of(&self, file: &FileDescriptor, place: &[i32]) -> &str {
        let key = (file.name().to_owned(), place.to_vec());
        self.0.get(&key).map(String::as_str).unwrap_or_default()
    }
}

/// Lines of a paragraph joined, since they end where the editor's margin was.
fn flowing(comment: &str) -> String {
    let paragraphs =
        comment.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// The first sentence of a comment, without its full stop.
pub(super) fn summary(comment: &str) -> &str {
    let end = comment.find(". ").or_else(|| comment.find(": ")).unwrap_or(comment.len());
    comment[..end].trim_end_matches(['.', ':'])
}
