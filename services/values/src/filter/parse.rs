//! The grammar of filters, by recursive descent over characters.

use super::{MAX_CHARACTERS, MAX_COMPARISONS, MAX_DEPTH, Mistake};

/// A filter as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Comparison(Comparison),
}

/// `last_name = "Gon*"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Name of the field, parts joined by dots.
    pub(super) field: String,
    /// Place of the field, in characters from 1.
    pub(super) field_at: usize,
    pub(super) operator: Operator,
    pub(super) value: Value,
    /// Place of the value.
    pub(super) value_at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

/// Operators by their signs, those first that begin with another.
const OPERATORS: [(&str, Operator); 7] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
    (":", Operator::Has),
];

const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];

/// A value as written: pieces of text, between each two of them a `*` for any text. There is always one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value(pub(super) Vec<String>);

/// What the innermost parts of an expression are.
#[derive(Clone, Copy)]
enum Leaf<'a> {
    Comparison,
    /// Values of one comparison: `status = (ACTIVE OR DISABLED)`.
    Value {
        field: &'a str,
        field_at: usize,
        operator: Operator,
    },
}

/// Reads a filter; `None` where it is empty.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, Mistake> {
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        return Err(Mistake::new(MAX_CHARACTERS + 1, format!("longer than {MAX_CHARACTERS} characters")));
    }
    let mut parser = Parser { text: text.chars().collect(), next: 0, depth: 0, comparisons: 0 };
    parser.skip_space();
    if parser.peek().is_none() {
        return Ok(None);
    }
    let expression = parser.expression(Leaf::Comparison)?;
    match parser.peek() {
        None => Ok(Some(expression)),
        Some(_) => Err(parser.expected("AND, OR or the end, found a ) too many")),
    }
}

struct Parser {
    text: Vec<char>,
    next: usize,
    depth: usize,
    comparisons: usize,
}

impl Parser {
    /// `a AND b c OR d`: conjunction of alternatives, up to a closing parenthesis or the end.
    fn expression(&mut self, leaf: Leaf<'_>) -> Result<Expression, Mistake> {
        let mut all = vec![self.alternatives(leaf)?];
        loop {
            self.skip_space();
            if matches!(self.peek(), None | Some(')')) {
                return Ok(one_or(all, Expression::And));
            }
            self.eat_word("AND");
            all.push(self.alternatives(leaf)?);
        }
    }

    fn alternatives(&mut self, leaf: Leaf<'_>) -> Result<Expression, Mistake> {
        let mut any = vec![self.term(leaf)?];
        loop {
            self.skip_space();
            if !self.eat_word("OR") {
                return Ok(one_or(any, Expression::Or));
            }
            any.push(self.term(leaf)?);
        }
    }

    fn term(&mut self, leaf: Leaf<'_>) -> Result<Expression, Mistake> {
        self.skip_space();
        // Before a value a minus is a sign.
        let negated = self.eat_word("NOT") || (matches!(leaf, Leaf::Comparison) && self.eat("-"));
        if negated {
            let inner = self.deeper(|parser| parser.term(leaf))?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        match leaf {
            _ if self.peek() == Some('(') => self.group(leaf),
            Leaf::Comparison => self.comparison(),
            Leaf::Value { field, field_at, operator } => self.value(field.to_owned(), field_at, operator),
        }
    }

    fn group(&mut self, leaf: Leaf<'_>) -> Result<Expression, Mistake> {
        self.eat("(");
        let inner = self.deeper(|parser| parser.expression(leaf))?;
        if self.eat(")") { Ok(inner) } else { Err(self.expected("a )")) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Mistake>) -> Result<T, Mistake> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Mistake::new(self.next + 1, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Expression, Mistake> {
        let field_at = self.next + 1;
        let field = self.field()?;
        self.skip_space();
        let Some(operator) =
            OPERATORS.iter().find_map(|(sign, operator)| self.eat(sign).then_some(*operator))
        else {
            if self.peek() == Some('(') {
                return Err(self.expected("a comparison: there are no functions"));
            }
            return Err(self.expected(
                "one of = != < <= > >= : after the field; to find words in any field, use the query instead",
            ));
        };
        self.skip_space();
        if self.peek() != Some('(') {
            return self.value(field, field_at, operator);
        }
        // `status != (A OR B)` says that it is neither.
        let (negated, operator) =
            if operator == Operator::NotEqual { (true, Operator::Equal) } else { (false, operator) };
        let group = self.group(Leaf::Value { field: &field, field_at, operator })?;
        Ok(if negated { Expression::Not(Box::new(group)) } else { group })
    }

    fn field(&mut self) -> Result<String, Mistake> {
        let start = self.next;
        while self.peek().is_some_and(|next| next.is_ascii_alphanumeric() || next == '_' || next == '.') {
            self.next += 1;
        }
        let field: String = self.text[start..self.next].iter().collect();
        if field.is_empty() || KEYWORDS.contains(&field.as_str()) {
            self.next = start;
            return Err(self.expected("the name of a field, NOT or ("));
        }
        Ok(field)
    }

    fn value(&mut self, field: String, field_at: usize, operator: Operator) -> Result<Expression, Mistake> {
        let value_at = self.next + 1;
        let value = match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            _ => self.word()?,
        };
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS {
            return Err(Mistake::new(field_at, format!("more than {MAX_COMPARISONS} comparisons")));
        }
        Ok(Expression::Comparison(Comparison { field, field_at, operator, value, value_at }))
    }

    fn word(&mut self) -> Result<Value, Mistake> {
        let start = self.next;
        let mut pieces = vec![String::new()];
        while let Some(next) = self.peek().filter(|next| !next.is_whitespace() && !matches!(next, '(' | ')'))
        {
            self.next += 1;
            push(&mut pieces, next);
        }
        if start == self.next || matches!(pieces.as_slice(), [word] if KEYWORDS.contains(&word.as_str())) {
            self.next = start;
            return Err(self.expected("a value; in quotes if it is empty or a keyword"));
        }
        Ok(Value(pieces))
    }

    fn quoted(&mut self, quote: char) -> Result<Value, Mistake> {
        self.next += 1;
        let mut pieces = vec![String::new()];
        loop {
            let next = self.peek().ok_or_else(|| self.expected(&format!("a closing {quote}")))?;
            self.next += 1;
            match next {
                _ if next == quote => return Ok(Value(pieces)),
                '\\' => match self.peek() {
                    Some(escaped @ ('"' | '\'' | '\\' | '*')) => {
                        self.next += 1;
                        pieces.last_mut().expect("there is always a piece").push(escaped);
                    }
                    _ => return Err(self.expected("\", ', \\ or * after \\")),
                },
                _ => push(&mut pieces, next),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.next).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next += 1;
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.text[self.next..].iter().copied().take(sign.len()).eq(sign.chars());
        if found {
            self.next += sign.len();
        }
        found
    }

    /// Passes over a keyword, which ends before a space, a parenthesis or the end.
    fn eat_word(&mut self, keyword: &str) -> bool {
        let after = self.text.get(self.next + keyword.len());
        let ends = after.is_none_or(|after| after.is_whitespace() || *after == '(');
        ends && self.eat(keyword)
    }

    fn expected(&self, what: &str) -> Mistake {
        Mistake::new(self.next + 1, format!("expected {what}"))
    }
}

fn push(pieces: &mut Vec<String>, next: char) {
    if next == '*' {
        pieces.push(String::new());
    } else {
        pieces.last_mut().expect("there is always a piece").push(next);
    }
}

fn one_or(mut parts: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}
