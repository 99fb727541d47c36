//! Questions by whose answers staff know a caller again: the list to choose from, and what is kept of an answer.

use crate::password::Password;
use patron_proto::identity::v1 as proto;
use patron_values::{
    etag::etag, fields::Fields, fold, id::SecurityQuestionId, search, text::Line, timestamp,
};
use time::OffsetDateTime;

/// The words of a question.
pub type QuestionText = Line<200>;

/// A question of the list.
#[derive(Debug, Clone)]
pub struct SecurityQuestion {
    /// Which it is.
    pub id: SecurityQuestionId,
    /// What is asked.
    pub text: QuestionText,
    /// Rises by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// Parses what a caller sends; mistakes are named with `path` in front.
pub fn parse_text(path: &str, message: &proto::SecurityQuestion) -> Result<QuestionText, Fields> {
    let mut fields = Fields::at(path);
    fields.required("text", &message.text, Line::parse).ok_or(fields)
}

/// The form of a text in which no two questions are the same.
pub fn text_key(text: &QuestionText) -> String {
    fold::identity(text.as_str())
}

/// An answer, without what people say in one way today and in another tomorrow: case, accents, apostrophes and further spaces.
#[derive(Debug, Clone)]
pub struct Answer(Password);

/// There is nothing in an answer but what does not count.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("is no answer")]
pub struct NoAnswer;

impl Answer {
    /// Reads an answer as it was typed.
    pub fn parse(typed: &str) -> Result<Self, NoAnswer> {
        let plain = search::canonical(typed);
        let words: Vec<&str> = plain.split_whitespace().collect();
        if words.is_empty() { Err(NoAnswer) } else { Ok(Self(Password::new(&words.join(" ")))) }
    }

    /// What is hashed and compared.
    pub fn as_password(&self) -> &Password {
        &self.0
    }
}

/// A question as it is asked for together with its answer.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// The question.
    pub question: SecurityQuestionId,
    /// What the customer answers.
    pub answer: Answer,
}

impl NewAnswer {
    /// Parses the fields `security_question` and `security_answer`, of which either none or both say something.
    pub fn parse(fields: &mut Fields, question: &str, answer: &str) -> Option<Self> {
        let asked = fields.optional("security_question", question, SecurityQuestionId::parse);
        let answered = fields.optional("security_answer", answer, Answer::parse);
        match (question.is_empty(), answer.is_empty()) {
            (false, true) => fields.refuse("security_answer", "is missing for the question"),
            (true, false) => fields.refuse("security_question", "is missing for the answer"),
            _ => {}
        }
        Some(Self { question: asked?, answer: answered? })
    }
}

impl From<&SecurityQuestion> for proto::SecurityQuestion {
    fn from(question: &SecurityQuestion) -> Self {
        Self {
            name: question.id.resource_name(),
            etag: etag(question.id.0, question.version),
            create_time: Some(timestamp(question.created_at)),
            update_time: Some(timestamp(question.updated_at)),
            text: question.text.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_same_however_it_is_typed() {
        let rex = Answer::parse("Rex d’Or").unwrap();
        for typed in ["rex d'or", "  REX   DʼOR ", "réx dor"] {
            assert!(Answer::parse(typed).unwrap().0.is_same(&rex.0), "{typed}");
        }
        assert!(!Answer::parse("rex").unwrap().0.is_same(&rex.0));
        for nothing in ["", "  ", "'", "\u{200b}"] {
            assert!(Answer::parse(nothing).is_err(), "{nothing:?}");
        }
    }
}
