-- Profiles that hold next to nothing: kept alone, never linked by weight. Known when a profile is written; those that
-- were written before this migration count as whole ones.
ALTER TABLE profiles ADD COLUMN thin boolean NOT NULL DEFAULT false;
CREATE INDEX profiles_thin ON profiles (id) WHERE thin;
