//! Tests of whole samples: small worlds, written to a folder of their own and read back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use liangdi_domain::division::{Code, Divisions, How};
use liangdi_domain::feed::{Feed, MessageType};
use serde_json::Value;

use super::*;

mod contract;

const PERSONS: u32 = 4_000;

/// A sample on disk, removed with the test.
struct Sample {
    options: Options,
    summary: Summary,
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.options.out);
    }
}

fn options(name: &str) -> Options {
    Options {
        persons: PERSONS,
        seed: 11,
        noise: NoiseLevel::High,
        as_of: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        span_days: SPAN_DAYS_DEFAULT,
        bad_share: 0.02,
        out: std::env::temp_dir().join(format!("liangdi-simulate-{}-{name}", std::process::id())),
    }
}

fn sample(options: Options) -> Sample {
    Sample { summary: simulate(&options).unwrap(), options }
}

/// A line of a feed, and the reason it must be refused for, if it must, with the user who publishes it.
struct Line {
    feed: Feed,
    text: String,
    refused: Option<(String, String)>,
}

impl Line {
    fn message(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Sample {
    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.options.out.join(name)).unwrap()
    }

    fn records(&self, name: &str) -> Vec<csv::StringRecord> {
        csv::Reader::from_path(self.options.out.join(name)).unwrap().into_records().map(Result::unwrap).collect()
    }

    fn lines(&self) -> Vec<Line> {
        let mut refused: HashMap<(String, usize), (String, String)> = HashMap::new();
        for row in self.records("refused.csv") {
            refused.insert((row[0].to_owned(), row[1].parse().unwrap()), (row[2].to_owned(), row[3].to_owned()));
        }
        let mut lines = Vec::new();
        for feed in Feed::ALL {
            let file = format!("{feed}.jsonl");
            for (index, text) in self.text(&file).lines().enumerate() {
                lines.push(Line { feed, text: text.to_owned(), refused: refused.remove(&(file.clone(), index + 1)) });
            }
        }
        assert!(refused.is_empty(), "every refused line is in its file");
        lines
    }

    /// Acceptable messages, repeated ones once.
    fn messages(&self) -> Vec<Value> {
        let mut texts = HashSet::new();
        let good = self.lines().into_iter().filter(|line| line.refused.is_none());
        good.filter(|line| texts.insert(line.text.clone())).map(|line| line.message()).collect()
    }
}

/// Who appears in a message, by slot.
fn appearances(message: &Value) -> Vec<&Value> {
    let data = &message["data"];
    match message["type"].as_str().unwrap() {
        "civil-affairs.marriage-registered.v1" | "civil-affairs.marriage-dissolved.v1" => {
            data["parties"].as_array().unwrap().iter().collect()
        }
        "housing.lease-filed.v1" => data["tenants"].as_array().unwrap().iter().collect(),
        "housing.lease-ended.v1" | "township.village-report.v1" => Vec::new(),
        kind if kind.ends_with(".withdrawn.v1") => Vec::new(),
        kind if kind.starts_with("township.") => data.get("person").into_iter().collect(),
        _ => vec![data],
    }
}

fn key(message: &Value) -> (String, String) {
    let text = |name: &str| message[name].as_str().unwrap().to_owned();
    (text("source"), text("id"))
}

fn each_text(value: &Value, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match value {
            Value::String(text) => visit(name, text),
            Value::Array(items) => items.iter().for_each(|item| match item {
                Value::String(text) => visit(name, text),
                item => each_text(item, visit),
            }),
            value => each_text(value, visit),
        }),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        _ => {}
    }
}

#[test]
fn the_same_options_give_the_same_bytes_and_another_seed_others() {
    let files = ["police.jsonl", "civil-affairs.jsonl", "hr.jsonl", "housing.jsonl", "township.jsonl", "truth.csv"];
    let beside = ["refused.csv", "publishers.json", "summary.json", "README.txt"];
    let (one, again) = (sample(options("one")), sample(options("again")));
    for file in files.iter().chain(&beside) {
        assert_eq!(one.text(file), again.text(file), "{file}");
    }
    assert_eq!(one.summary, again.summary);
    let other = sample(Options { seed: 12, ..options("other") });
    assert_ne!(one.text("truth.csv"), other.text("truth.csv"));
    let left_over: Vec<_> = fs::read_dir(&one.options.out).unwrap().collect();
    assert_eq!(left_over.len(), files.len() + beside.len());
}

#[test]
fn no_message_of_one_seed_has_the_id_of_anothers() {
    let keys = |sample: &Sample| -> BTreeSet<_> { sample.messages().iter().map(key).collect() };
    let (one, other) = (sample(options("ids")), sample(Options { seed: 12, ..options("other-ids") }));
    assert!(keys(&one).is_disjoint(&keys(&other)));
}

#[test]
fn the_truth_has_one_row_for_each_appearance_in_an_acceptable_message() {
    let sample = sample(options("truth"));
    let mut expected = BTreeSet::new();
    for message in sample.messages() {
        let (source, id) = key(&message);
        expected.extend((0..appearances(&message).len()).map(|slot| (source.clone(), id.clone(), slot.to_string())));
    }
    let truth = sample.records("truth.csv");
    let rows: BTreeSet<_> = truth.iter().map(|row| (row[0].to_owned(), row[1].to_owned(), row[2].to_owned())).collect();
    assert_eq!(rows.len(), truth.len(), "no row twice");
    assert!(rows == expected);
    assert_eq!(rows.len() as u64, sample.summary.appearances);
    let persons: BTreeSet<u32> = truth.iter().map(|row| row[3].parse().unwrap()).collect();
    assert!(persons.last().is_some_and(|last| *last < PERSONS));
    assert_eq!(persons.len() as u32, sample.summary.persons_seen);
}

#[test]
fn every_type_but_answers_and_boundary_changes_occurs() {
    let sample = sample(Options { persons: 12_000, ..options("types") });
    let absent: Vec<&str> = MessageType::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|name| !sample.summary.types.contains_key(name))
        .collect();
    let expected = ["civil-affairs.division-changed.v1", "township.case-reply.v1", "township.receipt.v1"];
    // Civil affairs send so little that they need not take anything back.
    let absent: Vec<&str> = absent.into_iter().filter(|name| *name != "civil-affairs.withdrawn.v1").collect();
    assert_eq!(absent, expected);
}

#[test]
fn the_summary_counts_what_is_in_the_files() {
    let sample = sample(options("counts"));
    let (lines, messages) = (sample.lines(), sample.messages());
    let summary = &sample.summary;
    let refused = lines.iter().filter(|line| line.refused.is_some()).count() as u64;
    assert_eq!(summary.messages, messages.len() as u64);
    assert_eq!(summary.refused.values().sum::<u64>(), refused);
    assert_eq!(lines.len() as u64, summary.messages + summary.repeated + refused);
    assert_eq!(summary.lines.values().sum::<u64>(), lines.len() as u64);
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    for message in &messages {
        *types.entry(message["type"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert!(types.iter().map(|(name, count)| (name.as_str(), *count)).eq(summary.types.clone()));
    let keys: HashSet<_> = messages.iter().map(key).collect();
    assert_eq!(keys.len(), messages.len(), "an id is used once");
}

#[test]
fn noise_is_low_or_high_and_bad_lines_are_as_many_as_asked() {
    let low = sample(Options { noise: NoiseLevel::Low, bad_share: 0.0, ..options("low") });
    let high = sample(options("high"));
    assert!(low.summary.refused.is_empty() && low.records("refused.csv").is_empty());
    assert_eq!(high.summary.refused.len(), 9, "every reason occurs");
    let bad = high.summary.refused.values().sum::<u64>() as f64 / high.summary.messages as f64;
    assert!((0.012..0.028).contains(&bad), "{bad}");
    for class in [Noise::IdWrongDigit, Noise::NameHomophone, Noise::BirthYear, Noise::SharedPhone] {
        assert_eq!(low.summary.noise.get(&class), None, "{class:?}");
        assert!(high.summary.noise[&class] > 0, "{class:?}");
    }
    assert!(low.summary.noise[&Noise::CountryPrefix] * 3 < high.summary.noise[&Noise::CountryPrefix]);
    let repeated = high.summary.repeated as f64 / high.summary.messages as f64;
    assert!((0.005..0.015).contains(&repeated), "{repeated}");
}

#[test]
fn id_numbers_are_valid_by_check_digit_and_fictional_by_sequence_code() {
    let sample = sample(Options { noise: NoiseLevel::Low, ..options("numbers") });
    let plain = |id: &str| id.len() == 18 && id[..17].bytes().all(|byte| byte.is_ascii_digit()) && id[..6] != *"000000";
    let (mut count, mut phones) = (0, 0);
    for message in sample.messages() {
        each_text(&message["data"], &mut |name, text| match name {
            "gmsfhm" | "idNumber" | "aac002" | "certificateNo" | "id_number" if plain(text) => {
                count += 1;
                assert_eq!(text[17..].to_uppercase(), numbers::check_digit(&text[..17]).to_string(), "{text}");
                let sequence: u16 = text[14..17].parse().unwrap();
                assert!((numbers::SEQUENCE_FIRST..=numbers::SEQUENCE_LAST).contains(&sequence), "{text}");
            }
            "lxdh" | "aae005" | "mobile" | "phone" if text.len() == 11 && text.is_ascii() => {
                phones += 1;
                assert!(text.starts_with("154"), "{text}");
            }
            _ => {}
        });
    }
    assert!(count > 4_000 && phones > 4_000, "{count} {phones}");
}

#[test]
fn every_division_is_in_force_or_has_one_successor() {
    let sample = sample(options("divisions"));
    let members = [
        "hjdz_xzqh",
        "jzdz_xzqh",
        "qczd_xzqh",
        "qrd_xzqh",
        "householdDivision",
        "office",
        "aac010",
        "aab301",
        "division",
        "nativeDivision",
        "village",
        "ask",
        "left_to",
    ];
    let divisions = Divisions::shipped();
    let (mut codes, mut former) = (0, 0);
    for message in sample.messages() {
        let office: Code = message["source"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        assert_eq!(divisions.resolve(office).unwrap().how, How::Exact);
        assert!(places::in_jiangsu(office));
        each_text(&message["data"], &mut |name, text| {
            if members.contains(&name) && !text.is_empty() {
                codes += 1;
                match divisions.resolve(text.parse().unwrap()).unwrap().how {
                    How::Exact => {}
                    How::Successor => former += 1,
                    How::Ancestor => panic!("{name} {text}"),
                }
            }
        });
    }
    assert!(former > 0 && former * 20 < codes, "{former} of {codes}");
}

#[test]
fn every_message_lies_in_the_span_and_its_user_is_named() {
    let sample = sample(options("span"));
    let publishers: Value = serde_json::from_str(&sample.text("publishers.json")).unwrap();
    let users: HashSet<&str> =
        publishers["users"].as_array().unwrap().iter().map(|user| user.as_str().unwrap()).collect();
    let (first, last) = (sample.options.first_day().to_string(), "2026-11-23T06:00:00+08:00");
    let mut out_of_order = 0;
    let mut before = (Feed::Police, String::new());
    for line in sample.lines() {
        if let Some((_, user)) = &line.refused {
            assert!(users.contains(user.as_str()));
            continue;
        }
        let message = line.message();
        let office = message["source"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        assert!(users.contains(desk::user_of(line.feed, office).as_str()));
        let time = message["time"].as_str().unwrap().to_owned();
        assert!(first.as_str() <= time.as_str() && time.as_str() < last, "{time}");
        out_of_order += u32::from(before.0 == line.feed && time < before.1);
        before = (line.feed, time);
    }
    assert!(out_of_order > 50, "late messages come out of order: {out_of_order}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let refused = |options: Options| simulate(&options).unwrap_err().to_string();
    assert!(refused(Options { persons: 0, ..options("none") }).contains("persons"));
    assert!(refused(Options { span_days: 3, ..options("short") }).contains("span"));
    assert!(refused(Options { bad_share: 0.9, ..options("bad") }).contains("bad lines"));
    assert!("medium".parse::<NoiseLevel>().is_err());
    assert!(!Path::new(&options("none").out).exists());
}
