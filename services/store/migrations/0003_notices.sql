-- What everybody was told. The ledger is written once and never changed.

CREATE TABLE told (
    id            uuid PRIMARY KEY,
    ground        uuid NOT NULL,               -- the profile it rests on
    receiver      text COLLATE "C" NOT NULL,
    topic         text NOT NULL,
    place         text NOT NULL,
    since         date NOT NULL,
    state         text NOT NULL CHECK (state IN ('open', 'ended', 'retracted')),
    ended_on      date,
    ended_by      text,
    case_id       uuid,
    last_notice   uuid,
    fields        json NOT NULL                -- keyed fingerprint per field
) WITH (fillfactor = 85);
CREATE INDEX told_ground ON told (ground);

CREATE TABLE ledger (
    id            uuid PRIMARY KEY,
    statement     uuid,                        -- the told statement it is about
    receiver      text COLLATE "C" NOT NULL,
    kind          text NOT NULL,
    urgency       text NOT NULL,
    time          timestamptz NOT NULL,
    time_offset   smallint NOT NULL,
    case_id       uuid,
    due_on        date,
    basis         text NOT NULL,
    supersedes    uuid,
    fields        text[] NOT NULL,             -- which fields were told
    sealed        bytea NOT NULL
);
ALTER TABLE ledger ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX ledger_statement ON ledger (statement) WHERE statement IS NOT NULL;

-- Notices on their way; a row leaves when the broker confirmed it. `seqno` is null until the courier numbers it.
CREATE TABLE outbox (
    no            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice        uuid NOT NULL,
    receiver      text COLLATE "C" NOT NULL,
    seqno         bigint,
    attempts      integer NOT NULL DEFAULT 0,
    due           timestamptz                  -- of a numbered row: not before; null: at once
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX outbox_unnumbered ON outbox (no) WHERE seqno IS NULL;
CREATE INDEX outbox_due ON outbox (due NULLS FIRST, no) WHERE seqno IS NOT NULL;

-- The last number given to each receiver.
CREATE TABLE receivers (
    receiver      text COLLATE "C" PRIMARY KEY,
    last_seqno    bigint NOT NULL
) WITH (fillfactor = 50);

-- Which notice went out under which number: what a receiver can read again.
CREATE TABLE published (
    receiver      text COLLATE "C" NOT NULL,
    seqno         bigint NOT NULL,
    notice        uuid NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (receiver, seqno)
);

CREATE TABLE courier_lease (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    holder        uuid NOT NULL,
    until         timestamptz NOT NULL
);
