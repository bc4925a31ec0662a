//! Jurisdictions as a whole, in memory.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::division::Code;
use liangdi_domain::evidence::Answer;
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::round::figures::{Counts, Figure, counted};
use liangdi_domain::round::{Held, Month, Open, Period, Said, Villages, Waiting};
use liangdi_domain::statement::ToldState;
use uuid::Uuid;

use super::MemoryBatch;
use super::state::State;
use super::table::Table;
use crate::port::{Inbound, Result, Rounds, VillageRow};

/// What is known of a notice beside whom it went to.
#[derive(Clone)]
pub(super) struct Issued {
    kind: NoticeKind,
    on: NaiveDate,
    due_on: Option<NaiveDate>,
}

/// The tables of the second aggregate.
#[derive(Default)]
pub(super) struct RoundTables {
    waiting: Table<Code, Waiting>,
    /// By the number of the message.
    reports: Table<i64, VillageRow>,
    /// The first look and the last.
    looks: Table<Code, (NaiveDate, NaiveDate)>,
    said: Table<(Code, String, Option<NaiveDate>), Said>,
    compiled: Table<Month, BTreeMap<Code, Vec<Figure>>>,
    /// The notices that were answered under their case, each with the numbers of the messages.
    answers: Table<(Uuid, Uuid), Vec<i64>>,
}

impl RoundTables {
    /// Does something to every table.
    pub(super) fn settle_or_undo(&mut self, undo: bool) {
        fn end<K: Ord + Clone, V: Clone>(table: &mut Table<K, V>, undo: bool) {
            if undo { table.undo() } else { table.settle() }
        }
        end(&mut self.waiting, undo);
        end(&mut self.reports, undo);
        end(&mut self.looks, undo);
        end(&mut self.said, undo);
        end(&mut self.compiled, undo);
        end(&mut self.answers, undo);
    }
}

impl State {
    /// What a message that was just entered means to jurisdictions as a whole.
    pub(super) fn note_for_rounds(&mut self, message: &Inbound) {
        let no = self.last_message;
        if let Some(answer) = &message.answer {
            let receiver = self.ledger.get(&answer.notice()).and_then(|sent| sent.receiver.0.parse().ok());
            if let Some(receiver) = receiver {
                self.rounds.waiting.remove(&receiver);
            }
            if let Answer::Reply(reply) = answer {
                self.rounds.answers.upsert((reply.notice, reply.case), |answers| answers.push(no));
            }
        }
        if let Some(report) = message.village_report() {
            self.rounds.reports.put(no, report);
        }
    }

    pub(super) fn note_issued(&mut self, notice: &NoticeDraft) {
        let on = shanghai_date(notice.time);
        self.issued.put(notice.id, Issued { kind: notice.kind, on, due_on: notice.due_on });
        if let Ok(receiver) = notice.receiver.0.parse::<Code>() {
            let before = self.rounds.waiting.get(&receiver).copied();
            let Waiting { since, count } = before.unwrap_or(Waiting { since: on, count: 0 });
            self.rounds.waiting.put(receiver, Waiting { since, count: count + 1 });
        }
    }

    fn stands(&self, no: i64) -> bool {
        let message = self.keys.get(&no).and_then(|key| self.inbox.get(key));
        message.is_some_and(|message| !message.withdrawn)
    }

    fn said_of(&self, jurisdiction: Code) -> Vec<Said> {
        let all = self.rounds.said.iter().filter(|((of, ..), _)| *of == jurisdiction);
        let answered = |said: &Said| {
            let answers = said.asked.and_then(|asked| self.rounds.answers.get(&asked)).into_iter().flatten();
            answers.copied().any(|no| self.stands(no))
        };
        all.map(|(_, said)| Said { answered: answered(said), ..said.clone() }).collect()
    }

    fn villages(&self, township: Code, period: Period) -> Option<Villages> {
        let rows = self
            .rounds
            .reports
            .iter()
            .filter(|(no, row)| row.township == township && row.on <= period.to && self.stands(**no));
        let mut by_village: BTreeMap<Code, Vec<VillageRow>> = BTreeMap::new();
        for (_, row) in rows {
            by_village.entry(row.report.village).or_default().push(*row);
        }
        let mut villages = Villages::default();
        for rows in by_village.values() {
            let recent: Vec<_> = rows.iter().filter(|row| row.on >= period.from).collect();
            villages.expected += 1;
            villages.reported += u32::from(!recent.is_empty());
            villages.arrivals += recent.iter().map(|row| row.report.arrivals).sum::<u32>();
            villages.departures += recent.iter().map(|row| row.report.departures).sum::<u32>();
        }
        (villages.expected > 0).then_some(villages)
    }
}

impl Rounds for MemoryBatch {
    async fn unlooked(&mut self, of: &[Code], today: NaiveDate, limit: usize) -> Result<Vec<Code>> {
        let looks = &self.state.rounds.looks;
        let before = |code: &&Code| looks.get(code).is_none_or(|(_, last)| *last < today);
        let mut codes: Vec<Code> = of.iter().filter(before).copied().collect();
        codes.sort_unstable();
        codes.truncate(limit);
        Ok(codes)
    }

    async fn held(&mut self, of: &[Code], today: NaiveDate) -> Result<Vec<Held>> {
        let state = &self.state;
        let held = of.iter().map(|code| Held {
            jurisdiction: *code,
            begun_on: state.rounds.looks.get(code).map_or(today, |(begun_on, _)| *begun_on),
            waiting: state.rounds.waiting.get(code).copied(),
            said: state.said_of(*code),
        });
        Ok(held.collect())
    }

    async fn open_questions(&mut self, of: &[Code]) -> Result<HashMap<Code, Vec<Open>>> {
        let mut open: HashMap<Code, Vec<Open>> = HashMap::new();
        for (_, told) in self.state.told.iter().filter(|(_, told)| told.state == ToldState::Open) {
            let Some(asked) = told.asked.filter(|asked| !asked.answered) else { continue };
            let Some(receiver) = of.iter().find(|code| code.as_str() == told.receiver.0) else { continue };
            let due_on = self.state.issued.get(&asked.notice).and_then(|issued| issued.due_on);
            open.entry(*receiver).or_default().extend(told.case.map(|case| Open { due_on, case }));
        }
        Ok(open)
    }

    async fn villages(&mut self, of: &[Code], period: Period) -> Result<HashMap<Code, Villages>> {
        Ok(of.iter().filter_map(|code| Some((*code, self.state.villages(*code, period)?))).collect())
    }

    async fn is_compiled(&mut self, month: Month) -> Result<bool> {
        let rounds = &self.state.rounds;
        let begun = rounds.looks.iter().any(|(_, (begun_on, _))| *begun_on <= month.last());
        Ok(rounds.compiled.get(&month).is_some() || !begun)
    }

    async fn counts(&mut self, month: Month) -> Result<Counts> {
        let mut counts = Counts::new();
        for (id, issued) in self.state.issued.iter().filter(|(_, issued)| Month::of(issued.on) == month) {
            let Some(sent) = self.state.ledger.get(id) else { continue };
            let told = sent.statement.and_then(|statement| self.state.told.get(&statement));
            let Some(told) = told.filter(|told| told.state != ToldState::Retracted) else { continue };
            let Ok(receiver) = sent.receiver.0.parse() else { continue };
            for cell in counted(issued.kind, told.topic, told.place, receiver) {
                *counts.entry(cell).or_default() += 1;
            }
        }
        Ok(counts)
    }

    async fn compile(&mut self, month: Month, figures: &BTreeMap<Code, Vec<Figure>>) -> Result<()> {
        self.state.rounds.compiled.put(month, figures.clone());
        Ok(())
    }

    async fn figures(&mut self, month: Month, of: &[Code]) -> Result<HashMap<Code, Vec<Figure>>> {
        let Some(compiled) = self.state.rounds.compiled.get(&month) else { return Ok(HashMap::new()) };
        Ok(of.iter().filter_map(|code| Some((*code, compiled.get(code)?.clone()))).collect())
    }

    async fn looked(&mut self, of: &[Code], today: NaiveDate, said: &[Said]) -> Result<()> {
        for code in of {
            let begun_on = self.state.rounds.looks.get(code).map_or(today, |(begun_on, _)| *begun_on);
            self.state.rounds.looks.put(*code, (begun_on, today));
        }
        for said in said {
            let key = (said.jurisdiction, said.procedure.clone(), said.month);
            self.state.rounds.said.put(key, said.clone());
        }
        Ok(())
    }
}
