//! Fictional names of people and employers: surnames by their share, given names as usual for sex and decade,
//! combined at random.

use chrono::NaiveDate;

use super::dice::Dice;
use super::names::NameTables;
use super::person::Sex;

/// Share of given names taken ready-made from the table of whole names.
const WHOLE_NAMES: f64 = 0.10;
/// Share of given names of one character.
const ONE_CHARACTER: f64 = 0.18;
/// Share of people whose name is a long transliteration, written with a dot.
const DOTTED: f64 = 0.004;

/// Made-up transliterated names: first part, second part.
const DOTTED_FIRST: [&str; 8] = ["阿勒诺", "萨木伦", "古维朵", "伊兰塔", "巴赫沙", "诺尔维", "米拉古", "娜菲沙"];
const DOTTED_SECOND: [&str; 8] = ["贝萨木", "卡塔洛", "托列维", "诺别克山", "沙林木", "伊斯塔诺", "莫合兰", "阿布维德"];
/// Made-up names of people from abroad, as passports print them.
const LATIN_FAMILY: [&str; 8] =
    ["NOVIKER", "ADELSTO", "MORANTIS", "KOWALEN", "TANAKURO", "BERGSUND", "OKAFORD", "SILVENTA"];
const LATIN_GIVEN: [&str; 8] = ["ALEXIN", "MARIELA", "JONAR", "SOFIENNE", "DAVIK", "ELINORA", "TOMASO", "NADIENKA"];
/// Made-up brands: first and second character.
const BRAND_FIRST: [&str; 12] = ["沅", "珺", "澍", "翎", "岚", "栩", "霁", "嵘", "阡", "璟", "祎", "瀚"];
const BRAND_SECOND: [&str; 12] = ["禾", "川", "石", "帆", "舟", "岭", "原", "汀", "桥", "麓", "泽", "屏"];
const TRADES: [&str; 10] =
    ["精密机械", "电子", "纺织", "服饰", "建筑劳务", "物流", "餐饮管理", "家具", "新材料", "食品"];
const SHOPS: [&str; 6] = ["五金店", "水果店", "早餐店", "理发店", "修配店", "杂货店"];

/// A name of somebody of the family `surname`; now and then a long one with a dot and no surname.
pub(super) fn full_name(tables: &NameTables, dice: &mut Dice, surname: &str, sex: Sex, birth: NaiveDate) -> String {
    if dice.chance(DOTTED) {
        return format!("{}·{}", dice.pick(&DOTTED_FIRST), dice.pick(&DOTTED_SECOND));
    }
    format!("{surname}{}", given_name(tables, dice, sex, birth))
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

/// A name in Latin letters.
pub(super) fn latin_name(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&LATIN_FAMILY), dice.pick(&LATIN_GIVEN))
}

/// A company's name; `dice` is the company's own, so that it always has the same.
pub(super) fn company(dice: &mut Dice, county: &str) -> String {
    let town = county.trim_end_matches(['市', '区', '县']);
    format!("{town}{}{}{}有限公司", dice.pick(&BRAND_FIRST), dice.pick(&BRAND_SECOND), dice.pick(&TRADES))
}

/// A small shop's name.
pub(super) fn shop(dice: &mut Dice) -> String {
    format!("{}{}{}", dice.pick(&BRAND_FIRST), dice.pick(&BRAND_SECOND), dice.pick(&SHOPS))
}
