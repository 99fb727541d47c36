use crate::{
    error::Error,
    operations::SecurityQuestions,
    security_question::{parse_text, text_key},
    store,
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::change::Caller;
use patron_proto::identity::v1::{
    CreateSecurityQuestionRequest, DeleteSecurityQuestionRequest, GetSecurityQuestionRequest,
    ListSecurityQuestionsRequest, ListSecurityQuestionsResponse, SecurityQuestion,
    UpdateSecurityQuestionRequest, security_question_service_server::SecurityQuestionService,
};
use patron_values::{field_mask::FieldMask, id::SecurityQuestionId, page::Page, seal::Seal};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.SecurityQuestionService`.
pub struct SecurityQuestionRpc {
    /// Reads and changes the list.
    pub questions: SecurityQuestions,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl SecurityQuestionService for SecurityQuestionRpc {
    async fn create_security_question(
        &self,
        request: Request<CreateSecurityQuestionRequest>,
    ) -> Result<Response<SecurityQuestion>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner().security_question.unwrap_or_default();
        let text = parse_text("security_question", &message).map_err(Problem::from)?;
        Ok(self.questions.create(text, &caller).await?.reply(|question| question.into()))
    }

    async fn get_security_question(
        &self,
        request: Request<GetSecurityQuestionRequest>,
    ) -> Result<Response<SecurityQuestion>, Status> {
        let id = parse("name", &request.get_ref().name)?;
        Ok(Response::new(SecurityQuestion::from(&self.questions.find(id).await?)))
    }

    async fn list_security_questions(
        &self,
        request: Request<ListSecurityQuestionsRequest>,
    ) -> Result<Response<ListSecurityQuestionsResponse>, Status> {
        let caller = Principal::of(&request).to_string();
        let page = Page::<String>::parse(request.get_ref(), &caller, &self.seal).map_err(Problem::from)?;
        let database = self.questions.ledger.database();
        let found =
            store::security_question::list(database, page.after().map(String::as_str), page.limit()).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |last| text_key(&last.text));
        let security_questions = found.iter().map(SecurityQuestion::from).collect();
        Ok(Response::new(ListSecurityQuestionsResponse { security_questions, next_page_token }))
    }

    async fn update_security_question(
        &self,
        request: Request<UpdateSecurityQuestionRequest>,
    ) -> Result<Response<SecurityQuestion>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let question = message.security_question.unwrap_or_default();
        let id = parse("security_question.name", &question.name)?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &question).map_err(Problem::from)?;
        Ok(self.questions.update(id, &question, &mask, &caller).await?.reply(|question| question.into()))
    }

    async fn delete_security_question(
        &self,
        request: Request<DeleteSecurityQuestionRequest>,
    ) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let id = parse("name", &message.name)?;
        Ok(self.questions.delete(id, &message.etag, &caller).await?.reply(|()| ()))
    }
}

fn parse(field: &str, name: &str) -> Result<SecurityQuestionId, Problem> {
    SecurityQuestionId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
