"""A township's side: takes notices out of the inbox, keeps their order, answers, sends receipts.

    township.py [--once]    runs until Ctrl-C; --once ends when the inbox is empty (for a timer)

AMQP_URL  amqps://township.CODE:PASSWORD@HOST:PORT/liangdi
STATE     file that remembers what came and what was sent, for example township.sqlite
REGISTER  your household register: one ID number a line. In real life this is your own database.
"""

import json
import os
import sqlite3
import sys
from datetime import datetime, timedelta, timezone

import pika

QUIET_SECONDS = 2  # the inbox counts as empty when it was silent for so long
TABLES = """
CREATE TABLE IF NOT EXISTS notices (seqno INTEGER UNIQUE, id TEXT PRIMARY KEY, body TEXT, done INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, body TEXT, sent INTEGER DEFAULT 0);
"""


def main():
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    user, state = parameters.credentials.username, sqlite3.connect(os.environ["STATE"])
    state.executescript(TABLES)
    code, register = user.rpartition(".")[2], set(open(os.environ["REGISTER"]).read().split())
    with pika.BlockingConnection(parameters) as connection:
        inbox, outgoing = connection.channel(), connection.channel()
        inbox.basic_qos(prefetch_count=100)
        outgoing.confirm_delivery()
        for method, _, body in inbox.consume(f"inbox.{code}", inactivity_timeout=QUIET_SECONDS):
            if method:
                store(state, json.loads(body))
                inbox.basic_ack(method.delivery_tag)  # after the commit: a crash before it brings the notice again
            work(state, code, register)
            send(state, outgoing, user)
            if not method and "--once" in sys.argv:
                break
        inbox.cancel()
    sys.exit(report_gap(state))


def store(state, notice):
    """A notice that came before, under the same id, changes nothing: delivery is at least once."""
    with state:
        row = (notice["seqno"], notice["id"], json.dumps(notice))
        state.execute("INSERT OR IGNORE INTO notices (seqno, id, body) VALUES (?, ?, ?)", row)


def next_seqno(state):
    return state.execute("SELECT coalesce(max(seqno), 0) + 1 FROM notices WHERE done").fetchone()[0]


def work(state, code, register):
    """Handles what is there in the order of `seqno`; what comes after a gap waits until the gap is filled."""
    while found := state.execute("SELECT body FROM notices WHERE seqno = ?", (next_seqno(state),)).fetchone():
        notice = json.loads(found[0])
        now = datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds")
        with state:  # handled and answered in one transaction: neither without the other
            print(f"{notice['seqno']}: {notice['type']}, due {notice.get('dueon', 'never')}", flush=True)
            receipt = {"notice_id": notice["id"], "state": "received", "at": now}
            answer(state, code, "receipt", notice, now, receipt)
            number = notice["data"].get("person", {}).get("id_number")
            if notice["type"] == "notice.inflow.v1" and number:  # "somebody of yours lives there"; the rest is for a clerk
                outcome = "confirmed" if number in register else "not-known"
                reply = {"case_id": notice["caseid"], "notice_id": notice["id"], "outcome": outcome}
                answer(state, code, "case-reply", notice, now, reply)
            state.execute("UPDATE notices SET done = 1 WHERE id = ?", (notice["id"],))


def answer(state, code, kind, notice, now, data):
    """Kept as it will be sent: repeated after a crash it is the same message, which the hub recognises."""
    envelope = {"specversion": "1.0", "id": f"{kind}-{notice['id']}", "source": f"urn:liangdi:township:{code}",
                "type": f"township.{kind}.v1", "time": now, "datacontenttype": "application/json", "data": data}
    state.execute("INSERT INTO answers (id, body) VALUES (?, ?)", (envelope["id"], json.dumps(envelope)))


def send(state, channel, user):
    for id, body in state.execute("SELECT id, body FROM answers WHERE NOT sent ORDER BY rowid").fetchall():
        properties = pika.BasicProperties(content_type="application/cloudevents+json", message_id=id, user_id=user,
                                          delivery_mode=pika.DeliveryMode.Persistent)
        channel.basic_publish("feed.township", json.loads(body)["type"], body.encode(), properties, mandatory=True)
        with state:  # reached only when the broker confirmed
            state.execute("UPDATE answers SET sent = 1 WHERE id = ?", (id,))


def report_gap(state):
    waiting = state.execute("SELECT count(*) FROM notices WHERE NOT done").fetchone()[0]
    if waiting:
        print(f"number {next_seqno(state)} is missing; {waiting} later notices wait for it", file=sys.stderr)
    return 1 if waiting else 0


if __name__ == "__main__":
    main()
