use opentelemetry::{
    Context, KeyValue, TraceId, Value,
    trace::{Link, SpanKind},
};
use opentelemetry_sdk::trace::{Sampler as Standard, SamplingDecision, SamplingResult, ShouldSample};

use super::span::WRITES;
use crate::context::random;

/// Stands in the context of a parent outside the mesh, which does not say whether its trace is recorded.
pub(super) struct Undecided;

/// Records every write, and of reads what the caller's trace does or, where a trace begins or comes from a stranger, a share.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    reads: Standard,
}

impl Sampler {
    pub(super) fn new(read_ratio: f64) -> Self {
        Self { reads: Standard::ParentBased(Box::new(Standard::TraceIdRatioBased(read_ratio))) }
    }
}

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        // Chance and not the trace's id, which is the stranger's choice too.
        let (parent, by) = match parent.filter(|parent| parent.get::<Undecided>().is_some()) {
            Some(_) => (None, random().0),
            None => (parent, trace),
        };
        let mut result = self.reads.should_sample(parent, by, name, kind, attributes, links);
        if attributes
            .iter()
            .any(|attribute| attribute.key.as_str() == WRITES && attribute.value == Value::Bool(true))
        {
            result.decision = SamplingDecision::RecordAndSample;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        SpanId, TraceFlags,
        trace::{SpanContext, TraceContextExt as _, TraceState},
    };

    use super::*;

    fn decision(sampler: &Sampler, attributes: &[KeyValue]) -> SamplingDecision {
        sampler
            .should_sample(None, TraceId::from_bytes([0xff; 16]), "call", &SpanKind::Server, attributes, &[])
            .decision
    }

    #[test]
    fn a_stranger_neither_forces_nor_forbids_that_its_trace_is_recorded() {
        let parent = |flags, peer| {
            let (id, span) = (TraceId::from_bytes([1; 16]), SpanId::from_bytes([1; 8]));
            let context = Context::new().with_remote_span_context(SpanContext::new(
                id,
                span,
                flags,
                true,
                TraceState::NONE,
            ));
            if peer { context } else { context.with_value(Undecided) }
        };
        let decision = |ratio, flags, peer| {
            let (sampler, parent) = (Sampler::new(ratio), parent(flags, peer));
            let id = TraceId::from_bytes([1; 16]);
            sampler.should_sample(Some(&parent), id, "call", &SpanKind::Server, &[], &[]).decision
        };
        let (recorded, not) = (TraceFlags::SAMPLED, TraceFlags::default());
        assert_eq!(decision(0.0, recorded, true), SamplingDecision::RecordAndSample);
        assert_eq!(decision(1.0, not, true), SamplingDecision::Drop);
        assert_eq!(decision(0.0, recorded, false), SamplingDecision::Drop);
        assert_eq!(decision(1.0, not, false), SamplingDecision::RecordAndSample);
    }

    #[test]
    fn writes_are_always_recorded_and_reads_by_share() {
        let (none, all) = (Sampler::new(0.0), Sampler::new(1.0));
        assert_eq!(decision(&none, &[KeyValue::new(WRITES, true)]), SamplingDecision::RecordAndSample);
        assert_eq!(decision(&none, &[KeyValue::new(WRITES, false)]), SamplingDecision::Drop);
        assert_eq!(decision(&all, &[]), SamplingDecision::RecordAndSample);
    }
}
