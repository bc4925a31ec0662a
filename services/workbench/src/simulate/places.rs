//! Where people come from, live and work: drawn from the real divisions by rough, published orders of magnitude
//! (approximate weights of our own; no register of persons was counted).

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use liangdi_domain::division::Code;

use super::dice::{Dice, Weighted, mix};
use super::tables::DivisionTables;

/// The province whose hub the feeds are for.
const HOME: &str = "32";
/// How often a draw is repeated before giving up.
const TRIES_MAX: u32 = 8;
/// Weights are shares of this.
const SCALE: u32 = 10_000;

/// Where migrants live: prefectures of Jiangsu by weight.
const RESIDENCE: [(&str, u32); 13] = [
    ("3205", 300), ("3201", 170), ("3202", 150), ("3204", 90), ("3206", 70), ("3210", 40), ("3211", 40),
    ("3203", 40), ("3212", 30), ("3209", 30), ("3208", 20), ("3207", 20), ("3213", 20),
];
/// Where migrants within Jiangsu come from: mostly the north.
const ORIGIN_HOME: [(&str, u32); 13] = [
    ("3203", 50), ("3213", 50), ("3208", 50), ("3209", 50), ("3207", 40), ("3206", 30), ("3212", 30),
    ("3210", 20), ("3211", 10), ("3201", 6), ("3204", 5), ("3202", 5), ("3205", 5),
];
/// Where migrants from outside come from.
const ORIGIN_AWAY: [(&str, u32); 30] = [
    ("34", 300), ("41", 160), ("51", 70), ("37", 70), ("42", 60), ("36", 50), ("52", 50), ("61", 40), ("43", 40),
    ("62", 40), ("33", 30), ("53", 30), ("50", 30), ("14", 20), ("23", 20), ("13", 20), ("45", 20), ("22", 10),
    ("21", 10), ("35", 10), ("31", 10), ("44", 10), ("64", 5), ("65", 5), ("15", 5), ("63", 4), ("12", 3), ("11", 2),
    ("46", 1), ("54", 1),
];
/// Prefectures from which more people leave than from the others of their province, and how many times more.
const POPULAR: [&str; 9] = ["3412", "3415", "3413", "3416", "4116", "4114", "4115", "4117", "4113"];
const POPULAR_TIMES: u32 = 4;
/// Where people of Jiangsu go who leave the province.
const DESTINATION: [(&str, u32); 6] = [("31", 45), ("33", 30), ("44", 15), ("11", 5), ("37", 5), ("35", 3)];

const ROADS: [&str; 24] = [
    "人民路", "建设路", "解放路", "新华路", "长江路", "黄山路", "前进路", "和平路", "东风路", "中山路", "振兴路", "花园路",
    "柏庐路", "青年路", "工业路", "湖滨路", "学前街", "朝阳路", "迎宾路", "富民路", "杨树路", "春晖路", "通站路", "北环路",
];

/// A flat or house.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) township: Code,
    /// From which road, number and room are computed.
    pub(super) door: u32,
}

/// An employer: the `serial`-th of a county.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Employer {
    pub(super) county: Code,
    pub(super) serial: u32,
}

impl Employer {
    /// The employer's own stream, for everything that never changes about it.
    pub(super) fn dice(self) -> Dice {
        Dice::of(digits(self.county), u64::from(self.serial))
    }

    /// The employer number (`aab001`).
    pub(super) fn number(self) -> String {
        format!("{}{:06}", self.county, 4_000 + self.serial)
    }
}

/// The map of the simulation.
pub(super) struct Places {
    pub(super) tables: DivisionTables,
    residences: Weighted<Code>,
    /// Townships of Jiangsu, by county.
    homes: BTreeMap<Code, Vec<Code>>,
    /// Those of them that people may live in.
    open: BTreeMap<Code, Vec<Code>>,
    urban: HashSet<Code>,
    origins_home: Weighted<Code>,
    origins_away: Weighted<Code>,
    destinations: Weighted<Code>,
}

impl Places {
    /// `divisions` confines every place in Jiangsu, `residences` only where people live; empty lists confine nothing.
    pub(super) fn new(tables: DivisionTables, divisions: &[Code], residences: &[Code]) -> Result<Places> {
        let within = |list: &[Code], code: &Code| list.is_empty() || list.iter().any(|part| part.contains(code));
        let mut open: BTreeMap<Code, Vec<Code>> = BTreeMap::new();
        let mut homes: BTreeMap<Code, Vec<Code>> = BTreeMap::new();
        for county in tables.counties.iter().filter(|county| county.code.as_str().starts_with(HOME)) {
            for township in tables.townships(county.code).iter().filter(|code| within(divisions, code)) {
                homes.entry(county.code).or_default().push(*township);
                if within(residences, township) {
                    open.entry(county.code).or_default().push(*township);
                }
            }
        }
        anyhow::ensure!(
            !open.is_empty(),
            "no township of Jiangsu lies within the given divisions and residences: name codes that do"
        );
        let urban: HashSet<Code> = tables.counties.iter().filter(|county| county.urban).map(|county| county.code).collect();
        // Fifth digit 8: a county-level city.
        let size = |county: &Code| if urban.contains(county) || county.as_str().as_bytes()[4] == b'8' { 3 } else { 1 };
        let residences = spread(&RESIDENCE, open.keys().copied(), size).flat_map(|(county, weight)| {
            let townships = &open[&county];
            townships.iter().map(move |township| (*township, weight / townships.len() as u32))
        });
        let residences = Weighted::new(residences);
        let popular = |county: &Code| if POPULAR.contains(&&county.as_str()[..4]) { POPULAR_TIMES } else { 1 };
        let away = || tables.counties.iter().map(|county| county.code);
        Ok(Places {
            residences,
            origins_home: Weighted::new(spread(&ORIGIN_HOME, homes.keys().copied(), |_| 1)),
            origins_away: Weighted::new(spread(&ORIGIN_AWAY, away(), popular)),
            destinations: Weighted::new(spread(&DESTINATION, away(), |_| 1)),
            homes,
            open,
            urban,
            tables,
        })
    }

    /// A township to live in.
    pub(super) fn residence(&self, dice: &mut Dice) -> Code {
        *self.residences.draw(dice)
    }

    /// Another township to live in: mostly in the same county, else in the same prefecture or anywhere.
    pub(super) fn another_residence(&self, dice: &mut Dice, from: Code) -> Option<Code> {
        let share = dice.below(100);
        for _ in 0..TRIES_MAX {
            let candidate = match share {
                0..55 => *dice.pick(self.open.get(&county(from))?),
                55..85 => in_prefecture(&self.open, dice, from)?,
                _ => self.residence(dice),
            };
            if candidate != from {
                return Some(candidate);
            }
        }
        None
    }

    /// A county of the same prefecture to work in.
    pub(super) fn workplace_county(&self, dice: &mut Dice, residence: Code) -> Code {
        in_prefecture(&self.homes, dice, residence).map_or(county(residence), county)
    }

    /// A township of the county.
    pub(super) fn township_of(&self, dice: &mut Dice, county: Code) -> Code {
        let known = self.homes.get(&county).map_or(self.tables.townships(county), Vec::as_slice);
        *dice.pick(known)
    }

    /// A township of another province.
    pub(super) fn origin_away(&self, dice: &mut Dice) -> Code {
        let county = *self.origins_away.draw(dice);
        self.township_of(dice, county)
    }

    /// A township outside Jiangsu that people of Jiangsu go to.
    pub(super) fn destination(&self, dice: &mut Dice) -> Code {
        let county = *self.destinations.draw(dice);
        self.township_of(dice, county)
    }

    /// A township of Jiangsu, wherever.
    pub(super) fn origin_home(&self, dice: &mut Dice) -> Code {
        let county = *self.origins_home.draw(dice);
        self.township_of(dice, county)
    }

    /// A township of Jiangsu from which moving to `residence` makes somebody a migrant.
    pub(super) fn origin_other_county(&self, dice: &mut Dice, residence: Code) -> Option<Code> {
        (0..TRIES_MAX).map(|_| self.origin_home(dice)).find(|origin| self.is_mobile(*origin, residence))
    }

    /// A township in another district of the same city.
    pub(super) fn origin_same_city(&self, dice: &mut Dice, residence: Code) -> Option<Code> {
        (0..TRIES_MAX)
            .filter_map(|_| in_prefecture(&self.homes, dice, residence))
            .find(|origin| county(*origin) != county(residence) && !self.is_mobile(*origin, residence))
    }

    /// A township of the same county, the same one included.
    pub(super) fn origin_same_county(&self, dice: &mut Dice, residence: Code) -> Code {
        self.township_of(dice, county(residence))
    }

    /// Whether a household there and a home here make a migrant: not within a county, not between districts of one city.
    pub(super) fn is_mobile(&self, household: Code, residence: Code) -> bool {
        let (from, to) = (county(household), county(residence));
        let one_city = from.as_str()[..4] == to.as_str()[..4] && self.urban.contains(&from) && self.urban.contains(&to);
        from != to && !one_city
    }

    /// Townships people may live in, in the order of their codes.
    pub(super) fn open_townships(&self) -> impl Iterator<Item = Code> {
        self.open.values().flatten().copied()
    }

    /// A flat or house in a township.
    pub(super) fn spot(&self, dice: &mut Dice, township: Code) -> Spot {
        Spot { township, door: dice.bits() }
    }

    /// A village of the township, where villages are known.
    pub(super) fn village(&self, dice: &mut Dice, township: Code) -> Option<Code> {
        let villages = self.tables.villages(township);
        (!villages.is_empty()).then(|| *dice.pick(villages))
    }

    /// Road, number and room.
    pub(super) fn street(&self, spot: Spot) -> String {
        let door = spot.door;
        let road = ROADS[door as usize % ROADS.len()];
        let (number, block, floor, flat) = (door / 31 % 320 + 1, door / 9_973 % 24 + 1, door / 271 % 18 + 1, door / 7 % 4 + 1);
        format!("{}{road}{number}号{block}幢{floor}{flat:02}室", self.tables.name(spot.township))
    }

    /// Province and county, as registers print them.
    pub(super) fn county_text(&self, township: Code) -> String {
        format!("{}{}", self.tables.name(township.province()), self.tables.name(county(township)))
    }
}

/// A township in the prefecture of `from`, each of its counties as likely as the other.
fn in_prefecture(map: &BTreeMap<Code, Vec<Code>>, dice: &mut Dice, from: Code) -> Option<Code> {
    let prefecture = from.prefecture()?;
    let counties: Vec<&Vec<Code>> =
        map.range(prefecture..).take_while(|(code, _)| prefecture.contains(code)).map(|(_, list)| list).collect();
    if counties.is_empty() {
        return None;
    }
    let townships = dice.pick(&counties);
    Some(*dice.pick(townships))
}

/// The county of a township or village.
pub(super) fn county(code: Code) -> Code {
    code.county().unwrap_or(code)
}

/// The prefecture of a county or of anything below it.
pub(super) fn prefecture(code: Code) -> Code {
    code.prefecture().unwrap_or(code)
}

/// Whether the township has a system or clerks that publish through the hub: about two in five do.
pub(super) fn publishes(township: Code) -> bool {
    mix(digits(township)) % 5 < 2
}

fn digits(code: Code) -> u64 {
    code.as_str().bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

/// Shares the weight of each group of codes (by the digits they begin with) among its counties, by their size.
fn spread(
    groups: &[(&str, u32)],
    counties: impl Iterator<Item = Code>,
    size: impl Fn(&Code) -> u32,
) -> impl Iterator<Item = (Code, u32)> {
    let mut members: Vec<Vec<(Code, u32)>> = groups.iter().map(|_| Vec::new()).collect();
    for county in counties {
        if let Some(group) = groups.iter().position(|(start, _)| county.as_str().starts_with(start)) {
            members[group].push((county, size(&county)));
        }
    }
    let weights: Vec<u32> = groups.iter().map(|(_, weight)| weight * SCALE).collect();
    members.into_iter().zip(weights).flat_map(|(counties, weight)| {
        let total: u32 = counties.iter().map(|(_, size)| size).sum();
        counties.into_iter().map(move |(county, size)| (county, weight / total * size))
    })
}
