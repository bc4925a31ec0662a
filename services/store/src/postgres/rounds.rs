//! Jurisdictions as a whole: what waits for them, what their villages reported, what was said to them last.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_midnight;
use liangdi_domain::division::Code;
use liangdi_domain::round::figures::{Counts, Figure, counted};
use liangdi_domain::round::{Held, Month, Open, Period, Said, Villages, Waiting};
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::{ID_SLACK, first_id, read_code, read_word};
use crate::port::{Inbound, Result, Rounds};

const UNLOOKED: &str = "
SELECT code FROM unnest($1::text[]) AS listed (code) LEFT JOIN looks ON jurisdiction = code
WHERE looked_on IS NULL OR looked_on < $2 ORDER BY code LIMIT $3";

const HELD: &str = "
SELECT code, begun_on, since, count
FROM unnest($1::text[]) WITH ORDINALITY AS listed (code, place)
LEFT JOIN looks ON jurisdiction = code LEFT JOIN waiting ON receiver = code ORDER BY place";

/// An answer under the notice's case, not a mere receipt.
const SAID: &str = "
SELECT jurisdiction, procedure, NULLIF(month, '-infinity'), said_on, notice, said.case_id, late_told,
    EXISTS (SELECT FROM answers a JOIN inbox i ON i.no = a.message
            WHERE a.notice = said.notice AND a.case_id = said.case_id AND NOT i.withdrawn)
FROM said WHERE jurisdiction = ANY($1)";

const OPEN: &str = "
SELECT t.receiver, asked.due_on, t.case_id FROM told t JOIN ledger asked ON asked.id = t.asked_notice
WHERE t.receiver = ANY($1) AND t.state = 'open' AND NOT t.answered AND t.case_id IS NOT NULL";

const VILLAGES: &str = "
SELECT township, count(*), count(*) FILTER (WHERE reports > 0), sum(arrivals)::bigint, sum(departures)::bigint
FROM (
    SELECT township, count(*) FILTER (WHERE recorded_on >= $2) AS reports,
        coalesce(sum(arrivals) FILTER (WHERE recorded_on >= $2), 0) AS arrivals,
        coalesce(sum(departures) FILTER (WHERE recorded_on >= $2), 0) AS departures
    FROM village_reports r JOIN inbox i ON i.no = r.message AND NOT i.withdrawn
    WHERE township = ANY($1) AND recorded_on <= $3 GROUP BY township, village
) village GROUP BY township";

const IS_COMPILED: &str = "
SELECT EXISTS (SELECT FROM compiled WHERE month = $1) OR NOT EXISTS (SELECT FROM looks WHERE begun_on <= $2)";

/// Ids are UUIDv7 and so in the order of time: the range of ids saves reading the whole ledger, the times decide.
const COUNTS: &str = "
SELECT l.kind, t.topic, t.place, l.receiver, count(*) FROM ledger l JOIN told t ON t.id = l.statement
WHERE l.id >= $1 AND l.id < $2 AND l.time >= $3 AND l.time < $4 AND t.state <> 'retracted' AND l.receiver ~ '^[0-9]+$'
    AND l.kind IN ('inflow', 'lead', 'departed', 'residence-changed', 'returned', 'closed')
GROUP BY l.kind, t.topic, t.place, l.receiver";

const COMPILE: &str = "
WITH month AS (INSERT INTO compiled (month) VALUES ($1))
INSERT INTO figures (month, jurisdiction, place, indicator, count)
SELECT $1, * FROM unnest($2::text[], $3::smallint[], $4::text[], $5::bigint[])";

const FIGURES: &str = "
SELECT jurisdiction, indicator, count FROM figures WHERE month = $1 AND jurisdiction = ANY($2)
ORDER BY jurisdiction, place";

const LOOKED: &str = "
INSERT INTO looks (jurisdiction, begun_on, looked_on) SELECT code, $2, $2 FROM unnest($1::text[]) AS listed (code)
ON CONFLICT (jurisdiction) DO UPDATE SET looked_on = excluded.looked_on";

const SAY: &str = "
INSERT INTO said (jurisdiction, procedure, month, said_on, notice, case_id, late_told)
SELECT jurisdiction, procedure, coalesce(month, '-infinity'), said_on, notice, case_id, late_told
FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::uuid[], $6::uuid[], $7::smallint[])
    AS given (jurisdiction, procedure, month, said_on, notice, case_id, late_told)
ON CONFLICT (jurisdiction, procedure, month) DO UPDATE SET said_on = excluded.said_on, notice = excluded.notice,
    case_id = excluded.case_id, late_told = excluded.late_told";

const HEARD: &str = "
UPDATE waiting SET count = 0 FROM ledger WHERE ledger.id = ANY($1) AND waiting.receiver = ledger.receiver";

const REPORT: &str = "
INSERT INTO village_reports (message, township, village, recorded_on, arrivals, departures)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::date[], $5::integer[], $6::integer[])";

type SaidRow = (String, String, Option<NaiveDate>, NaiveDate, Option<Uuid>, Option<Uuid>, i16, bool);

impl PgBatch {
    /// Whoever sends a receipt or a reply is not silent.
    pub(super) async fn write_heard(&mut self, new: &[(i64, &Inbound)]) -> Result<()> {
        let notices: Vec<Uuid> =
            new.iter().filter_map(|(_, message)| Some(message.answer.as_ref()?.notice())).collect();
        if notices.is_empty() {
            return Ok(());
        }
        self.transaction.execute(sqlx::query(HEARD).bind(notices)).await.map(drop)
    }

    pub(super) async fn write_village_reports(&mut self, new: &[(i64, &Inbound)]) -> Result<()> {
        let rows: Vec<_> = new.iter().filter_map(|(no, message)| Some((*no, message.village_report()?))).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let statement = sqlx::query(REPORT)
            .bind(rows.iter().map(|(no, _)| *no).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, row)| row.township.to_string()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, row)| row.report.village.to_string()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, row)| row.on).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, row)| count(row.report.arrivals)).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, row)| count(row.report.departures)).collect::<Vec<_>>());
        self.transaction.execute(statement).await.map(drop)
    }

    async fn said(&mut self, of: &[String]) -> Result<HashMap<Code, Vec<Said>>> {
        let mut said: HashMap<Code, Vec<Said>> = HashMap::new();
        for row in self.transaction.rows(sqlx::query_as::<_, SaidRow>(SAID).bind(of)).await? {
            let (jurisdiction, procedure, month, on, notice, case, late_told, answered) = row;
            let jurisdiction = read_code("said.jurisdiction", &jurisdiction)?;
            let late_told = u8::try_from(late_told).unwrap_or_default();
            let asked = notice.zip(case);
            let row = Said { procedure, jurisdiction, month, on, asked, late_told, answered };
            said.entry(jurisdiction).or_default().push(row);
        }
        Ok(said)
    }
}

impl Rounds for PgBatch {
    async fn unlooked(&mut self, of: &[Code], today: NaiveDate, limit: usize) -> Result<Vec<Code>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let statement = sqlx::query_as::<_, (String,)>(UNLOOKED).bind(texts(of)).bind(today).bind(limit);
        let rows = self.transaction.rows(statement).await?;
        rows.iter().map(|(code,)| read_code("looks.jurisdiction", code)).collect()
    }

    async fn held(&mut self, of: &[Code], today: NaiveDate) -> Result<Vec<Held>> {
        let codes = texts(of);
        let mut said = self.said(&codes).await?;
        let statement =
            sqlx::query_as::<_, (String, Option<NaiveDate>, Option<NaiveDate>, Option<i64>)>(HELD).bind(codes);
        let rows = self.transaction.rows(statement).await?;
        let held = rows.into_iter().map(|(code, begun_on, since, count)| {
            let jurisdiction = read_code("looks.jurisdiction", &code)?;
            let waiting = since.zip(count).filter(|(_, count)| *count > 0);
            Ok(Held {
                jurisdiction,
                begun_on: begun_on.unwrap_or(today),
                waiting: waiting.map(|(since, count)| Waiting { since, count: count_of(count) }),
                said: said.remove(&jurisdiction).unwrap_or_default(),
            })
        });
        held.collect()
    }

    async fn open_questions(&mut self, of: &[Code]) -> Result<HashMap<Code, Vec<Open>>> {
        let statement = sqlx::query_as::<_, (String, Option<NaiveDate>, Uuid)>(OPEN).bind(texts(of));
        let mut open: HashMap<Code, Vec<Open>> = HashMap::new();
        for (receiver, due_on, case) in self.transaction.rows(statement).await? {
            open.entry(read_code("told.receiver", &receiver)?).or_default().push(Open { due_on, case });
        }
        Ok(open)
    }

    async fn villages(&mut self, of: &[Code], period: Period) -> Result<HashMap<Code, Villages>> {
        let statement = sqlx::query_as::<_, (String, i64, i64, i64, i64)>(VILLAGES)
            .bind(texts(of))
            .bind(period.from)
            .bind(period.to);
        let rows = self.transaction.rows(statement).await?;
        let villages = rows.into_iter().map(|(township, expected, reported, arrivals, departures)| {
            let counts = [expected, reported, arrivals, departures].map(count_of);
            let [expected, reported, arrivals, departures] = counts;
            let township = read_code("village_reports.township", &township)?;
            Ok((township, Villages { expected, reported, arrivals, departures }))
        });
        villages.collect()
    }

    async fn is_compiled(&mut self, month: Month) -> Result<bool> {
        let statement = sqlx::query_as::<_, (bool,)>(IS_COMPILED).bind(month.first()).bind(month.last());
        Ok(self.transaction.row(statement).await?.is_some_and(|(compiled,)| compiled))
    }

    async fn counts(&mut self, month: Month) -> Result<Counts> {
        let (from, to) = (midnight(month.first()), midnight(month.next().first()));
        let statement = sqlx::query_as::<_, (String, String, String, String, i64)>(COUNTS)
            .bind(first_id(from - ID_SLACK))
            .bind(first_id(to + ID_SLACK))
            .bind(from)
            .bind(to);
        let mut counts = Counts::new();
        for (kind, topic, place, receiver, count) in self.transaction.rows(statement).await? {
            let (kind, topic) = (read_word("ledger.kind", kind)?, read_word("told.topic", topic)?);
            let (place, receiver) = (read_code("told.place", &place)?, read_code("ledger.receiver", &receiver)?);
            for cell in counted(kind, topic, place, receiver) {
                *counts.entry(cell).or_default() += count_of(count);
            }
        }
        Ok(counts)
    }

    async fn compile(&mut self, month: Month, figures: &BTreeMap<Code, Vec<Figure>>) -> Result<()> {
        let rows =
            || figures.iter().flat_map(|(code, figures)| figures.iter().zip(0_i16..).map(move |row| (code, row)));
        let statement = sqlx::query(COMPILE)
            .bind(month.first())
            .bind(rows().map(|(code, _)| code.to_string()).collect::<Vec<_>>())
            .bind(rows().map(|(_, (_, place))| place).collect::<Vec<_>>())
            .bind(rows().map(|(_, (figure, _))| figure.indicator.as_str()).collect::<Vec<_>>())
            .bind(rows().map(|(_, (figure, _))| figure.count.map(i64::from)).collect::<Vec<_>>());
        self.transaction.execute(statement).await.map(drop)
    }

    async fn figures(&mut self, month: Month, of: &[Code]) -> Result<HashMap<Code, Vec<Figure>>> {
        let statement = sqlx::query_as::<_, (String, String, Option<i64>)>(FIGURES).bind(month.first()).bind(texts(of));
        let mut figures: HashMap<Code, Vec<Figure>> = HashMap::new();
        for (code, indicator, count) in self.transaction.rows(statement).await? {
            let code = read_code("figures.jurisdiction", &code)?;
            figures.entry(code).or_default().push(Figure { indicator, count: count.map(count_of) });
        }
        Ok(figures)
    }

    async fn looked(&mut self, of: &[Code], today: NaiveDate, said: &[Said]) -> Result<()> {
        self.transaction.execute(sqlx::query(LOOKED).bind(texts(of)).bind(today)).await?;
        if said.is_empty() {
            return Ok(());
        }
        let statement = sqlx::query(SAY)
            .bind(said.iter().map(|said| said.jurisdiction.to_string()).collect::<Vec<_>>())
            .bind(said.iter().map(|said| said.procedure.as_str()).collect::<Vec<_>>())
            .bind(said.iter().map(|said| said.month).collect::<Vec<_>>())
            .bind(said.iter().map(|said| said.on).collect::<Vec<_>>())
            .bind(said.iter().map(|said| said.asked.map(|(notice, _)| notice)).collect::<Vec<_>>())
            .bind(said.iter().map(|said| said.asked.map(|(_, case)| case)).collect::<Vec<_>>())
            .bind(said.iter().map(|said| i16::from(said.late_told)).collect::<Vec<_>>());
        self.transaction.execute(statement).await.map(drop)
    }
}

/// The beginning of a day of a month that is counted.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    shanghai_midnight(day).expect("months that are counted are not the first there is")
}

fn texts(codes: &[Code]) -> Vec<String> {
    codes.iter().map(Code::to_string).collect()
}

fn count_of(count: i64) -> u32 {
    u32::try_from(count).unwrap_or_default()
}
