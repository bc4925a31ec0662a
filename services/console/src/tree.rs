//! The jurisdictions in their tree. Read from the tables once: a page would else go through all of them for every request.

use std::collections::HashMap;

use liangdi_domain::division::{Code, Divisions};

/// A jurisdiction.
pub(crate) struct Jurisdiction {
    pub(crate) code: Code,
    pub(crate) name: Box<str>,
    /// With those above it.
    pub(crate) full_name: Box<str>,
    /// Where the one above it stands.
    pub(crate) parent: Option<usize>,
}

/// Every jurisdiction, by code; a place among them names one.
pub(crate) struct Tree {
    all: Vec<Jurisdiction>,
    places: HashMap<String, usize>,
    /// Those directly below one; below none: provinces.
    below: HashMap<Option<usize>, Vec<usize>>,
    home: Option<usize>,
}

impl Tree {
    pub(crate) fn of(divisions: &Divisions) -> Self {
        let codes = divisions.jurisdictions();
        let places: HashMap<String, usize> =
            codes.iter().enumerate().map(|(at, code)| (code.to_string(), at)).collect();
        let jurisdiction = |code: &Code| Jurisdiction {
            code: *code,
            name: divisions.name(*code).unwrap_or_default().into(),
            full_name: divisions.full_name(*code).into(),
            parent: divisions.parent(*code).and_then(|parent| places.get(parent.as_str()).copied()),
        };
        let all: Vec<Jurisdiction> = codes.iter().map(jurisdiction).collect();
        let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (at, one) in all.iter().enumerate() {
            below.entry(one.parent).or_default().push(at);
        }
        Tree { home: places.get(divisions.home().as_str()).copied(), all, places, below }
    }

    /// All, by code.
    pub(crate) fn all(&self) -> &[Jurisdiction] {
        &self.all
    }

    /// Those after a code, by code.
    pub(crate) fn after(&self, code: &str) -> &[Jurisdiction] {
        &self.all[self.all.partition_point(|one| one.code.as_str() <= code)..]
    }

    /// Where the jurisdiction of a code stands.
    pub(crate) fn place(&self, code: &str) -> Option<usize> {
        self.places.get(code).copied()
    }

    /// Those directly below a division, by code; after those below the home province, every province.
    pub(crate) fn below(&self, of: &str) -> Vec<usize> {
        let Some(of) = self.place(of) else { return Vec::new() };
        let provinces = if Some(of) == self.home { self.below.get(&None) } else { None };
        self.below.get(&Some(of)).into_iter().chain(provinces).flatten().copied().collect()
    }

    /// Whether any lies below it.
    pub(crate) fn has_below(&self, place: usize) -> bool {
        self.below.contains_key(&Some(place))
    }

    /// A jurisdiction's place and those above it, upwards.
    pub(crate) fn upwards(&self, from: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(from), |at| self.all[*at].parent)
    }

    /// From the province down to a division.
    pub(crate) fn path(&self, to: &str) -> Vec<&Jurisdiction> {
        let upwards = self.place(to).into_iter().flat_map(|place| self.upwards(place));
        let mut path: Vec<&Jurisdiction> = upwards.map(|at| &self.all[at]).collect();
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_leads_from_the_provinces_to_the_townships_and_back() {
        let tree = Tree::of(Divisions::shipped());
        let codes = |of: &str| tree.below(of).iter().map(|at| tree.all()[*at].code.to_string()).collect::<Vec<_>>();
        let roots = codes("320000");
        assert_eq!(roots[..2], ["320100", "320200"]);
        assert!(roots[13..].contains(&"320000".to_owned()) && roots[13..].contains(&"340000".to_owned()));
        assert!(codes("320583").contains(&"320583100".to_owned()));
        assert!(codes("340000").is_empty() && codes("320583100").is_empty() && codes("nowhere").is_empty());
        let path: Vec<&str> = tree.path("320583100").iter().map(|one| &*one.name).collect();
        assert_eq!(path, ["江苏省", "苏州市", "昆山市", "玉山镇"]);
        assert_eq!(tree.after("320583100").first().map(|one| one.parent), Some(tree.place("320583")));
        assert_eq!(tree.after("999999").len(), 0);
        assert_eq!(tree.after("").len(), tree.all().len());
    }
}
