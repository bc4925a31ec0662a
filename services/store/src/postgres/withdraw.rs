//! Taking back what messages said, and giving it back where a withdrawal was itself withdrawn.

use std::collections::{BTreeSet, HashSet};

use liangdi_domain::evidence::MessageKey;
use liangdi_domain::ids::{ProfileId, Token};
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::split_keys;
use crate::port::{Result, Touched};
use crate::withdrawal::taken_back;

/// The messages that withdrawals connect with the given ones, in both directions.
const GROUP: &str = r#"
WITH RECURSIVE reached (source, id) AS (
    SELECT source COLLATE "C", id COLLATE "C" FROM unnest($1::text[], $2::text[]) AS named (source, id)
    UNION
    SELECT step.source, step.id FROM reached r CROSS JOIN LATERAL (
        SELECT w.source, w.id FROM withdrawals w WHERE w.target_source = r.source AND w.target_id = r.id
        UNION ALL
        SELECT w.target_source, w.target_id FROM withdrawals w WHERE w.source = r.source AND w.id = r.id
    ) step
)
SELECT r.source, r.id, inbox.no, inbox.withdrawn, w.target_source, w.target_id
FROM reached r
LEFT JOIN inbox ON inbox.source = r.source AND inbox.id = r.id
LEFT JOIN withdrawals w ON w.source = r.source AND w.id = r.id"#;

const MARK: &str = "
WITH marked AS (
    SELECT * FROM unnest($1::bigint[], $2::boolean[]) AS marked (no, withdrawn)
), messages AS (
    UPDATE inbox SET withdrawn = marked.withdrawn FROM marked WHERE inbox.no = marked.no
), said AS (
    UPDATE evidence SET withdrawn = marked.withdrawn FROM marked WHERE evidence.message = marked.no RETURNING evidence.profile
), linked AS (
    UPDATE links SET withdrawn = marked.withdrawn FROM marked WHERE links.message = marked.no RETURNING links.profile
), named AS (
    UPDATE beside SET withdrawn = marked.withdrawn FROM marked WHERE beside.message = marked.no
), ended AS (
    UPDATE endings SET withdrawn = marked.withdrawn FROM marked WHERE endings.message = marked.no RETURNING endings.key
)
SELECT profile, NULL::uuid, NULL::uuid FROM said
UNION ALL SELECT profile, NULL, NULL FROM linked
UNION ALL SELECT NULL, key, NULL FROM ended
UNION ALL SELECT NULL, NULL, answers.statement FROM answers JOIN marked ON answers.message = marked.no";

/// A profile is live while evidence that stands speaks of it; every link stands on both its ends.
pub(super) const REVIVE: &str = "
UPDATE profiles SET live = NOT live
WHERE id = ANY($1) AND live <> (
    EXISTS (SELECT FROM evidence e WHERE e.profile = profiles.id AND NOT e.withdrawn)
    OR EXISTS (SELECT FROM links l WHERE l.profile = profiles.id AND NOT l.withdrawn))";

/// A message among those that withdrawals connect.
pub(super) struct Member {
    pub(super) key: MessageKey,
    /// Whether it should count as taken back.
    pub(super) taken_back: bool,
    /// Number and mark, if it is recorded.
    held: Option<(i64, bool)>,
}

type GroupRow = (String, String, Option<i64>, Option<bool>, Option<String>, Option<String>);

impl PgBatch {
    pub(super) async fn take_back(&mut self, targets: &[MessageKey]) -> Result<Touched> {
        let targets: HashSet<MessageKey> = targets.iter().cloned().collect();
        let group = if targets.is_empty() { Vec::new() } else { self.withdrawal_group(&targets).await? };
        let (nos, marks): (Vec<i64>, Vec<bool>) = group
            .into_iter()
            .filter_map(|member| Some((member.held?, member.taken_back)))
            .filter(|((_, marked), taken_back)| marked != taken_back)
            .map(|((no, _), taken_back)| (no, taken_back))
            .unzip();
        if nos.is_empty() {
            return Ok(Touched::default());
        }
        self.announcements_marked(&nos).await?;
        let statement = sqlx::query_as::<_, (Option<Uuid>, Option<Uuid>, Option<Uuid>)>(MARK).bind(nos).bind(marks);
        let (mut profiles, mut keys, mut statements) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (profile, key, statement) in self.transaction.rows(statement).await? {
            profiles.extend(profile.map(ProfileId));
            keys.extend(key.map(Token));
            statements.extend(statement);
        }
        let ids: Vec<Uuid> = profiles.iter().map(|id| id.0).collect();
        if !ids.is_empty() {
            self.transaction.execute(sqlx::query(REVIVE).bind(ids)).await?;
        }
        Ok(Touched {
            profiles: profiles.into_iter().collect(),
            keys: keys.into_iter().collect(),
            statements: statements.into_iter().collect(),
        })
    }

    /// Every message that withdrawals connect with the given ones, and whether it counts as taken back.
    pub(super) async fn withdrawal_group(&mut self, keys: &HashSet<MessageKey>) -> Result<Vec<Member>> {
        let (sources, ids) = split_keys(keys);
        let statement = sqlx::query_as::<_, GroupRow>(GROUP).bind(sources).bind(ids);
        let mut withdrawals = Vec::new();
        let mut members = Vec::new();
        for (source, id, no, marked, target_source, target_id) in self.transaction.rows(statement).await? {
            let key = MessageKey { source, id };
            if let (Some(source), Some(id)) = (target_source, target_id) {
                withdrawals.push((key.clone(), MessageKey { source, id }));
            }
            members.push(Member { key, taken_back: false, held: no.zip(marked) });
        }
        let gone = taken_back(&withdrawals);
        for member in &mut members {
            member.taken_back = gone.contains(&member.key);
        }
        Ok(members)
    }
}
