-- Cases: what was asked, what was answered to it, and when a person has to be looked at again.

ALTER TABLE told
    ADD COLUMN variant       text,             -- tells statements of one topic and place apart where the date does not
    ADD COLUMN asked_notice  uuid,             -- the notice that put the question
    ADD COLUMN asked_on      date,             -- day 0 of its clock
    ADD COLUMN late_told     smallint,         -- how many late steps of the procedure have been told
    ADD COLUMN answered      boolean;          -- whether an answer stands
CREATE INDEX told_waiting ON told (receiver, asked_on) WHERE state = 'open' AND NOT answered;
CREATE INDEX told_case ON told (case_id) WHERE case_id IS NOT NULL;

ALTER TABLE answers
    ADD COLUMN statement     uuid,             -- the told statement that was answered; null where the notice was about none
    ADD COLUMN differs       text,             -- names of fields that the receiver knows otherwise, blank between them
    ADD COLUMN facts         json;             -- what became of facts that were to be verified
CREATE INDEX answers_statement ON answers (statement) WHERE statement IS NOT NULL;

-- The next day on which the passing of time alone changes what should be known of a person.
CREATE TABLE wakes (
    person        uuid PRIMARY KEY,
    wake_on       date NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX wakes_wake_on ON wakes (wake_on);

-- The rules under which the wakes were set: their mark. Under other rules everybody is looked at once more.
CREATE TABLE clock (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark          uuid NOT NULL
);
