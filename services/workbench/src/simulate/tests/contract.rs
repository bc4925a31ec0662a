//! Samples against the contract's own door and the adapters.

use liangdi_adapters::contract::{Properties, Refusal, read};
use liangdi_adapters::normalise::normalise;
use liangdi_domain::evidence::Evidence;

use super::*;

/// As the hub takes it from its queue.
fn take(line: &Line, user: &str) -> Result<Evidence, Refusal> {
    let content_type = Some("application/cloudevents+json");
    let properties = Properties { content_type, user_id: Some(user), baseline: false, baseline_authorised: false };
    let message = read(line.feed, &properties, line.text.as_bytes())?;
    normalise(message.kind, message.office, message.time, &message.data, Divisions::shipped())
}

fn user_of(line: &Line) -> String {
    let message = line.message();
    let office = message["source"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    desk::user_of(line.feed, office)
}

#[test]
fn every_acceptable_message_obeys_its_closed_schema_and_shows_the_persons_of_the_truth() {
    let sample = sample(options("accepted"));
    let mut slots: HashMap<(String, String), usize> = HashMap::new();
    for row in sample.records("truth.csv") {
        *slots.entry((row[0].to_owned(), row[1].to_owned())).or_default() += 1;
    }
    for line in sample.lines().iter().filter(|line| line.refused.is_none()) {
        let evidence = take(line, &user_of(line)).unwrap_or_else(|refusal| panic!("{refusal}: {}", line.text));
        let expected = slots.get(&key(&line.message())).copied().unwrap_or(0);
        let named = evidence.appearances.iter().filter(|appearance| appearance.profile.matter.is_none());
        assert_eq!(named.count(), expected, "{}", line.text);
    }
}

#[test]
fn every_bad_line_is_refused_for_its_reason() {
    let sample = sample(Options { bad_share: 0.3, ..options("refused") });
    for line in &sample.lines() {
        let Some((reason, user)) = &line.refused else { continue };
        let refusal = take(line, user).err().unwrap_or_else(|| panic!("taken, but {reason}: {}", line.text));
        assert_eq!(refusal.reason.code(), reason, "{refusal}: {}", line.text);
    }
}
