-- The trace in which a notice was committed, so that its publish can go on with it. Null where nobody traces.

ALTER TABLE outbox ADD COLUMN traceparent text;
