//! Fictional names of people and employers: surnames by their share, given names as usual for sex and decade.

use chrono::NaiveDate;

use super::dice::Dice;
use super::places::Employer;
use super::tables::NameTables;
use super::world::Sex;

/// Share of given names taken ready-made from the table of whole names.
const WHOLE_NAMES: f64 = 0.10;
/// Share of given names of one character.
const ONE_CHARACTER: f64 = 0.18;
/// Share of people whose name is a long transliteration, written with dots.
const DOTTED: f64 = 0.004;

/// Made-up transliterated names, first part for men, first part for women, second part.
const DOTTED_MEN: [&str; 6] = ["阿勒诺", "萨木伦", "古维朵夫", "伊兰塔", "巴赫沙", "诺尔维"];
const DOTTED_WOMEN: [&str; 6] = ["古兰朵", "阿依琳卡", "娜菲沙", "萨日维娅", "伊诺娜", "米拉古"];
const DOTTED_SECOND: [&str; 8] =
    ["贝萨木", "卡塔洛", "托列维", "诺别克山", "沙林木", "伊斯塔诺", "莫合兰", "阿布维德"];

/// Made-up names of people from abroad, as passports print them.
const LATIN_FAMILY: [&str; 8] = ["NOVIKER", "ADELSTO", "MORANTIS", "KOWALEN", "TANAKURO", "BERGSUND", "OKAFORD", "SILVENTA"];
const LATIN_GIVEN: [&str; 8] = ["ALEXIN", "MARIELA", "JONAR", "SOFIENNE", "DAVIK", "ELINORA", "TOMASO", "NADIENKA"];

/// Made-up brands: first and second character.
const BRAND_FIRST: [&str; 16] =
    ["沅", "珺", "澍", "翎", "岚", "栩", "霁", "嵘", "阡", "璟", "祎", "瀚", "垚", "珩", "屿", "湉"];
const BRAND_SECOND: [&str; 16] =
    ["禾", "川", "石", "帆", "舟", "岭", "原", "汀", "桥", "麓", "泽", "屏", "坞", "畴", "湾", "棠"];
const TRADES: [&str; 12] = [
    "精密机械", "电子", "纺织", "服饰", "建筑劳务", "物流", "餐饮管理", "家具", "汽车零部件", "新材料", "食品", "物业服务",
];
const SHOPS: [&str; 8] = ["五金店", "水果店", "早餐店", "理发店", "小吃店", "修配店", "杂货店", "服装店"];

/// A surname.
pub(super) fn surname<'a>(tables: &'a NameTables, dice: &mut Dice) -> &'a str {
    tables.surnames.draw(dice)
}

/// A given name as usual for the sex and the decade.
pub(super) fn given_name(tables: &NameTables, dice: &mut Dice, sex: Sex, birth: NaiveDate) -> String {
    if dice.chance(WHOLE_NAMES) {
        return dice.pick(tables.given_names(sex)).clone();
    }
    let chars = tables.given_chars(sex, birth);
    let first = chars.draw(dice);
    if dice.chance(ONE_CHARACTER) {
        return first.clone();
    }
    format!("{first}{}", chars.draw(dice))
}

/// A whole name and how many of its characters are the surname; now and then a long one with dots and none.
pub(super) fn full_name(
    tables: &NameTables,
    dice: &mut Dice,
    surname: &str,
    sex: Sex,
    birth: NaiveDate,
) -> (String, usize) {
    if dice.chance(DOTTED) {
        let first = if sex == Sex::Male { dice.pick(&DOTTED_MEN) } else { dice.pick(&DOTTED_WOMEN) };
        return (format!("{first}·{}", dice.pick(&DOTTED_SECOND)), 0);
    }
    (format!("{surname}{}", given_name(tables, dice, sex, birth)), surname.chars().count())
}

/// A name in Latin letters.
pub(super) fn latin_name(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&LATIN_FAMILY), dice.pick(&LATIN_GIVEN))
}

/// An employer's name; the same employer always has the same.
pub(super) fn employer_name(employer: Employer, county: &str) -> String {
    let mut dice = employer.dice();
    let town = county.trim_end_matches(['市', '区', '县']);
    let (first, second) = (dice.pick(&BRAND_FIRST), dice.pick(&BRAND_SECOND));
    format!("{town}{first}{second}{}有限公司", dice.pick(&TRADES))
}

/// The name of a small shop, after its keeper.
pub(super) fn shop_name(keeper: &str, turn: u32) -> String {
    let given: String = keeper.chars().skip(1).take(2).collect();
    format!("{given}{}", SHOPS[turn as usize % SHOPS.len()])
}
