-- Who is who, and what was said of them. Everything that derive reads lies under the profile's id.

CREATE TABLE profiles (
    id            uuid PRIMARY KEY,            -- keyed hash of the content
    person        uuid NOT NULL,
    live          boolean NOT NULL,            -- evidence that stands speaks of it
    minor_until   date,                        -- the one clear date, and only of minors
    sealed        bytea NOT NULL
) WITH (fillfactor = 90);
ALTER TABLE profiles ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX profiles_person ON profiles (person);

-- Blocking keys: looked up by token, a few thousand at a time; by token and refined token where many share the first.
-- The nil UUID stands for "no refined form", so that one key serves both look-ups.
CREATE TABLE tokens (
    token         uuid NOT NULL,
    refined       uuid NOT NULL,
    profile       uuid NOT NULL,
    PRIMARY KEY (token, refined, profile)
);

-- What draws two profiles together, a < b; between dead ones too, so that a revival finds them.
CREATE TABLE edges (
    a             uuid NOT NULL,
    b             uuid NOT NULL,
    weight        integer NOT NULL,            -- hundredths of a bit
    PRIMARY KEY (a, b)
);
CREATE INDEX edges_b ON edges (b);

-- Pairs that a person should decide on, a < b.
CREATE TABLE questions (
    no            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    a             uuid NOT NULL,
    b             uuid NOT NULL,
    weight        integer NOT NULL,
    ambiguous     boolean NOT NULL,            -- would be linked but for a rival
    since         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (a, b)
);
CREATE INDEX questions_b ON questions (b);

-- What people decided of pairs, a < b. Nothing is ever changed but `stands`: the last word of a pair stands.
CREATE TABLE decisions (
    no            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    a             uuid NOT NULL,
    b             uuid NOT NULL,
    verdict       text NOT NULL CHECK (verdict IN ('same', 'different', 'later', 'undone')),
    reason        text NOT NULL,
    who           text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    stands        boolean NOT NULL DEFAULT true
);
CREATE INDEX decisions_a ON decisions (a) WHERE stands;
CREATE INDEX decisions_b ON decisions (b) WHERE stands;

-- Values that a person corrected, on one of its profiles: shown until they are lifted, whatever departments write.
CREATE TABLE corrections (
    no            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id            uuid PRIMARY KEY,
    profile       uuid NOT NULL,
    field         text NOT NULL,
    sealed        bytea NOT NULL,              -- a profile with nothing but that field
    reason        text NOT NULL,
    who           text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    lifted        timestamptz,
    lifted_by     text
);
CREATE INDEX corrections_profile ON corrections (profile) WHERE lifted IS NULL;

-- Every time a profile changed its person.
CREATE TABLE moves (
    no            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    profile       uuid NOT NULL,
    was           uuid NOT NULL,
    became        uuid NOT NULL
);
CREATE INDEX moves_profile ON moves (profile);

-- Persons that were left without profiles, and where those went.
CREATE TABLE redirects (
    person        uuid PRIMARY KEY,
    became        uuid NOT NULL
);

-- Codes and dates only.
CREATE TABLE facts (
    profile       uuid NOT NULL,
    id            uuid NOT NULL,
    content       json NOT NULL,
    key           uuid,                        -- token of the business key that can end it
    PRIMARY KEY (profile, id)
);
CREATE INDEX facts_key ON facts (key) WHERE key IS NOT NULL;

-- Which message said a fact: its sources.
CREATE TABLE evidence (
    profile       uuid NOT NULL,
    fact          uuid NOT NULL,
    message       bigint NOT NULL,
    slot          smallint NOT NULL,
    source        text NOT NULL,
    time          timestamptz NOT NULL,
    time_offset   smallint NOT NULL,
    baseline      boolean NOT NULL,
    withdrawn     boolean NOT NULL,
    PRIMARY KEY (profile, fact, message, slot)
) WITH (fillfactor = 95);
CREATE INDEX evidence_message ON evidence (message, slot);

-- Ends of business keys, whoever holds facts under them.
CREATE TABLE endings (
    key           uuid NOT NULL,
    message       bigint NOT NULL,
    ended_on      date NOT NULL,
    reason        text NOT NULL,
    withdrawn     boolean NOT NULL,
    PRIMARY KEY (key, message)
);
CREATE INDEX endings_message ON endings (message);

-- Profiles that the police joined (identity-changed); each link is written from both ends.
CREATE TABLE links (
    profile       uuid NOT NULL,
    other         uuid NOT NULL,
    message       bigint NOT NULL,
    withdrawn     boolean NOT NULL,
    PRIMARY KEY (profile, other, message)
);
CREATE INDEX links_message ON links (message);
