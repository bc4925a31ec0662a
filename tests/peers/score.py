"""Pairwise precision, recall and F1 over appearances, at every threshold: edges join from the heaviest down, and after
each one the counts are those of the clusters so far."""

from collections import Counter


def pairs(count):
    return count * (count - 1) // 2


class Clusters:
    """Union-find over profiles, each with how often which human appears under it."""

    def __init__(self, appearances):
        self.parent, self.humans = {}, {}
        of_human = Counter()
        for profile, human in appearances:
            self.humans.setdefault(profile, Counter())[human] += 1
            of_human[human] += 1
        self.true = sum(pairs(count) for count in of_human.values())
        self.held = sum(pairs(held.total()) for held in self.humans.values())
        self.right = sum(pairs(count) for held in self.humans.values() for count in held.values())

    def root(self, one):
        while (above := self.parent.get(one, one)) != one:
            self.parent[one] = self.parent.get(above, above)
            one = above
        return one

    def join(self, a, b):
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        if len(self.humans[a]) < len(self.humans[b]):
            a, b = b, a
        into, gone = self.humans[a], self.humans.pop(b)
        self.held += into.total() * gone.total()
        self.right += sum(into[human] * count for human, count in gone.items())
        into.update(gone)
        self.parent[b] = a

    def scores(self):
        precision = self.right / self.held if self.held else 1.0
        recall = self.right / self.true if self.true else 1.0
        return precision, recall, 2 * self.right / (self.held + self.true)

    def false_merges(self):
        return sum(len(held) > 1 for held in self.humans.values())


def curve(appearances, edges, step=0.25):
    """One row per threshold of match weight, heaviest first: weight, precision, recall, F1, false merges."""
    clusters, rows = Clusters(appearances), []
    edges = sorted(edges, reverse=True)
    at = 0
    while at < len(edges):
        threshold = edges[at][0] // step * step
        while at < len(edges) and edges[at][0] >= threshold:
            clusters.join(edges[at][1], edges[at][2])
            at += 1
        rows.append((threshold, *clusters.scores(), clusters.false_merges()))
    return rows
