-- Users that a provider of identity knows (OpenID Connect): it says who they are, the hub what they may do.

ALTER TABLE users
    ALTER COLUMN password DROP NOT NULL,       -- null: logs in through the provider
    ADD COLUMN provider_name text COLLATE "C", -- what the provider calls the user, as an operator wrote it
    ADD COLUMN provider_issuer text,           -- which provider; null: not logged in yet
    ADD COLUMN provider_subject text,          -- its identifier of the user, which it gives to nobody else
    ADD CONSTRAINT users_one_way CHECK ((password IS NULL) = (provider_name IS NOT NULL)),
    ADD CONSTRAINT users_bound CHECK ((provider_issuer IS NULL) = (provider_subject IS NULL)
        AND (provider_subject IS NULL OR provider_name IS NOT NULL)),
    ADD CONSTRAINT users_factor CHECK (totp IS NULL OR password IS NOT NULL),
    ADD UNIQUE (provider_issuer, provider_subject);

-- Once a user is bound the name says nothing more: a provider may give it to somebody else.
CREATE UNIQUE INDEX users_provider_name ON users (provider_name) WHERE provider_subject IS NULL;

-- Logins that are under way at the provider: each comes back once.
CREATE TABLE logins_begun (
    token         uuid PRIMARY KEY,            -- keyed hash of the browser's cookie
    next          text NOT NULL,               -- the page to go on to
    ends          timestamptz NOT NULL
);
