-- Profiles that one message names beside each other (tenants of a lease, parties of a marriage): two humans. Each pair
-- is written from both ends.
CREATE TABLE beside (
    profile       uuid NOT NULL,
    other         uuid NOT NULL,
    message       bigint NOT NULL,
    withdrawn     boolean NOT NULL,
    PRIMARY KEY (profile, other, message)
);
CREATE INDEX beside_message ON beside (message);

-- What was recorded before; it counts from the next time that its persons are looked at, or from `liangdi rematch` on.
INSERT INTO beside (profile, other, message, withdrawn)
SELECT DISTINCT one.profile, another.profile, one.message, one.withdrawn
FROM evidence one JOIN evidence another ON another.message = one.message AND another.slot <> one.slot
WHERE another.profile <> one.profile;
