-- Questions to choose from, by whose answers staff know a caller again.
create table identity.security_question (
    security_question_id uuid not null constraint security_question_pkey primary key,
    text text not null constraint security_question_text_check check (char_length(text) between 1 and 200),
    -- Case-folded form, made by the service: no question is there twice.
    text_key text not null constraint security_question_text_key_key unique,
    version bigint not null constraint security_question_version_check check (version > 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);

insert into identity.security_question (security_question_id, text, text_key, version, created_at, updated_at)
select gen_random_uuid(), text, lower(text), 1, now(), now()
from unnest(array[
    'What was the name of your first pet?',
    'In which street did you grow up?',
    'What was the name of your first school?',
    'In which town did your parents meet?',
    'What was the first concert you went to?',
    'What was the model of your first car?']) as text;

-- The words of the question that was chosen, and the answer as a PHC string: its case, accents and spaces do not count.
alter table identity.account
    add column security_question text
        constraint account_security_question_check check (char_length(security_question) between 1 and 200),
    add column security_answer_hash text
        constraint account_security_answer_hash_check check (security_answer_hash like '$argon2id$%'),
    add constraint account_security_answer_check check ((security_question is null) = (security_answer_hash is null));
