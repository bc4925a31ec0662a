-- What the operators' pages ask: when a feed was heard of last, and the audit by person and by day.

ALTER TABLE counters ADD COLUMN at timestamptz NOT NULL DEFAULT now();  -- when it was counted last

CREATE INDEX audit_who ON audit (who, no);
CREATE INDEX audit_at ON audit (at);
