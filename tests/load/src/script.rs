//! What pgbench replays: recorded statements, with other ids and emails each time.

use crate::statement::Statement;
use regex::Regex;
use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock};

/// Table from which a script takes ids: a few rows with many ids each, so that one look serves many times.
pub const IDS: &str = "public.load_ids";
/// Ids in a row of it.
pub const IDS_A_ROW: usize = 50;
/// Times that a script creates something.
const CREATIONS: usize = 10;
/// A variable that nobody sets is NULL to pgbench.
const NULL: &str = "nothing";

/// A parameter in the text of a statement, with the type it is cast to if it is.
static PARAMETER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$(\d+)(::[a-z_]+(?:\[\])?)?").expect("the pattern is well-formed"));

/// A text in recorded parameters that is another one each time.
#[derive(Debug, Clone)]
pub enum Hole {
    /// The id of a customer that is there.
    Existing(String),
    /// The id of something new, a UUIDv7.
    NewId(String),
    /// An email that nobody has.
    NewEmail(String),
}

/// What one call came to in SQL.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// What differs from time to time.
    pub holes: Vec<Hole>,
}

/// A script for pgbench.
#[derive(Debug, Default)]
pub struct Script {
    /// The text of the file.
    pub text: String,
    /// Variables that are set once.
    pub constants: Vec<String>,
    /// How many calls one run of the script stands for.
    pub calls: usize,
    /// How many statements a call has, `begin` and `commit` included.
    pub statements: usize,
    /// Whether every statement is prepared once and run many times.
    pub prepared: bool,
    /// Columns of the statement that fills the holes.
    columns: Vec<String>,
}

impl Script {
    /// A script of these calls; `rows` is how many rows [`IDS`] has.
    pub fn new(recordings: &[Recording], rows: usize) -> Self {
        let mut script = Self { prepared: true, ..Self::default() };
        let mut body = String::new();
        let mut sources = Vec::new();
        for recording in recordings {
            let times = match recording.holes.first() {
                None => 1,
                Some(Hole::Existing(_)) => IDS_A_ROW,
                Some(Hole::NewId(_) | Hole::NewEmail(_)) => CREATIONS,
            };
            for _ in 0..times {
                let fillings = fillings(&recording.holes, script.calls, &mut sources);
                script.calls += 1;
                for statement in &recording.statements {
                    script.statements += 1;
                    script.prepared &= statement.prepared || statement.parameters.is_empty();
                    script.push(&mut body, statement, &fillings);
                }
            }
        }
        script.statements /= script.calls.max(1);
        if !script.columns.is_empty() {
            let _ = writeln!(script.text, "\\set at random(1, {rows})");
            let _ = writeln!(script.text, "select {}", script.columns.join(",\n    "));
            let _ = writeln!(script.text, "from {IDS}{}", sources.concat());
            let _ = writeln!(script.text, "where row_id = :at \\gset");
        }
        script.text.push_str(&body);
        script
    }

    /// Adds a statement with variables in place of its parameters.
    fn push(&mut self, body: &mut String, statement: &Statement, fillings: &[Filling<'_>]) {
        // pgbench makes each occurrence a parameter of its own, which has to be given its type by itself
        let casts: BTreeMap<&str, &str> = PARAMETER
            .captures_iter(&statement.text)
            .filter_map(|found| Some((found.get(1)?.as_str(), found.get(2)?.as_str())))
            .collect();
        let text = PARAMETER.replace_all(&statement.text, |found: &regex::Captures<'_>| {
            let number = &found[1];
            let place = number.parse::<usize>().unwrap_or_default().wrapping_sub(1);
            let variable = match statement.parameters.get(place).and_then(Option::as_deref) {
                None => NULL.to_owned(),
                Some(value) => self.variable(value, fillings),
            };
            format!(":{variable}{}", casts.get(number).copied().unwrap_or_default())
        });
        let _ = writeln!(body, "{text};");
    }

    /// The variable that holds a recorded value, with its holes filled.
    fn variable(&mut self, value: &str, fillings: &[Filling<'_>]) -> String {
        if !fillings.iter().any(|filling| value.contains(filling.recorded)) {
            return self.constant(value);
        }
        // no variables here: pgbench takes 255 of them in a statement, and these are more
        let mut expression = literal(value);
        for Filling { recorded, new } in fillings.iter().filter(|filling| value.contains(filling.recorded)) {
            expression = format!("replace({expression}, {}, {new})", literal(recorded));
        }
        let column = format!("h{}", self.columns.len());
        self.columns.push(format!("{expression} as {column}"));
        column
    }

    /// The variable that always holds this value.
    fn constant(&mut self, value: &str) -> String {
        let known = self.constants.iter().position(|constant| constant == value);
        let place = known.unwrap_or_else(|| {
            self.constants.push(value.to_owned());
            self.constants.len() - 1
        });
        format!("c{place}")
    }
}

/// A text as SQL writes it, without a colon, by which pgbench would know a variable.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace(':', "\\x3a");
    format!("E'{escaped}'")
}

/// What goes into a hole.
struct Filling<'a> {
    recorded: &'a str,
    /// An expression of SQL.
    new: String,
}

/// What goes into the holes of the call with this number; what has to be made for it is added to `sources`.
fn fillings<'a>(holes: &'a [Hole], call: usize, sources: &mut Vec<String>) -> Vec<Filling<'a>> {
    let random = "md5(random()::text)";
    // milliseconds in 48 bits, then the version, the variant and random bits (RFC 9562, 5.7)
    let time = "lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')";
    let id = format!("({time} || '7' || left({random}, 3) || '8' || right({random}, 15))::uuid::text");
    let email = format!("left({random}, 20) || '@example.com'");
    let mut make = |expression: &str| {
        let source = format!("s{}", sources.len());
        // made once, though it is used in many places
        sources.push(format!("\n    cross join lateral (select {expression} as new offset 0) {source}"));
        format!("{source}.new")
    };
    let fill = |hole: &'a Hole| match hole {
        Hole::Existing(recorded) => Filling { recorded, new: format!("ids[{}]", call % IDS_A_ROW + 1) },
        Hole::NewId(recorded) => Filling { recorded, new: make(&id) },
        Hole::NewEmail(recorded) => Filling { recorded, new: make(&email) },
    };
    holes.iter().map(fill).collect()
}
