-- Boundary changes as they were announced, and how far it has been worked off whom they touch. Codes and names of places.

CREATE TABLE division_changes (
    message       bigint PRIMARY KEY,          -- inbox.no; what is withdrawn there is not followed
    change        json NOT NULL,
    settled       boolean NOT NULL DEFAULT false  -- everybody it touches was looked at since it took effect
);

-- Counted up whenever another table of divisions may follow: hubs side by side read it under the writer's lock.
CREATE TABLE division_table (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    version       bigint NOT NULL
);
INSERT INTO division_table (version) VALUES (0);

-- The work under way: profiles are gone through in the order of their ids.
CREATE TABLE division_work (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    version       bigint NOT NULL,             -- of the table under which it began
    messages      bigint[] NOT NULL,
    codes         text[] NOT NULL,
    after         uuid,
    looked_at     bigint NOT NULL,             -- profiles
    touched       bigint NOT NULL,             -- persons
    since         timestamptz NOT NULL DEFAULT now()
);
