//! Path templates of `google.api.http` rules: grammar and meaning as documented in google/api/http.proto.
//!
//! ```text
//! Template  = "/" Segments [ ":" LITERAL ]
//! Segments  = Segment { "/" Segment }
//! Segment   = "*" | "**" | LITERAL | Variable
//! Variable  = "{" FieldPath [ "=" Segments ] "}"
//! ```
//!
//! `**` is the last segment, and variables do not nest. Templates are read once, at start.

/// One segment of a path as a template describes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Exactly this text.
    Literal(Box<str>),
    /// One segment of any text, not empty: `*`.
    Any,
    /// What remains of the path, possibly nothing: `**`.
    Rest,
}

/// A field of the request that a part of the path fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Field path in the request message, by proto names, parts separated by dots.
    pub(crate) field: Box<str>,
    /// The first segment it covers.
    pub(crate) start: usize,
    /// The segment after the last it covers; none when it takes all that remains (`**`).
    pub(crate) end: Option<usize>,
}

impl Variable {
    /// Covers more than one segment, or a number that the template leaves open, so that slashes are part of the value.
    pub(crate) fn spans_segments(&self) -> bool {
        self.end != Some(self.start + 1)
    }
}

/// A parsed path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// The path, segment by segment, variables dissolved into what they stand for.
    pub(crate) segments: Vec<Segment>,
    /// What the request takes from the path.
    pub(crate) variables: Vec<Variable>,
    /// The custom verb after the last colon: `approve` of `/v1/{name=customers/*}:approve`.
    pub(crate) verb: Option<Box<str>>,
}

/// Why a template cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("path template {template:?}, at byte {at}: expected {expected}")]
pub(crate) struct TemplateError {
    template: Box<str>,
    at: usize,
    expected: &'static str,
}

impl Template {
    /// Reads a template. Fails, naming the byte, where it does not follow the grammar.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parser = Parser { text, at: 0, segments: Vec::new(), variables: Vec::new() };
        parser.expect('/', "a leading slash")?;
        parser.segments(Inside::Path)?;
        let verb = if parser.take(':') { Some(parser.literal()?.into()) } else { None };
        if parser.at < text.len() {
            return Err(parser.error("the end"));
        }
        Ok(Self { segments: parser.segments, variables: parser.variables, verb })
    }
}

/// What the segments that are read next stand in.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Path,
    Variable,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    segments: Vec<Segment>,
    variables: Vec<Variable>,
}

impl<'t> Parser<'t> {
    fn segments(&mut self, inside: Inside) -> Result<(), TemplateError> {
        loop {
            if self.segments.last() == Some(&Segment::Rest) {
                return Err(self.error("nothing after **"));
            }
            if self.take('{') {
                if inside == Inside::Variable {
                    return Err(self.error("no variable inside another"));
                }
                self.variable()?;
            } else {
                let segment = self.segment()?;
                self.segments.push(segment);
            }
            if !self.take('/') {
                return Ok(());
            }
        }
    }

    fn segment(&mut self) -> Result<Segment, TemplateError> {
        if self.take('*') {
            return Ok(if self.take('*') { Segment::Rest } else { Segment::Any });
        }
        Ok(Segment::Literal(self.literal()?.into()))
    }

    fn variable(&mut self) -> Result<(), TemplateError> {
        let field =
            self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'), "a field path")?;
        let start = self.segments.len();
        if self.take('=') {
            self.segments(Inside::Variable)?;
        } else {
            self.segments.push(Segment::Any);
        }
        self.expect('}', "a closing brace")?;
        let end = (self.segments.last() != Some(&Segment::Rest)).then_some(self.segments.len());
        self.variables.push(Variable { field: field.into(), start, end });
        Ok(())
    }

    fn literal(&mut self) -> Result<&'t str, TemplateError> {
        // RFC 3986 unreserved characters; a literal that needs an escape has no place in an API's path
        self.run(
            |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'),
            "a segment",
        )
    }

    fn run(&mut self, wanted: impl Fn(u8) -> bool, expected: &'static str) -> Result<&'t str, TemplateError> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(|&byte| wanted(byte)).count();
        if length == 0 {
            return Err(self.error(expected));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.text[self.at..].starts_with(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: char, expected: &'static str) -> Result<(), TemplateError> {
        if self.take(wanted) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn error(&self, expected: &'static str) -> TemplateError {
        TemplateError { template: self.text.into(), at: self.at, expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.into())
    }

    fn variable(field: &str, start: usize, end: Option<usize>) -> Variable {
        Variable { field: field.into(), start, end }
    }

    #[test]
    fn templates_of_the_grammar_are_read() {
        let table = [
            ("/v1/customers", vec![literal("v1"), literal("customers")], vec![], None),
            ("/v1/{id}", vec![literal("v1"), Segment::Any], vec![variable("id", 1, Some(2))], None),
            (
                "/v1/{customer.name=customers/*}",
                vec![literal("v1"), literal("customers"), Segment::Any],
                vec![variable("customer.name", 1, Some(3))],
                None,
            ),
            (
                "/v1/{name=customers/*}:approve",
                vec![literal("v1"), literal("customers"), Segment::Any],
                vec![variable("name", 1, Some(3))],
                Some("approve"),
            ),
            ("/{path=**}", vec![Segment::Rest], vec![variable("path", 0, None)], None),
            (
                "/v1/{a}/x/{b=y/**}",
                vec![literal("v1"), Segment::Any, literal("x"), literal("y"), Segment::Rest],
                vec![variable("a", 1, Some(2)), variable("b", 3, None)],
                None,
            ),
        ];
        for (text, segments, variables, verb) in table {
            let template = Template::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(template, Template { segments, variables, verb: verb.map(Into::into) }, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_place() {
        let table = [
            ("", 0, "a leading slash"),
            ("v1", 0, "a leading slash"),
            ("/", 1, "a segment"),
            ("/v1//x", 4, "a segment"),
            ("/v1/", 4, "a segment"),
            ("/v1/{", 5, "a field path"),
            ("/v1/{a=x", 8, "a closing brace"),
            ("/v1/{a={b}}", 8, "no variable inside another"),
            ("/v1/**/x", 7, "nothing after **"),
            ("/v1/{a=**}/x", 11, "nothing after **"),
            ("/v1/x:", 6, "a segment"),
            ("/v1/x:y/z", 7, "the end"),
            ("/v1/ü", 4, "a segment"),
        ];
        for (template, at, expected) in table {
            assert_eq!(
                Template::parse(template),
                Err(TemplateError { template: template.into(), at, expected })
            );
        }
    }
}
