-- What whoever runs the hub said to requests that persons made by right (PIPL articles 44 to 50): the latest word of each.
CREATE TABLE rights_settled (
    fact          uuid PRIMARY KEY,            -- the request
    outcome       text NOT NULL CHECK (outcome IN ('granted', 'partly', 'refused')),
    settled_on    date NOT NULL,
    reason        text NOT NULL,
    who           text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_rights ON inbox (no) WHERE kind = 'township.rights-requested.v1';
