//! Division codes: well-formed and of a known province, or the message is refused. A code that is not in force is
//! taken with a warning, and facts keep every code as it was sent, so that the tables may change underneath.

use liangdi_domain::division::{Code, How};
use liangdi_domain::evidence::WarningKind;

use super::{Fields, compact};
use crate::contract::{Reason, Refusal};

impl Fields<'_> {
    /// A place somebody is said to be at.
    pub(crate) fn division(&self, name: &str) -> Result<Code, Refusal> {
        let text = self.text(name)?;
        self.division_of(text, name)
    }

    /// The same, if it was said.
    pub(crate) fn division_if(&self, name: &str) -> Result<Option<Code>, Refusal> {
        self.text_if(name).map(|text| self.division_of(text, name)).transpose()
    }

    /// A list of places.
    pub(crate) fn divisions(&self, name: &str) -> Result<Vec<Code>, Refusal> {
        let texts: Vec<&str> = self.read(name)?;
        texts.iter().enumerate().map(|(index, text)| self.division_of(text, &format!("{name}/{index}"))).collect()
    }

    /// A code that need not be in force: a division change names those to come.
    pub(crate) fn check_division(&self, text: &str, name: &str) -> Result<Code, Refusal> {
        self.well_formed(text, name).map(|(code, _)| code)
    }

    fn division_of(&self, text: &str, name: &str) -> Result<Code, Refusal> {
        let (code, how) = self.well_formed(text, name)?;
        match how {
            How::Exact => {}
            How::Successor => self.warn(name, WarningKind::DivisionSuccessor),
            How::Ancestor => self.warn(name, WarningKind::DivisionAncestor),
        }
        Ok(code)
    }

    fn well_formed(&self, text: &str, name: &str) -> Result<(Code, How), Refusal> {
        let code: Code = compact(text).parse().map_err(|_| self.refusal(Reason::MalformedDivision, name))?;
        let resolved = self.message.divisions.resolve(code);
        let resolved = resolved.map_err(|_| self.refusal(Reason::UnknownProvince, name))?;
        Ok((code, resolved.how))
    }
}

#[cfg(test)]
mod tests {
    use liangdi_domain::evidence::{Fact, WarningKind};

    use crate::contract::Reason;
    use crate::samples::{code, sample};

    const INFLOW: &str = "township.inflow-registered.v1";
    const HOUSEHOLD: &str = "/data/household/division";

    #[test]
    fn a_code_that_is_not_in_force_is_taken_with_a_warning_and_kept_as_it_was_sent() {
        // 412728 became 411624 in 2000; 341221999 never was.
        for (written, kind) in
            [("412728", WarningKind::DivisionSuccessor), ("341221999", WarningKind::DivisionAncestor)]
        {
            let message = sample(INFLOW).with("/household/division", written);
            message.is_odd(HOUSEHOLD, kind);
            let appearance = message.appearance();
            assert_eq!(appearance.profile.household, Some(code(written)));
            let Fact::Residence { household, .. } = appearance.fact else { panic!() };
            assert_eq!(household, Some(code(written)));
        }
    }

    #[test]
    fn every_length_and_width_of_a_code_is_read() {
        for written in ["341221", "341221000", "341221000000", "３４１２２１", " 341 221 ", "\u{FEFF}341221"] {
            let message = sample(INFLOW).with("/household/division", written);
            assert_eq!(message.appearance().profile.household, Some(code("341221")), "{written}");
            assert_eq!(message.warnings(), []);
        }
    }

    #[test]
    fn text_that_is_no_code_and_a_province_that_is_none_are_refused() {
        for written in ["安徽", "3412", "34122x", "341221-100", "9999999999999"] {
            sample(INFLOW).with("/household/division", written).is_refused(Reason::MalformedDivision, HOUSEHOLD);
        }
        sample(INFLOW).with("/household/division", "161221").is_refused(Reason::UnknownProvince, HOUSEHOLD);
    }
}
