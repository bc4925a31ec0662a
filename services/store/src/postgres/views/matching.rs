//! `rematch`, `rehearse --from-registry`, `train --from-registry`: which weights decided who is who, and everybody there
//! is, page by page.

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::open_profile;
use crate::report::Everybody;

const MARK: &str = "SELECT mark FROM matching";

const SET_MARK: &str = "INSERT INTO matching (mark) VALUES ($1) ON CONFLICT (one) DO UPDATE SET mark = excluded.mark";

const IDS: &str = "SELECT id FROM profiles WHERE id > $1 ORDER BY id LIMIT $2";

const PAGE: &str = "
SELECT p.id, p.person, p.sealed,
    ARRAY(SELECT DISTINCT l.other FROM links l WHERE l.profile = p.id AND NOT l.withdrawn ORDER BY l.other)
FROM profiles p WHERE p.live AND p.id > $1 ORDER BY p.id LIMIT $2";

const DECISIONS: &str =
    "SELECT a, b, verdict = 'same' FROM decisions WHERE stands AND verdict IN ('same', 'different')";

impl PgStore {
    /// The mark of the weights that decided who is who; none before anything was decided.
    pub async fn matching_mark(&self) -> Result<Option<Token>> {
        let mut transaction = self.writing().await?;
        let mark: Option<(Uuid,)> = transaction.row(sqlx::query_as(MARK)).await?;
        transaction.commit().await?;
        Ok(mark.map(|(mark,)| Token(mark)))
    }

    /// From now on these weights have decided.
    pub async fn set_matching_mark(&self, mark: Token) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(SET_MARK).bind(mark.0)).await?;
        transaction.commit().await
    }

    /// The next ids of profiles, dead ones included.
    pub async fn profile_ids(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<ProfileId>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let mut transaction = self.writing().await?;
        let rows: Vec<(Uuid,)> = transaction.rows(sqlx::query_as(IDS).bind(after).bind(i64::from(limit))).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(id,)| ProfileId(id)).collect())
    }

    /// The next live profiles with their persons and police links.
    pub async fn everybody(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<Everybody>> {
        type Row = (Uuid, Uuid, Vec<u8>, Vec<Uuid>);
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let mut transaction = self.writing().await?;
        let rows: Vec<Row> = transaction.rows(sqlx::query_as(PAGE).bind(after).bind(i64::from(limit))).await?;
        transaction.commit().await?;
        let one = |(id, person, sealed, links): Row| {
            Ok(Everybody {
                id: ProfileId(id),
                person: PersonId(person),
                profile: open_profile(&self.0.keys, &id, &sealed)?,
                links: links.into_iter().map(ProfileId).collect(),
            })
        };
        rows.into_iter().map(one).collect()
    }

    /// Every decision that stands.
    pub async fn standing_decisions(&self) -> Result<Vec<Decision>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<(Uuid, Uuid, bool)> = transaction.rows(sqlx::query_as(DECISIONS)).await?;
        transaction.commit().await?;
        let decision = |(a, b, same)| {
            let (a, b) = (ProfileId(a), ProfileId(b));
            if same { Decision::Together(a, b) } else { Decision::Apart(a, b) }
        };
        Ok(rows.into_iter().map(decision).collect())
    }
}
