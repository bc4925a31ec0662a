-- What concerns a jurisdiction as a whole: counts, codes, dates and case ids, nothing about anybody.

-- Notices to a jurisdiction since it last sent a receipt or a reply; none waits where `count` is 0.
CREATE TABLE waiting (
    receiver      text COLLATE "C" PRIMARY KEY,
    since         date NOT NULL,               -- of the first of them
    count         bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE village_reports (
    message       bigint PRIMARY KEY,
    township      text COLLATE "C" NOT NULL,
    village       text COLLATE "C" NOT NULL,
    recorded_on   date NOT NULL,
    arrivals      integer NOT NULL,
    departures    integer NOT NULL
);
CREATE INDEX village_reports_township ON village_reports (township, village, recorded_on);

-- When the clock looked at a jurisdiction first and last.
CREATE TABLE looks (
    jurisdiction  text COLLATE "C" PRIMARY KEY,
    begun_on      date NOT NULL,
    looked_on     date NOT NULL
) WITH (fillfactor = 50);

-- What was said last, in each procedure and of each month.
CREATE TABLE said (
    jurisdiction  text COLLATE "C" NOT NULL,
    procedure     text COLLATE "C" NOT NULL,
    month         date NOT NULL,               -- '-infinity' for what knows no months
    said_on       date NOT NULL,
    notice        uuid,                        -- the notice that asked
    case_id       uuid,
    late_told     smallint NOT NULL,
    PRIMARY KEY (jurisdiction, procedure, month)
);

-- Figures as they were compiled, small cells hidden; a month without rows is compiled and had nothing.
CREATE TABLE compiled (
    month         date PRIMARY KEY
);
CREATE TABLE figures (
    month         date NOT NULL,
    jurisdiction  text COLLATE "C" NOT NULL,
    place         smallint NOT NULL,           -- in the order of returns
    indicator     text NOT NULL,
    count         bigint,                      -- null where it is not shown
    PRIMARY KEY (month, jurisdiction, place)
);
