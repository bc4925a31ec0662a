-- What came in. `time` is kept with its offset (minutes), because clocks count from the date that the office wrote.
-- Foreign keys are left out on the hot path: there is one writer, and it writes both ends in one transaction.

CREATE TABLE inbox (
    no            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    content       uuid NOT NULL,               -- keyed hash of the canonical content
    kind          text NOT NULL,
    publisher     text NOT NULL,
    time          timestamptz NOT NULL,
    time_offset   smallint NOT NULL,
    baseline      boolean NOT NULL,
    withdrawn     boolean NOT NULL DEFAULT false,
    warnings      jsonb,
    received      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, id)
);

-- Every withdrawal that was recorded, whether its target is here yet or not.
CREATE TABLE withdrawals (
    source        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    target_source text COLLATE "C" NOT NULL,
    target_id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX withdrawals_target ON withdrawals (target_source, target_id);

-- Replies and receipts.
CREATE TABLE answers (
    message       bigint PRIMARY KEY,
    notice        uuid NOT NULL,
    answer        text NOT NULL,               -- outcome of a reply, state of a receipt
    case_id       uuid,
    division      text,
    at            timestamptz,
    discrepancies bytea                        -- sealed
);
CREATE INDEX answers_notice ON answers (notice);

-- Messages about no person, as they were sent.
CREATE TABLE filings (
    message       bigint PRIMARY KEY,
    sealed        bytea NOT NULL
);
ALTER TABLE filings ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Messages that could not be taken. `sealed` is null where nothing of the content may be kept.
CREATE TABLE quarantine (
    no            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    publisher     text COLLATE "C" NOT NULL,
    body_mac      uuid NOT NULL,
    feed          text NOT NULL,
    reason        text NOT NULL,
    path          text,
    schema_path   text,
    source        text,
    id            text,
    sealed        bytea,
    baseline      boolean NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'dropped')),
    drop_reason   text,
    times_seen    bigint NOT NULL,
    first_seen    timestamptz NOT NULL DEFAULT now(),
    last_seen     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (publisher, body_mac)
);
ALTER TABLE quarantine ALTER COLUMN sealed SET STORAGE EXTERNAL;
