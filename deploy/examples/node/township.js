// A township's side: takes notices out of the inbox, keeps their order, answers, sends receipts.
//
//     node township.js [--once]   runs until Ctrl-C; --once ends when the inbox is empty (for a timer)
// AMQP_URL  amqps://township.CODE:PASSWORD@HOST:PORT/liangdi
// STATE     file that remembers what came and what was sent, for example township.jsonl; a database does as well
// REGISTER  your household register: one ID number a line. In real life this is your own database.
// API       https://HOST, the hub's HTTP API; TOKEN  your token for it, from the hub's operators: to fill gaps
import { fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import amqp from "amqplib";

const QUIET_MS = 2000; // the inbox counts as empty when it was silent for so long
const { AMQP_URL, STATE, REGISTER, API, TOKEN } = process.env;
const user = decodeURIComponent(new URL(AMQP_URL).username), code = user.slice(user.lastIndexOf(".") + 1);
const register = new Set(readFileSync(REGISTER, "utf8").split(/\s+/));

// What came, what is done, what is still to be sent: rebuilt from the journal at every start.
const state = { ids: new Set(), waiting: new Map(), last: 0, unsent: new Map() };
const journal = openSync(STATE, "a+");
const whole = readFileSync(STATE, "utf8").replace(/[^\n]*$/, ""); // a crash may have cut the last line off
truncateSync(STATE, Buffer.byteLength(whole));
for (const line of whole.split("\n").slice(0, -1)) apply(JSON.parse(line));

const connection = await amqp.connect(AMQP_URL);
const [inbox, outgoing] = [await connection.createChannel(), await connection.createConfirmChannel()];
let [sending, quiet] = [Promise.resolve()];
await inbox.prefetch(100);
await inbox.consume(`inbox.${code}`, (delivery) => {
  store(JSON.parse(delivery.content.toString()));
  inbox.ack(delivery); // after it is on disk: a crash before that brings the notice again
  proceed();
}, { consumerTag: "notices" });
proceed();

function proceed() {
  work();
  sending = sending.then(send);
  clearTimeout(quiet);
  quiet = setTimeout(rest, QUIET_MS);
}

/** When nothing comes any more: what a queue lost, the hub's ledger still has, after the last number handled. */
async function rest() {
  if (state.waiting.size) {
    const url = `${API}/v1/jurisdictions/${code}/notices?after=${state.last}&limit=1000`;
    const page = await fetch(url, { headers: { Authorization: `Bearer ${TOKEN}` } });
    if (!page.ok) throw new Error(`${url}: ${page.status} ${await page.text()}`);
    (await page.json()).notices.forEach(store);
    proceed();
  } else if (process.argv.includes("--once")) {
    await inbox.cancel("notices"); // what came before that is still stored and answered
    sending.then(() => (clearTimeout(quiet), connection.close()));
  }
}

/** Changes nothing where a notice came before, under the same id: delivery is at least once. */
function store(notice) { if (!state.ids.has(notice.id)) record({ notice }); }

/** Handles what is there in the order of `seqno`; what comes after a gap waits. */
function work() {
  for (let notice; (notice = state.waiting.get(state.last + 1)); ) {
    console.log(`${notice.seqno}: ${notice.type}, due ${notice.dueon ?? "never"}`);
    const [now, number] = [new Date().toISOString(), notice.data.person?.id_number];
    const answers = [answer("receipt", notice, now, { notice_id: notice.id, state: "received", at: now })];
    if (notice.type === "notice.inflow.v1" && number) { // "somebody of yours lives there"; all else is for a clerk
      const outcome = register.has(number) ? "confirmed" : "not-known";
      answers.push(answer("case-reply", notice, now, { case_id: notice.caseid, notice_id: notice.id, outcome }));
    }
    record({ done: notice.seqno, answers }); // one line: handled and answered, or neither
  }
}

/** Kept as it will be sent: repeated after a crash it is the same message, which the hub recognises. */
function answer(kind, notice, time, data) {
  return { specversion: "1.0", id: `${kind}-${notice.id}`, source: `urn:liangdi:township:${code}`,
    type: `township.${kind}.v1`, time, datacontenttype: "application/json", data };
}

async function send() {
  const options = { contentType: "application/cloudevents+json", persistent: true, mandatory: true, userId: user };
  for (const message of [...state.unsent.values()]) {
    const body = Buffer.from(JSON.stringify(message));
    outgoing.publish("feed.township", message.type, body, { ...options, messageId: message.id });
    await outgoing.waitForConfirms(); // ends the program where the broker refuses; the next start sends it again
    record({ sent: message.id });
  }
}

function record(entry) {
  writeSync(journal, `${JSON.stringify(entry)}\n`);
  fsyncSync(journal);
  apply(entry);
}

function apply({ notice, done, answers = [], sent }) {
  if (notice) state.ids.add(notice.id), state.waiting.set(notice.seqno, notice);
  if (done) state.waiting.delete(done), (state.last = done);
  for (const message of answers) state.unsent.set(message.id, message);
  state.unsent.delete(sent);
}
