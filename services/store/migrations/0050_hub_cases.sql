-- Cases of other provinces' hubs: of all that one says under a case, the word with the greatest number counts, in
-- whichever order they arrive.
ALTER TABLE endings ADD COLUMN number bigint;  -- `seqno` of the other hub's notice; null of an office's own record
