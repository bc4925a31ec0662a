-- Whom was spoken of in a time: scorecards look at nobody else. Rows come nearly in the order of time, so that ranges of
-- pages are enough, and cost the path next to nothing.
CREATE INDEX evidence_time ON evidence USING brin (time) WITH (pages_per_range = 32);
