//! Where people come from, live and work: drawn from the real divisions by rough, published orders of magnitude
//! (approximate weights of our own; no register of persons was counted).

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use liangdi_domain::division::{Code, Divisions, How, Kind, Level};

use super::dice::{Dice, Weighted};
use super::naming;
use super::rows::rows;

const TOWNSHIPS: &str = include_str!("../../../../config/divisions/china_townships.csv");
const HISTORY: &str = include_str!("../../../../config/divisions/gb2260_history.csv");
const FLOWS: &str = include_str!("../../../../config/sample/flows.csv");
const VILLAGES: &str = include_str!("../../../../config/sample/jiangsu_villages.csv");

/// The province whose hub the feeds are for.
pub(super) const HOME: &str = "32";
/// How often a draw is repeated before another kind of place is taken.
const TRIES_MAX: u32 = 16;
/// Weights are shared among counties in parts of this.
const SCALE: f64 = 10_000.0;
/// Employers per county.
const EMPLOYERS: u32 = 2_000;

const ROADS: [&str; 16] = [
    "人民路",
    "建设路",
    "解放路",
    "新华路",
    "长江路",
    "黄山路",
    "前进路",
    "和平路",
    "东风路",
    "振兴路",
    "花园路",
    "青年路",
    "工业路",
    "湖滨路",
    "迎宾路",
    "北环路",
];

/// A flat or house.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) township: Code,
    pub(super) address: String,
}

/// An employer: number (`aab001`), name, county.
pub(super) struct Employer {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) county: Code,
}

/// The map of the simulation.
pub(super) struct Places {
    divisions: &'static Divisions,
    /// Townships of every county of China, in the order of the codes.
    townships: BTreeMap<Code, Vec<Code>>,
    /// Villages of Jiangsu, by township.
    villages: HashMap<Code, Vec<Code>>,
    /// A code that a county had before and that the hub finds the way back from.
    former: HashMap<Code, Code>,
    residences: Weighted<Code>,
    origins_home: Weighted<Code>,
    origins_away: Weighted<Code>,
    destinations: Weighted<Code>,
}

impl Places {
    /// All of China for origins and destinations, all of Jiangsu to live in.
    pub(super) fn load() -> Result<Places> {
        let divisions = Divisions::shipped();
        let mut townships: BTreeMap<Code, Vec<Code>> = BTreeMap::new();
        for row in rows(TOWNSHIPS) {
            let row = row?;
            let county = row.code(2)?;
            // Of the township-level codes that are no township, only zones count: salt works house nobody new.
            let inhabited = row.text(3) != "pseudo" || row.text(1).ends_with('区');
            if inhabited && county.level() == Level::County {
                townships.entry(county).or_default().push(row.code(0)?);
            }
        }
        let mut villages: HashMap<Code, Vec<Code>> = HashMap::new();
        for row in rows(VILLAGES) {
            let row = row?;
            villages.entry(row.code(2)?).or_default().push(row.code(0)?);
        }
        let mut former = HashMap::new();
        for row in rows(HISTORY) {
            let Ok(code) = row?.code(0) else { continue };
            if let Ok(today) = divisions.resolve(code)
                && today.how == How::Successor
            {
                former.insert(today.code, code);
            }
        }
        let counties: Vec<Code> = townships.keys().copied().collect();
        // Fifth digit 8: a county-level city. Cities draw more people than counties.
        let size = |county: Code| match divisions.kind(county) {
            Some(Kind::District | Kind::Zone) => 3,
            _ if county.as_str().as_bytes()[4] == b'8' => 3,
            _ => 1,
        };
        Ok(Places {
            residences: spread("residence", &counties, size)?,
            origins_home: spread("origin-home", &counties, |_| 1)?,
            origins_away: spread("origin-away", &counties, |_| 1)?,
            destinations: spread("destination", &counties, |_| 1)?,
            divisions,
            townships,
            villages,
            former,
        })
    }

    /// A township of Jiangsu to live in.
    pub(super) fn residence(&self, dice: &mut Dice) -> Code {
        let county = *self.residences.draw(dice);
        self.township_of(dice, county)
    }

    /// Another township to live in: mostly in the same county, else in the same prefecture or anywhere.
    pub(super) fn another_residence(&self, dice: &mut Dice, from: Code) -> Option<Code> {
        let share = dice.below(100);
        let mut draw = || match share {
            0..55 => self.township_of(dice, county(from)),
            55..85 => self.township_nearby(dice, from),
            _ => self.residence(dice),
        };
        (0..TRIES_MAX).map(|_| draw()).find(|township| *township != from)
    }

    /// Any township of the county.
    pub(super) fn township_of(&self, dice: &mut Dice, county: Code) -> Code {
        *dice.pick(&self.townships[&county])
    }

    /// A township of the same prefecture.
    pub(super) fn township_nearby(&self, dice: &mut Dice, from: Code) -> Code {
        let prefecture = prefecture(from);
        let counties = self.townships.range(prefecture..).take_while(|(county, _)| prefecture.contains(county));
        let counties: Vec<&Vec<Code>> = counties.map(|(_, townships)| townships).collect();
        let townships = *dice.pick(&counties);
        *dice.pick(townships)
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

    /// A township of Jiangsu that people leave.
    pub(super) fn origin_home(&self, dice: &mut Dice) -> Code {
        let county = *self.origins_home.draw(dice);
        self.township_of(dice, county)
    }

    /// A township of Jiangsu from which moving to `residence` makes somebody a migrant.
    pub(super) fn origin_mobile(&self, dice: &mut Dice, residence: Code) -> Option<Code> {
        (0..TRIES_MAX).map(|_| self.origin_home(dice)).find(|origin| self.is_mobile(*origin, residence))
    }

    /// A township from which moving to `residence` makes nobody a migrant: same county, or another district of the city.
    pub(super) fn origin_local(&self, dice: &mut Dice, residence: Code) -> Code {
        let nearby = (0..TRIES_MAX).map(|_| self.township_nearby(dice, residence));
        nearby.into_iter().find(|origin| !self.is_mobile(*origin, residence)).unwrap_or(residence)
    }

    /// Whether a household there and a home here make a migrant.
    pub(super) fn is_mobile(&self, household: Code, residence: Code) -> bool {
        !self.divisions.same_living_area(household, residence)
    }

    /// A code that the county had before, if there is one.
    pub(super) fn former_code(&self, county: Code) -> Option<Code> {
        self.former.get(&county).copied()
    }

    /// A flat or house in a township.
    pub(super) fn spot(&self, dice: &mut Dice, township: Code) -> Spot {
        let road = dice.pick(&ROADS);
        let (number, block, floor, flat) =
            (dice.between(1, 320), dice.between(1, 24), dice.between(1, 18), dice.between(1, 4));
        let address = format!("{}{road}{number}号{block}幢{floor}{flat:02}室", self.name(township));
        Spot { township, address }
    }

    /// An employer somewhere in the prefecture of `home`, mostly in the same county.
    pub(super) fn employer(&self, dice: &mut Dice, home: Code) -> Employer {
        let near = dice.chance(0.8);
        let county = county(if near { home } else { self.township_nearby(dice, home) });
        let serial = dice.below(EMPLOYERS);
        let name = naming::company(&mut Dice::of(digits(county), serial.into()), self.name(county));
        Employer { number: format!("{county}{:06}", 4_000 + serial), name, county }
    }

    /// A village of the township, where villages are known.
    pub(super) fn village(&self, dice: &mut Dice, township: Code) -> Option<Code> {
        self.villages.get(&township).map(|villages| *dice.pick(villages))
    }

    /// Province, prefecture and county, as registers print them.
    pub(super) fn county_text(&self, township: Code) -> String {
        self.divisions.full_name(county(township))
    }

    fn name(&self, code: Code) -> &str {
        self.divisions.name(code).unwrap_or_default()
    }
}

/// The county of a township or village.
pub(super) fn county(code: Code) -> Code {
    code.county().unwrap_or(code)
}

/// The prefecture of a county or of anything below it.
pub(super) fn prefecture(code: Code) -> Code {
    code.prefecture().unwrap_or(code)
}

/// Whether a division lies in Jiangsu.
pub(super) fn in_jiangsu(code: Code) -> bool {
    code.as_str().starts_with(HOME)
}

/// A code as a number, to key dice with.
pub(super) fn digits(code: Code) -> u64 {
    code.as_str().bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

/// Shares the weight of each group of counties in a flow (by the digits they begin with) among them, by their size.
fn spread(flow: &str, counties: &[Code], size: impl Fn(Code) -> u32) -> Result<Weighted<Code>> {
    let mut shares = Vec::new();
    for row in rows(FLOWS) {
        let row = row?;
        if row.text(0) != flow {
            continue;
        }
        let members = || counties.iter().copied().filter(|county| county.as_str().starts_with(row.text(1)));
        let total: u32 = members().map(&size).sum();
        let share = row.scaled(2, SCALE)? / total.max(1);
        shares.extend(members().map(|county| (county, share * size(county))));
    }
    Ok(Weighted::new(shares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_has_the_whole_country_and_the_villages_of_jiangsu() {
        let places = Places::load().unwrap();
        let code = |text: &str| -> Code { text.parse().unwrap() };
        assert!(places.townships.len() > 2_900);
        assert!(places.village(&mut Dice::of(1, 1), code("320583100")).is_some());
        assert_eq!(places.former_code(code("341221")), Some(code("342122")));
        assert_eq!(places.county_text(code("341221100")), "安徽省阜阳市临泉县");
    }

    #[test]
    fn origins_are_away_or_local_as_asked() {
        let places = Places::load().unwrap();
        let mut dice = Dice::of(2, 2);
        for _ in 0..500 {
            let residence = places.residence(&mut dice);
            assert!(in_jiangsu(residence));
            let local = places.origin_local(&mut dice, residence);
            assert!(!places.is_mobile(local, residence));
            if let Some(mobile) = places.origin_mobile(&mut dice, residence) {
                assert!(places.is_mobile(mobile, residence) && in_jiangsu(mobile));
            }
        }
    }
}
