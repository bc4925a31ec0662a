//! Registrations that cause exactly one notice each: fictional people whose household register lies in another
//! prefecture of the province than the township where they live, each registered once.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::feed::Feed;
use liangdi_domain::person::Document;
use serde_json::json;

use super::mix::{Message, Mix};

/// As many as differ in birth date and sequence code.
const MESSAGES_MAX: usize = 1_000_000;
/// The first day of birth; the others follow, for forty years.
const BORN_FIRST: (i32, u32, u32) = (1960, 1, 1);
const BIRTH_DAYS: usize = 14_600;
/// Sequence codes from 900 to 995 are nobody's.
const SEQUENCES: usize = 96;

/// So many registrations, spread over the townships as residences and the `households` as receivers of their notices.
pub(super) fn make(messages: usize, townships: &[Code], households: &[Code], as_of: NaiveDate) -> Result<Mix> {
    ensure!(messages <= MESSAGES_MAX, "at most {MESSAGES_MAX} messages: there are no more fictional numbers");
    let mut mix = Mix { messages: Vec::with_capacity(messages), number_of: HashMap::new(), partners: BTreeMap::new() };
    for nth in 0..messages {
        let household = households[nth % households.len()];
        let residence = elsewhere(townships, household, nth);
        let (user, key, body) = registration(nth, household, residence, as_of)?;
        mix.partners.insert(user.clone(), Feed::Police);
        let kind = "police.residence-registered.v1".to_owned();
        mix.messages.push(Message { user, kind, id: key.id.clone(), body });
        mix.number_of.insert(key, nth);
    }
    Ok(mix)
}

/// A township of another prefecture: nobody is away within one city.
fn elsewhere(townships: &[Code], household: Code, nth: usize) -> Code {
    let away = |code: &&Code| code.prefecture() != household.prefecture();
    let start = nth * 7 % townships.len();
    *townships.iter().cycle().skip(start).take(townships.len()).find(away).unwrap_or(&townships[start])
}

fn registration(
    nth: usize,
    household: Code,
    residence: Code,
    as_of: NaiveDate,
) -> Result<(String, MessageKey, Vec<u8>)> {
    let (year, month, day) = BORN_FIRST;
    let first = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let birth = (first + Days::new((nth % BIRTH_DAYS) as u64)).format("%Y%m%d").to_string();
    let number = format!("{}{birth}9{:02}", &household.as_str()[..6], nth / BIRTH_DAYS % SEQUENCES);
    let number = format!("{number}{}", Document::check_digit(&number).unwrap_or('0'));
    let pick = |text: &str, nth: usize| text.chars().nth(nth % text.chars().count()).unwrap_or('安');
    let name = [pick("赵钱孙李周吴郑王冯陈", nth), pick("建秀国英小文志玉", nth / 10), pick("明华芳军平红", nth / 80)];
    let name: String = name.iter().collect();
    let prefecture = residence.prefecture().unwrap_or(residence);
    let source = format!("urn:liangdi:police:{}", &residence.as_str()[..6]);
    let id = format!("bench-{nth}");
    let body = json!({
        "specversion": "1.0", "id": id, "source": source, "type": "police.residence-registered.v1",
        "time": format!("{as_of}T00:00:00+08:00"), "datacontenttype": "application/json",
        "data": {
            "djbh": format!("J{nth:08}"), "zjlx": "111", "gmsfhm": number, "xm": name, "xbdm": "1", "csrq": birth,
            "lxdh": format!("154{nth:08}"), "hjdz_xzqh": household.as_str(), "jzdz_xzqh": residence.as_str(),
            "jzdz": format!("测试路{nth}号"), "jzsydm": "10", "djrq": as_of.format("%Y%m%d").to_string(),
        },
    });
    Ok((format!("police.{prefecture}"), MessageKey { source, id }, body.to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use liangdi_domain::division::{Divisions, Level};

    use super::*;

    #[test]
    fn everybody_is_registered_once_and_away_from_home() {
        let codes = Divisions::shipped().jurisdictions();
        let home = |code: &Code| code.level() == Level::Township;
        let townships: Vec<Code> = codes.into_iter().filter(home).collect();
        let mix = make(3_000, &townships, &townships[..20], "2026-03-20".parse().unwrap()).unwrap();
        let data: Vec<serde_json::Value> =
            mix.messages.iter().map(|message| serde_json::from_slice(&message.body).unwrap()).collect();
        let text = |value: &serde_json::Value, key: &str| value["data"][key].as_str().unwrap().to_owned();
        let numbers: HashSet<String> = data.iter().map(|value| text(value, "gmsfhm")).collect();
        let receivers: HashSet<String> = data.iter().map(|value| text(value, "hjdz_xzqh")).collect();
        assert_eq!((numbers.len(), receivers.len()), (3_000, 20));
        assert!(data.iter().all(|value| text(value, "hjdz_xzqh")[..4] != text(value, "jzdz_xzqh")[..4]));
    }
}
