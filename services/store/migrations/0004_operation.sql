-- Counting, accounting, and proof that the key file is the right one.

CREATE TABLE counters (
    what          text NOT NULL,
    of            text NOT NULL,
    count         bigint NOT NULL,
    PRIMARY KEY (what, of)
) WITH (fillfactor = 50);

-- A constant, sealed with the master key of this database.
CREATE TABLE key_check (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    sealed        bytea NOT NULL
);

-- The weights that decided who is who: their mark. Other weights have to be applied to everybody first.
CREATE TABLE matching (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark          uuid NOT NULL
);

-- Who looked at whom, and why.
CREATE TABLE audit (
    no            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    who           text NOT NULL,
    purpose       text NOT NULL,
    object        text NOT NULL,
    of_minor      boolean NOT NULL
);
