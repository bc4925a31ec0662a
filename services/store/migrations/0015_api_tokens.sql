-- Tokens of the HTTP API: shown once, known by their keyed hash.

CREATE TABLE api_tokens (
    name          text COLLATE "C" PRIMARY KEY,
    token         uuid NOT NULL UNIQUE,        -- keyed hash of the secret
    role          text NOT NULL CHECK (role IN ('operator', 'reviewer', 'auditor', 'clerk')),
    jurisdictions text[] NOT NULL,             -- of clerks: these and what lies below; of others empty
    created       timestamptz NOT NULL,
    ends          timestamptz NOT NULL,
    revoked       timestamptz
);
