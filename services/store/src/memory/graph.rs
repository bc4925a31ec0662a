//! What draws profiles together or keeps them apart, in memory.

use std::collections::BTreeSet;

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::ProfileId;

use super::state::State;
use crate::port::{Gathered, HumanVerdict, Member, Question, StoredEdge};

impl State {
    /// Everything that hangs together with the profiles, through live ones.
    pub(super) fn component(&self, of: &[ProfileId], weight_min: i32) -> Gathered {
        let mut reached: BTreeSet<ProfileId> = of.iter().copied().collect();
        let mut ahead: Vec<ProfileId> = reached.iter().copied().collect();
        while let Some(id) = ahead.pop() {
            for next in self.joined_to(id, weight_min) {
                if self.profiles.get(&next).is_some_and(|held| held.live) && reached.insert(next) {
                    ahead.push(next);
                }
            }
        }
        let members: Vec<Member> = reached.iter().filter_map(|id| self.member(*id)).collect();
        let inside: BTreeSet<ProfileId> = members.iter().map(|member| member.id).collect();
        Gathered {
            edges: self.edges_from(&inside).into_iter().filter(|edge| inside.contains(&edge.b)).collect(),
            decisions: self.decided(&inside),
            asked: inside.iter().any(|id| self.asked.get(id).is_some_and(|pairs| !pairs.is_empty())),
            members,
        }
    }

    /// What was decided of pairs whose smaller end is among these.
    pub(super) fn decided(&self, ids: &BTreeSet<ProfileId>) -> Vec<Decision> {
        let decisions = self.decisions.iter().filter(|((a, _), _)| ids.contains(a));
        let standing = decisions.filter_map(|((a, b), verdict)| match verdict {
            HumanVerdict::Same => Some(Decision::Together(*a, *b)),
            HumanVerdict::Different => Some(Decision::Apart(*a, *b)),
            HumanVerdict::Later | HumanVerdict::Undone => None,
        });
        standing.collect()
    }

    fn joined_to(&self, id: ProfileId, weight_min: i32) -> Vec<ProfileId> {
        let edges = self.edges.get(&id).into_iter().flatten().filter(|(_, (weight, _))| *weight >= weight_min);
        let decided = self.decisions.iter().filter(|(_, verdict)| **verdict == HumanVerdict::Same);
        let decided = decided.filter_map(|((a, b), _)| match id {
            _ if *a == id => Some(*b),
            _ if *b == id => Some(*a),
            _ => None,
        });
        edges.map(|(other, _)| *other).chain(self.live_links(id)).chain(decided).collect()
    }

    pub(super) fn member(&self, id: ProfileId) -> Option<Member> {
        let held = self.profiles.get(&id)?;
        let links: BTreeSet<ProfileId> = self.live_links(id).collect();
        let beside: BTreeSet<ProfileId> = self.named_beside(id).collect();
        let (links, beside) = (links.into_iter().collect(), beside.into_iter().collect());
        Some(Member { id, person: held.person, live: held.live, links, beside })
    }

    pub(super) fn edges_from(&self, ids: &BTreeSet<ProfileId>) -> Vec<StoredEdge> {
        let mut from = Vec::new();
        for a in ids {
            let ends = self.edges.get(a).into_iter().flatten().filter(|(b, _)| *b > a);
            from.extend(ends.map(|(b, (weight, against))| StoredEdge {
                a: *a,
                b: *b,
                weight: *weight,
                against: *against,
            }));
        }
        from
    }

    pub(super) fn put_edges(&mut self, edges: &[StoredEdge], dropped: &[(ProfileId, ProfileId)]) {
        for (a, b) in dropped {
            for (end, other) in [(a, b), (b, a)] {
                self.edges.change(end, |ends| {
                    ends.remove(other);
                });
            }
        }
        for StoredEdge { a, b, weight, against } in edges {
            for (end, other) in [(a, b), (b, a)] {
                self.edges.upsert(*end, |ends| {
                    ends.insert(*other, (*weight, *against));
                });
            }
        }
    }

    pub(super) fn ask(&mut self, about: &BTreeSet<ProfileId>, questions: &[Question]) {
        let answered: BTreeSet<_> = about.iter().filter_map(|id| self.asked.get(id)).flatten().copied().collect();
        for pair in answered {
            self.questions.remove(&pair);
            for end in [pair.0, pair.1] {
                self.asked.change(&end, |pairs| {
                    pairs.remove(&pair);
                });
            }
        }
        for question in questions {
            let pair = (question.a, question.b);
            self.questions.put(pair, *question);
            for end in [pair.0, pair.1] {
                self.asked.upsert(end, |pairs| {
                    pairs.insert(pair);
                });
            }
        }
    }
}
