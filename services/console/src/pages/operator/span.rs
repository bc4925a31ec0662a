//! How long something lasts, in words that are read at a glance.

use chrono::TimeDelta;

use crate::texts::Language;

/// One number and one unit.
pub(super) fn span(language: Language, span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (key, number) = match seconds {
        0..120 => ("operator.span.seconds", seconds),
        120..7_200 => ("operator.span.minutes", seconds / 60),
        7_200..172_800 => ("operator.span.hours", seconds / 3_600),
        _ => ("operator.span.days", seconds / 86_400),
    };
    language.filled(key, &[&number.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_one_number_and_one_unit() {
        let english = |seconds| span(Language::English, TimeDelta::seconds(seconds));
        assert_eq!([english(-5), english(119), english(120)], ["0 s", "119 s", "2 min"]);
        assert_eq!([english(7_199), english(7_200), english(172_800)], ["119 min", "2 h", "2 d"]);
        assert_eq!(span(Language::Chinese, TimeDelta::hours(3)), "3 小时");
    }
}
