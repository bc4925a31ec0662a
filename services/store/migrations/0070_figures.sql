-- What went through in the last day, by quarters of an hour: a ring that is written over, so that nobody has to clear it.

CREATE TABLE quarters (
    slot          smallint NOT NULL,           -- the quarter's place in its day
    what          text NOT NULL,
    of            text NOT NULL,
    begins        timestamptz NOT NULL,        -- the quarter that is counted; yesterday's until today's comes
    count         bigint NOT NULL,
    PRIMARY KEY (slot, what, of)
) WITH (fillfactor = 50);

-- The last receipt of a jurisdiction, however many it sent: one look.
CREATE INDEX inbox_receipts ON inbox (source, received) WHERE kind = 'township.receipt.v1';
