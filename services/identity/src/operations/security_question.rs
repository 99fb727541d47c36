use crate::{
    error::Error,
    security_question::{QuestionText, SecurityQuestion, parse_text},
    store,
};
use patron_chassis::{
    peer::Peer,
    pg::{Transaction, constraint},
    principal::Scope,
};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Next, Resource, Store, Transition},
};
use patron_proto::identity::v1 as proto;
use patron_values::{field_mask::FieldMask, fields::Fields, id::SecurityQuestionId};

/// Reads and changes the list of questions.
#[derive(Debug, Clone)]
pub struct SecurityQuestions {
    /// Where they are stored.
    pub ledger: Ledger,
}

impl Resource for SecurityQuestion {
    type Name = SecurityQuestionId;
    type Message = proto::SecurityQuestion;

    const EVENTS: [&'static str; 3] =
        ["security_question.created", "security_question.updated", "security_question.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> SecurityQuestionId {
        self.id
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::SecurityQuestion {
        self.into()
    }

    fn etag(message: &proto::SecurityQuestion) -> &str {
        &message.etag
    }
}

impl SecurityQuestions {
    /// One question.
    pub async fn find(&self, id: SecurityQuestionId) -> Result<SecurityQuestion, Error> {
        let found = store::security_question::find(self.ledger.database(), id).await?;
        found.ok_or_else(|| Error::NotFound { kind: "security question", name: id.resource_name() })
    }

    /// Adds a question to the list.
    pub async fn create(
        &self,
        text: QuestionText,
        caller: &Caller,
    ) -> Result<Changed<SecurityQuestion>, Error> {
        let (id, now) = (self.ledger.next_id(), self.ledger.now());
        let question = SecurityQuestion { id, text, version: 1, created_at: now, updated_at: now };
        self.ledger.change(caller).create(self, question).await
    }

    /// Changes the fields that the mask names.
    pub async fn update(
        &self,
        id: SecurityQuestionId,
        wanted: &proto::SecurityQuestion,
        mask: &FieldMask,
        caller: &Caller,
    ) -> Result<Changed<SecurityQuestion>, Error> {
        self.ledger.change(caller).update(self, id, wanted, mask).await
    }

    /// Takes a question from the list; what the same request did before counts as done.
    pub async fn delete(
        &self,
        id: SecurityQuestionId,
        etag: &str,
        caller: &Caller,
    ) -> Result<Changed<()>, Error> {
        self.ledger.change(caller).delete(self, id, etag).await
    }
}

impl Store for SecurityQuestions {
    type Resource = SecurityQuestion;
    type Error = Error;

    async fn lock(
        &self,
        transaction: &mut Transaction,
        id: SecurityQuestionId,
    ) -> Result<Option<i64>, sqlx::Error> {
        store::security_question::lock(transaction, id).await
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        id: SecurityQuestionId,
        _: Scope,
    ) -> Result<Option<SecurityQuestion>, sqlx::Error> {
        store::security_question::find(transaction, id).await
    }

    fn parse(
        &self,
        old: &SecurityQuestion,
        merged: &proto::SecurityQuestion,
        next: Next,
    ) -> Result<Option<SecurityQuestion>, Fields> {
        let text = parse_text("security_question", merged)?;
        let changes = text != old.text;
        Ok(changes.then(|| SecurityQuestion {
            text,
            version: next.version,
            updated_at: next.at,
            ..old.clone()
        }))
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<SecurityQuestion>,
        _: &Caller,
    ) -> Result<Vec<Transition<SecurityQuestion>>, Error> {
        match &transition {
            Transition::Created(new) => store::security_question::insert(locked, new).await.map_err(taken)?,
            Transition::Updated(_, new) => {
                store::security_question::update(locked, new).await.map_err(taken)?;
            }
            Transition::Deleted(old) => store::security_question::delete(locked, old.id).await?,
        }
        Ok(vec![transition])
    }
}

/// What it means that a question could not be stored.
fn taken(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("security_question_text_key_key") => {
            Error::Taken { kind: "security question", field: "security_question.text" }
        }
        _ => error.into(),
    }
}
