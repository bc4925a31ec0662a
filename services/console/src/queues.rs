//! Every jurisdiction with what waits for it, what it was sent and what it said last: level by level, or by code or name.
//! For the page and for the API, out of the hub's own figures; the broker is never asked to list its queues.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use liangdi_domain::division::Code;
use liangdi_store::report::{QueueLast, QueueWaiting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::console::Console;
use crate::problem::Problem;
use crate::tree::{Jurisdiction, Tree};

/// Rows of one page.
const ROWS_MAX: usize = 50;

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// Those for which, with those below them, most notices wait.
    #[default]
    Waiting,
    /// Those for which a notice, with those below them, waits longest.
    Oldest,
    /// The smallest code.
    Code,
}

impl Order {
    pub(crate) const ALL: [Order; 3] = [Order::Waiting, Order::Oldest, Order::Code];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Order::Waiting => "waiting",
            Order::Oldest => "oldest",
            Order::Code => "code",
        }
    }
}

/// Which jurisdictions are wanted.
pub(crate) struct Wanted<'a> {
    /// What the code begins with, or what the name contains; where nothing is searched, those below `of`.
    pub(crate) search: &'a str,
    pub(crate) of: Code,
    pub(crate) order: Order,
    /// From 0 on.
    pub(crate) page: usize,
}

/// A jurisdiction's queue.
pub(crate) struct Queue {
    pub(crate) code: Code,
    pub(crate) name: String,
    pub(crate) has_below: bool,
    /// Notices that wait for it.
    pub(crate) own: i64,
    /// The same with those below it.
    pub(crate) with_below: i64,
    /// When the oldest of those was committed.
    pub(crate) oldest: Option<DateTime<Utc>>,
    pub(crate) last: Option<QueueLast>,
}

/// A page of queues.
pub(crate) struct Queues {
    pub(crate) rows: Vec<Queue>,
    /// How many there are on all pages.
    pub(crate) found: usize,
    /// The next page, if there is one.
    pub(crate) next: Option<usize>,
    /// Departments besides: receivers that are not in the tree, with what waits for them and since when.
    pub(crate) others: Vec<(String, i64, Option<DateTime<Utc>>)>,
}

/// What waits for a jurisdiction and for those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    own: i64,
    with_below: i64,
    /// The oldest's place in the outbox; the greatest there can be where nothing waits.
    first: i64,
}

const NOTHING: Sum = Sum { own: 0, with_below: 0, first: i64::MAX };

/// A page of queues.
pub(crate) async fn list(console: &Console, wanted: Wanted<'_>) -> Result<Queues, Problem> {
    let tree = &console.tree;
    let waiting = console.store.queues_waiting().await?;
    let (sums, others) = rolled_up(tree, &waiting);
    let mut found = match wanted.search.trim() {
        "" => tree.below(wanted.of.as_str()),
        search => matching(tree, search),
    };
    // Stable: those that are alike stay in the order in which they were found.
    match wanted.order {
        Order::Waiting => found.sort_by_key(|at| Reverse(sums[*at].with_below)),
        Order::Oldest => found.sort_by_key(|at| sums[*at].first),
        Order::Code => found.sort_unstable(),
    }
    let first = wanted.page.saturating_mul(ROWS_MAX);
    let shown: Vec<usize> = found.iter().skip(first).take(ROWS_MAX).copied().collect();

    let places = shown.iter().map(|at| sums[*at].first).chain(others.iter().map(|row| row.first));
    let committed = console.store.committed(&places.collect::<Vec<_>>()).await?;
    let receivers: Vec<String> = shown.iter().map(|at| tree.all()[*at].code.to_string()).collect();
    let mut last: HashMap<String, QueueLast> =
        console.store.queues_last(&receivers).await?.into_iter().map(|last| (last.receiver.clone(), last)).collect();
    let queue = |(at, receiver): (&usize, &String)| Queue {
        code: tree.all()[*at].code,
        name: tree.all()[*at].name.to_string(),
        has_below: tree.has_below(*at),
        own: sums[*at].own,
        with_below: sums[*at].with_below,
        oldest: committed.get(&sums[*at].first).copied(),
        last: last.remove(receiver),
    };
    Ok(Queues {
        rows: shown.iter().zip(&receivers).map(queue).collect(),
        next: Some(wanted.page.saturating_add(1)).filter(|_| first.saturating_add(ROWS_MAX) < found.len()),
        found: found.len(),
        others: others
            .into_iter()
            .map(|row| (row.receiver.clone(), row.notices, committed.get(&row.first).copied()))
            .collect(),
    })
}

/// What waits, counted for whoever it waits for and for every division above, by their places in the tree; and receivers
/// that are not in it.
fn rolled_up<'a>(tree: &Tree, waiting: &'a [QueueWaiting]) -> (Vec<Sum>, Vec<&'a QueueWaiting>) {
    let mut sums = vec![NOTHING; tree.all().len()];
    let mut others = Vec::new();
    for row in waiting {
        let Some(place) = tree.place(&row.receiver) else {
            others.push(row);
            continue;
        };
        sums[place].own += row.notices;
        for at in tree.upwards(place) {
            sums[at].with_below += row.notices;
            sums[at].first = sums[at].first.min(row.first);
        }
    }
    (sums, others)
}

fn matching(tree: &Tree, search: &str) -> Vec<usize> {
    let is_code = search.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |one: &Jurisdiction| match is_code {
        true => one.code.as_str().starts_with(search),
        false => one.name.contains(search),
    };
    tree.all().iter().enumerate().filter(|(_, one)| fits(one)).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use liangdi_domain::division::Divisions;

    use super::*;

    #[test]
    fn what_waits_counts_for_every_division_above() {
        let waiting = |receiver: &str, notices, first| QueueWaiting { receiver: receiver.to_owned(), notices, first };
        let rows = [waiting("320583100", 3, 7), waiting("320583", 2, 4), waiting("police.320500", 9, 1)];
        let tree = Tree::of(Divisions::shipped());
        let (sums, others) = rolled_up(&tree, &rows);
        let of = |text| sums[tree.place(text).unwrap()];
        assert_eq!(of("320583100"), Sum { own: 3, with_below: 3, first: 7 });
        assert_eq!(of("320583"), Sum { own: 2, with_below: 5, first: 4 });
        assert_eq!(of("320000"), Sum { own: 0, with_below: 5, first: 4 });
        assert_eq!(of("340000"), NOTHING);
        assert_eq!(others, [&rows[2]]);
    }

    #[test]
    fn a_search_is_for_the_beginning_of_a_code_or_a_part_of_a_name() {
        let tree = Tree::of(Divisions::shipped());
        let codes = |search: &str| matching(&tree, search).iter().map(|at| tree.all()[*at].code).collect::<Vec<_>>();
        let kunshan: Code = "320583".parse().unwrap();
        assert!(codes("昆山").contains(&kunshan));
        assert!(codes("320583").len() > 1 && codes("320583").iter().all(|found| kunshan.contains(found)));
        assert!(codes("no such name").is_empty());
    }
}
