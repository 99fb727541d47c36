use super::{
    account::{Accounts, not_found},
    account_store::AccountStore,
};
use crate::{
    account::{Account, ChosenQuestion, Name},
    error::Error,
    password::{Precedence, Verdict},
    security_question::{Answer, NewAnswer},
    store,
    throttle::{Attempt, Tried},
};
use patron_chassis::status::Problem;
use patron_ledger::change::{Caller, Changed, Next};

/// What is wrong with a question that the list does not have.
pub(super) const NOT_LISTED: &str = "is no question of the list";

impl Accounts {
    /// Chooses what the customer is asked on the phone, or takes the question away.
    pub async fn set_security_answer(
        &self,
        name: Name,
        chosen: Option<&NewAnswer>,
        caller: &Caller,
    ) -> Result<Changed<Account>, Error> {
        // Looked at before the answer costs a hash.
        self.find(name, caller.scope).await?.ok_or_else(|| not_found(name))?;
        let chosen = self.choose(chosen, "security_question").await?;
        let set = |old: &Account, next: Next| {
            let security_question = chosen.as_ref().map(|chosen| chosen.question.clone());
            Ok(Some(Account { security_question, ..old.changed(next) }))
        };
        let store = AccountStore::SecurityAnswer(chosen.as_ref().map(|chosen| &chosen.answer));
        self.tools.ledger.change(caller).apply(&store, name, "account.security_answer_set", set).await
    }

    /// The words of the question, and the hash of the answer. Fails where the list has no such question; `field` is its name in the request.
    pub(super) async fn choose(
        &self,
        chosen: Option<&NewAnswer>,
        field: &str,
    ) -> Result<Option<ChosenQuestion>, Error> {
        let Some(NewAnswer { question, answer }) = chosen else { return Ok(None) };
        let found = store::security_question::find(&self.tools.database, *question).await?;
        let found = found.ok_or_else(|| Problem::invalid(field, NOT_LISTED))?;
        let answer = self.tools.hasher.hash(answer.as_password()).await?;
        Ok(Some(ChosenQuestion { question: found.text, answer }))
    }

    /// Says whether an answer is the right one, and has history say that it was looked at. Wrong ones are counted for the account.
    pub async fn verify_security_answer(
        &self,
        name: Name,
        answer: &Answer,
        caller: &Caller,
    ) -> Result<Changed<bool>, Error> {
        self.find(name, caller.scope).await?.ok_or_else(|| not_found(name))?;
        let right = store::account::find_security_answer(&self.tools.database, name.0).await?;
        let right = right.ok_or_else(|| Error::State {
            rule: "NO_SECURITY_QUESTION",
            subject: name.to_string(),
            description: "the account has no security question",
        })?;
        let seat = self.tools.hasher.take_seat()?;
        let attempt = self.throttle.admit(Tried::Answering(name.0), None).await?;
        let verdict =
            self.tools.hasher.verify(seat, Precedence::Known, answer.as_password(), Some(&right)).await;
        let known = match verdict {
            Ok(Verdict::Right { .. }) => self.note(name, true, &attempt, caller).await,
            Ok(Verdict::Wrong) => {
                self.throttle.fail(&attempt).await?;
                return self.note(name, false, &attempt, caller).await;
            }
            Err(problem) => Err(problem.into()),
        };
        if known.is_err() {
            self.throttle.give_back(&attempt).await;
        }
        known
    }

    /// Has history say what came of an answer, which changes nothing of the account.
    async fn note(
        &self,
        name: Name,
        correct: bool,
        attempt: &Attempt,
        caller: &Caller,
    ) -> Result<Changed<bool>, Error> {
        let (kind, store) = if correct {
            let store = AccountStore::Verified { throttle: &self.throttle, attempt };
            ("account.security_answer_verified", store)
        } else {
            ("account.security_answer_failed", AccountStore::Unchanged)
        };
        let unchanged =
            |old: &Account, next: Next| Ok(Some(Account { version: next.version, ..old.clone() }));
        let changed = self.tools.ledger.change(caller).apply(&store, name, kind, unchanged).await?;
        Ok(Changed { result: correct, consistency_tokens: changed.consistency_tokens })
    }
}
