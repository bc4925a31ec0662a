"""A township's side: takes notices out of the inbox, keeps their order, answers, sends receipts.

    township.py [--once]    runs until Ctrl-C; --once ends when the inbox is empty (for a timer)

AMQP_URL  amqps://township.CODE:PASSWORD@HOST:PORT/liangdi
STATE     file that remembers what came and what was sent, for example township.sqlite
REGISTER  your household register: one ID number a line. In real life this is your own database.
API       https://HOST, the hub's HTTP API; TOKEN  your token for it, from the hub's operators: to fill gaps
"""

import json, os, sqlite3, sys, urllib.request
from datetime import datetime, timedelta, timezone

import pika

QUIET_SECONDS = 2  # the inbox counts as empty when it was silent for so long
TABLES = """
CREATE TABLE IF NOT EXISTS notices (seqno INTEGER UNIQUE, id TEXT PRIMARY KEY, body TEXT, done INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, body TEXT, sent INTEGER DEFAULT 0);"""


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
                inbox.basic_ack(method.delivery_tag)  # after the commit; a crash before it brings the notice again
            elif waiting(state):
                fill_gap(state, code)
            work(state, code, register)
            send(state, outgoing, user)
            if not method and not waiting(state) and "--once" in sys.argv:
                break
        inbox.cancel()


def store(state, notice):
    """A notice that came before, under the same id, changes nothing: delivery is at least once."""
    with state:
        state.execute("INSERT OR IGNORE INTO notices (seqno, id, body) VALUES (?, ?, ?)",
                      (notice["seqno"], notice["id"], json.dumps(notice)))


def last_done(state):
    return state.execute("SELECT coalesce(max(seqno), 0) FROM notices WHERE done").fetchone()[0]


def waiting(state):
    return state.execute("SELECT count(*) FROM notices WHERE NOT done").fetchone()[0]


def fill_gap(state, code):
    """What a queue lost, the hub's ledger still has: reads on after the last number that was handled."""
    url = f"{os.environ['API']}/v1/jurisdictions/{code}/notices?after={last_done(state)}&limit=1000"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {os.environ['TOKEN']}"})
    for notice in json.load(urllib.request.urlopen(request, timeout=30))["notices"]:
        store(state, notice)


def work(state, code, register):
    """Handles what is there in the order of `seqno`; what comes after a gap waits."""
    while found := state.execute("SELECT body FROM notices WHERE seqno = ?", (last_done(state) + 1,)).fetchone():
        notice = json.loads(found[0])
        now = datetime.now(timezone(timedelta(hours=8))).isoformat(timespec="seconds")
        with state:  # handled and answered in one transaction: neither without the other
            print(f"{notice['seqno']}: {notice['type']}, due {notice.get('dueon', 'never')}", flush=True)
            answer(state, code, "receipt", notice, now, {"notice_id": notice["id"], "state": "received", "at": now})
            number = notice["data"].get("person", {}).get("id_number")
            if notice["type"] == "notice.inflow.v1" and number:  # "yours lives there"; all else is for a clerk
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
        properties = pika.BasicProperties("application/cloudevents+json", delivery_mode=2, message_id=id, user_id=user)
        channel.basic_publish("feed.township", json.loads(body)["type"], body.encode(), properties, mandatory=True)
        with state:  # reached only when the broker confirmed
            state.execute("UPDATE answers SET sent = 1 WHERE id = ?", (id,))


if __name__ == "__main__":
    main()
