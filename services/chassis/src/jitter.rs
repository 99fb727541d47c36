//! A little chance in spans of time, so that what began together does not go on together.

use std::time::Duration;

/// `span`, or up to a tenth longer.
pub(crate) fn a_little_more(span: Duration) -> Duration {
    let mut chance = [0];
    // Without random bytes there is no jitter, which is no reason to fail.
    let _ = aws_lc_rs::rand::fill(&mut chance);
    span + span * u32::from(chance[0]) / (10 * u32::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_by_up_to_a_tenth_and_not_alike() {
        let span = Duration::from_secs(5);
        let spans: Vec<_> = (0..64).map(|_| a_little_more(span)).collect();
        assert!(spans.iter().all(|it| (span..=span * 11 / 10).contains(it)));
        assert!(spans.iter().any(|it| *it != spans[0]));
    }
}
