//! How much of what is wrong with a request is answered: a caller's own mistakes travel back in the headers of the answer, which
//! clients limit, and in which many mistakes of one would break the calls of others on the same connection.

use tonic_types::FieldViolation;

/// Violations in the answer to one request.
pub const MOST: usize = 100;
/// Bytes of all of them. With what else belongs to an answer they stay below 8 KiB, which become 11 KiB on the wire; hyper's and Go's
/// clients take headers of 16 KiB.
const BYTES: usize = 6 * 1024;
/// Bytes of each field's path and of each description.
const TEXT_BYTES: usize = 200;
/// Bytes around the two texts of a violation on the wire, at most.
const FRAME_BYTES: usize = 8;

/// As many violations as an answer holds. Where there are more, the last one says how many, with those that were not collected at all.
pub fn capped(
    violations: impl IntoIterator<Item = FieldViolation>,
    uncollected: usize,
) -> Vec<FieldViolation> {
    let (mut kept, mut bytes, mut left_out) = (Vec::new(), 0, uncollected);
    for FieldViolation { field, description, .. } in violations {
        let (field, description) = (cut(&field, TEXT_BYTES), cut(&description, TEXT_BYTES));
        bytes += field.len() + description.len() + FRAME_BYTES;
        if kept.len() < MOST - 1 && bytes <= BYTES {
            kept.push(FieldViolation::new(field, description));
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        kept.push(FieldViolation::new("", format!("{left_out} more fields are wrong")));
    }
    kept
}

/// The beginning of a text, where it is longer than so many bytes.
pub fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
