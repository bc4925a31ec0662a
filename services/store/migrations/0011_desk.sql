-- The clerks' desk: what their jurisdictions have answered, who stands in for whom, and who to call elsewhere.

CREATE INDEX told_answered ON told (receiver, asked_on) WHERE answered;

-- A clerk stands in for another: sees the other's jurisdictions as well, until a day.
CREATE TABLE deputies (
    deputy        text COLLATE "C" NOT NULL,   -- user
    clerk         text COLLATE "C" NOT NULL,   -- user whose jurisdictions are handed over
    until         date NOT NULL,               -- the last day
    granted       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (deputy, clerk)
);

-- Offices and their telephones: of work, never of a private person.
CREATE TABLE directory (
    jurisdiction  text COLLATE "C" PRIMARY KEY,
    office        text NOT NULL,
    contact       text NOT NULL,
    phone         text NOT NULL,
    hours         text NOT NULL,
    updated       timestamptz NOT NULL DEFAULT now(),
    updated_by    text NOT NULL
);
