-- Who may use the console: users, their sessions, and the one-time link of the first start.

CREATE TABLE users (
    name          text COLLATE "C" PRIMARY KEY,
    role          text NOT NULL CHECK (role IN ('operator', 'reviewer', 'auditor', 'clerk')),
    jurisdictions text[] NOT NULL,             -- of clerks: these and what lies below; of others empty
    password      text NOT NULL,               -- argon2id, as a PHC string
    must_change   boolean NOT NULL,            -- the password was given by somebody else
    totp          bytea,                       -- sealed secret of the second factor; null: none
    totp_step     bigint NOT NULL DEFAULT 0,   -- the last time step that was used: a code counts once
    failures      integer NOT NULL DEFAULT 0,  -- tries since the last login
    locked_until  timestamptz,                 -- after too many of them
    locked        boolean NOT NULL DEFAULT false,
    created       timestamptz NOT NULL DEFAULT now(),
    last_login    timestamptz
);

CREATE TABLE sessions (
    token         uuid PRIMARY KEY,            -- keyed hash of the cookie
    user_name     text COLLATE "C" NOT NULL,
    last_seen     timestamptz NOT NULL,
    ends          timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_name);

CREATE TABLE first_start (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    token         uuid NOT NULL,               -- keyed hash of the link
    ends          timestamptz NOT NULL
);
