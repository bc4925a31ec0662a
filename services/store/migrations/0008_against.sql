-- Two profiles that look like namesakes or kin speak against being joined by a third that knows less. Edges of before are
-- weighed anew with the weights that come with this (`liangdi rematch`).
ALTER TABLE edges ADD COLUMN against boolean NOT NULL DEFAULT false;
