//! What holds a person's profiles together, edge by edge with the fields that speak: for the page and for `person show --why`.

use liangdi_domain::identity::{Resolver, Weighed};
use liangdi_domain::person::PersonFile;
use liangdi_store::port::StoredEdge;
use liangdi_store::report::Bonds;

/// An edge at a person.
pub struct Bond<'a> {
    /// The edge as it is kept.
    pub edge: &'a StoredEdge,
    /// What it is made of; none where one end is another person's.
    pub weighed: Option<Weighed>,
}

/// Every edge of a person, in the order in which they are kept.
pub fn weighed<'a>(file: &PersonFile, bonds: &'a Bonds, resolver: &Resolver) -> Vec<Bond<'a>> {
    let profile = |id| file.profiles.iter().find(|(of, _)| *of == id).map(|(_, profile)| profile);
    let bond = |edge: &'a StoredEdge| {
        let both = profile(edge.a).zip(profile(edge.b));
        Bond { edge, weighed: both.map(|(a, b)| resolver.weigh(&resolver.prepare(a), &resolver.prepare(b))) }
    };
    bonds.edges.iter().map(bond).collect()
}
