//! Taking back (`<feed>.withdrawn.v1`), the same for every feed: which message never was. Its reason changes nothing
//! about what follows, so it is not kept.

use liangdi_domain::evidence::{Evidence, MessageKey};

use crate::contract::Refusal;
use crate::field::Fields;

pub(crate) fn withdrawn(data: &Fields) -> Result<Evidence, Refusal> {
    let withdraws = MessageKey { source: data.text("source")?.to_owned(), id: data.text("id")?.to_owned() };
    Ok(Evidence { withdraws: Some(withdraws), ..Evidence::default() })
}

#[cfg(test)]
mod tests {
    use liangdi_domain::feed::{Feed, MessageType};

    use crate::samples::sample;

    #[test]
    fn every_feed_takes_back_a_message_by_its_source_and_id() {
        for feed in Feed::ALL {
            let evidence = sample("hr.withdrawn.v1").of_type(MessageType::Withdrawn(feed).name()).evidence();
            let withdrawn = evidence.withdraws.unwrap();
            assert_eq!((withdrawn.source.as_str(), withdrawn.id.as_str()), ("urn:liangdi:hr:320500", "hr-2026-000001"));
            assert!(evidence.appearances.is_empty() && evidence.ending.is_none() && !evidence.filed);
        }
    }
}
