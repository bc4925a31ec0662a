//! The person of a message, out of any department's fields, into a profile. Nothing about a person is refused:
//! what cannot be read is missing, what contradicts itself is taken, and a warning says so.

use chrono::NaiveDate;
use liangdi_domain::division::Code;
use liangdi_domain::evidence::WarningKind;
use liangdi_domain::person::{Address, Document, Name, Phone, Profile, Sex, read_birth};

use super::Fields;
use crate::contract::Refusal;

/// Nobody is older.
const AGE_YEARS_MAX: u32 = 120;

/// Words for document types, where a department writes no code of GA/T 2000.156. 550 is in use, but not in the
/// edition of 2016.
const DOCUMENT_WORDS: [(&str, &str); 5] =
    [("身份证", "111"), ("护照", "414"), ("港澳台居民居住证", "550"), ("外国人永久居留身份证", "553"), ("其他", "990")];

/// What a department calls the members of a person; none for what its messages never say.
pub(crate) struct PersonFields {
    pub(crate) document_type: Option<&'static str>,
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    pub(crate) sex: Option<&'static str>,
    pub(crate) birth: Option<&'static str>,
    pub(crate) phone: Option<&'static str>,
    /// Left out where the household stands outside the person's own members.
    pub(crate) household: Option<&'static str>,
    /// Younger people do not do what the department's messages tell.
    pub(crate) age_years_min: u32,
}

impl Fields<'_> {
    /// The person, as of the day of the event: ages are judged at it.
    pub(crate) fn profile(&self, names: &PersonFields, on: NaiveDate) -> Result<Profile, Refusal> {
        let document = self.document(names.document_type, names.number);
        let stated_birth = names.birth.and_then(|birth| self.birth(birth, &document));
        let profile = Profile {
            name: self.name(names.name),
            birth: stated_birth.or_else(|| document.birth()),
            sex: names.sex.map_or_else(|| document.sex(), |sex| self.sex(sex, &document)),
            phone: names.phone.and_then(|phone| self.phone(phone)),
            household: names.household.map(|household| self.division_if(household)).transpose()?.flatten(),
            document,
            ..Profile::default()
        };
        if let Some(birth) = profile.birth {
            let plausible =
                on.years_since(birth).is_some_and(|age| (names.age_years_min..=AGE_YEARS_MAX).contains(&age));
            if !plausible {
                self.warn(stated_birth.and(names.birth).unwrap_or(names.number), WarningKind::Age);
            }
        }
        Ok(profile)
    }

    /// The person, living where the message says.
    pub(crate) fn living(&self, profile: Profile, place: Code, address: Option<&str>) -> Profile {
        Profile { living: Some(place), address: self.address(address, Some(place)), ..profile }
    }

    /// A street address in its division.
    pub(crate) fn address(&self, raw: Option<&str>, place: Option<Code>) -> Option<Address> {
        Address::read(raw?, place, self.message.divisions)
    }

    /// The document by its type and number.
    pub(crate) fn document(&self, doc_type: Option<&str>, number: &str) -> Document {
        let doc_type = doc_type
            .and_then(|doc_type| self.text_if(doc_type))
            .map(|text| DOCUMENT_WORDS.iter().find(|(word, _)| *word == text).map_or(text, |(_, code)| code));
        let (document, warnings) = Document::read(doc_type, self.text_if(number));
        warnings.into_iter().for_each(|kind| self.warn(number, kind));
        document
    }

    /// A name; none and a warning where it names nobody.
    pub(crate) fn name(&self, name: &str) -> Option<Name> {
        let read = self.text_if(name).and_then(Name::read);
        if read.is_none() {
            self.warn(name, WarningKind::NameEmpty);
        }
        read
    }

    /// The stated birth date, if it is anybody's.
    pub(crate) fn birth(&self, name: &str, document: &Document) -> Option<NaiveDate> {
        let text = self.written(name)?;
        let Some(birth) = read_birth(&text) else {
            self.warn(name, WarningKind::BirthDate);
            return None;
        };
        if document.birth().is_some_and(|other| other != birth) {
            self.warn(name, WarningKind::BirthAgainstId);
        }
        Some(birth)
    }

    /// The stated sex (GB/T 2261.1, or the word for it), else the one in the number.
    fn sex(&self, name: &str, document: &Document) -> Sex {
        let stated = match self.written(name).as_deref() {
            Some("1" | "男") => Sex::Male,
            Some("2" | "女") => Sex::Female,
            _ => return document.sex(),
        };
        if ![Sex::Unknown, stated].contains(&document.sex()) {
            self.warn(name, WarningKind::SexAgainstId);
        }
        stated
    }

    fn phone(&self, name: &str) -> Option<Phone> {
        Phone::read(self.text_if(name)?).unwrap_or_else(|kind| {
            self.warn(name, kind);
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Sample, sample};

    const INFLOW: &str = "township.inflow-registered.v1";
    // Fictional, as in the contract's examples.
    const NUMBER: &str = "32032419951108211X";

    /// A person of every kind of member.
    fn person(number: &str, name: &str, phone: &str) -> Sample {
        sample(INFLOW)
            .with("/household/division", "341221")
            .with("/person/id_number", number)
            .with("/person/name", name)
            .with("/person/phone", phone)
            .with("/person/sex", "1")
            .with("/person/birth_date", "1995-11-08")
    }

    fn clean() -> Sample {
        person(NUMBER, "阿依古丽·买买提", "13912340001")
    }

    #[test]
    fn normal_dirt_gives_the_profile_of_the_clean_form_without_a_word() {
        let household = |division: &str| clean().with("/household/division", division);
        let pairs = [
            (clean(), person("３２０３２４１９９５１１０８２１１Ｘ", "阿依古丽·买买提", "１３９１２３４０００１")),
            (clean(), person("320324 19951108 211x", " 阿依古丽 · 买 买 提 ", "139 1234 0001")),
            (clean(), person(NUMBER, "阿依古丽•买买提", "+8613912340001")),
            (clean(), person(NUMBER, "阿依古丽.买买提", "8613912340001")),
            (household("341221"), household("341221000")),
            (household("341221"), household("３４１２２１ ０００ ０００")),
        ];
        for (clean, dirty) in pairs {
            assert!(clean.appearance().profile == dirty.appearance().profile);
            assert_eq!(dirty.warnings(), []);
        }
    }

    #[test]
    fn a_placeholder_is_no_number() {
        let nameless = |number| person(number, "李秀英", "");
        for placeholder in ["无", "000000000000000000", "000000199511080000"] {
            assert!(nameless(placeholder).appearance().profile == nameless("").appearance().profile);
            nameless(placeholder).is_odd("/data/person/id_number", WarningKind::Placeholder);
        }
        assert_eq!(nameless("").warnings(), []);
    }

    #[test]
    fn fifteen_digits_and_traditional_characters_are_comparable_with_the_standard_form() {
        let old = person("320324951108211", "張國華", "").appearance().profile;
        let new = person(NUMBER, "张国华", "").appearance().profile;
        assert_eq!(old.document.number(), new.document.number());
        assert_eq!(old.name.unwrap().key(), new.name.unwrap().key());
    }

    #[test]
    fn what_contradicts_or_cannot_be_read_is_taken_with_a_warning_at_its_member() {
        let odd = |member: &str, value: &str, kind| {
            let message = clean().with(&format!("/person/{member}"), value);
            message.is_odd(&format!("/data/person/{member}"), kind);
            message.appearance().profile
        };
        let born = |text: &str| text.parse().ok();
        assert_eq!(odd("birth_date", "1995-11-18", WarningKind::BirthAgainstId).birth, born("1995-11-18"));
        assert_eq!(odd("birth_date", "1995-02-30", WarningKind::BirthDate).birth, born("1995-11-08"));
        assert_eq!(odd("sex", "2", WarningKind::SexAgainstId).sex, Sex::Female);
        assert_eq!(odd("id_number", "320324199511082111", WarningKind::CheckDigit).birth, born("1995-11-08"));
        assert_eq!(odd("id_number", "3203241995110821", WarningKind::DocumentShape).sex, Sex::Male);
        assert_eq!(odd("phone", "1391234", WarningKind::Phone).phone, None);
        assert!(odd("name", "不详", WarningKind::NameEmpty).name.is_none());
    }

    #[test]
    fn what_is_not_stated_is_read_from_a_number_that_proves_itself() {
        let silent = |number| person(number, "李秀英", "").with("/person/sex", "9").with("/person/birth_date", "");
        let profile = silent(NUMBER).appearance().profile;
        assert_eq!((profile.birth, profile.sex), (NaiveDate::from_ymd_opt(1995, 11, 8), Sex::Male));
        let profile = silent("320324199511082111").appearance().profile;
        assert_eq!((profile.birth, profile.sex), (None, Sex::Unknown));
    }

    #[test]
    fn an_age_that_nobody_reaches_is_odd() {
        let born = |day: &str| person("", "李秀英", "").with("/person/birth_date", day);
        born("1900-11-08").is_odd("/data/person/birth_date", WarningKind::Age);
        born("2026-03-02").is_odd("/data/person/birth_date", WarningKind::Age);
        assert_eq!(born("2026-02-28").warnings(), []);
        // Not stated, it is the number that is odd.
        let number = format!("32032419001108211{}", Document::check_digit("32032419001108211").unwrap());
        let by_number = person(&number, "李秀英", "").with("/person/birth_date", "");
        by_number.is_odd("/data/person/id_number", WarningKind::Age);
    }
}
