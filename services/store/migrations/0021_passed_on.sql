-- Requests for verification, for the scorecards of whoever passed them on.
CREATE INDEX inbox_verification ON inbox (no) WHERE kind = 'township.verification-requested.v1';
