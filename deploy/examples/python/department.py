"""A department's side: publishes messages and reads what the hub returns.

    department.py publish FILE…    JSON lines, one CloudEvent per line
    department.py returns          prints what was refused, takes it off the queue, and ends when nothing more comes

AMQP_URL is amqps://USER:PASSWORD@HOST:PORT/liangdi; USER is <feed>.<division>, for example police.320500.
"""

import json
import os
import sys

import pika

QUIET_SECONDS = 3  # `returns` ends when the queue was silent for so long


def main():
    command, files = (sys.argv + [""])[1], sys.argv[2:]
    if "AMQP_URL" not in os.environ or command not in ("publish", "returns"):
        sys.exit(__doc__)
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    user = parameters.credentials.username
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        sys.exit(publish(channel, user, files) if command == "publish" else returns(channel, user))


def publish(channel, user, files):
    """Every message is safe with the broker when this returns 0. After any other end, run it again.

    Running it again is harmless: the hub knows a message by its source and id, and only counts the repetition.
    """
    exchange = "feed." + user.rpartition(".")[0]
    channel.confirm_delivery()  # from now on basic_publish waits until the broker has stored the message
    sent = 0
    for file in files:
        for number, line in enumerate(open(file, encoding="utf-8"), 1):
            try:
                publish_line(channel, user, exchange, line.strip())
            except (ValueError, KeyError, TypeError):
                return failed(file, number, "no CloudEvent in JSON; `liangdi check` says more")
            except pika.exceptions.UnroutableError:
                return failed(file, number, f"no queue behind {exchange}; tell the hub's operators")
            except pika.exceptions.NackError:
                return failed(file, number, "the hub's queue is full; try again later")
            sent += 1
    print(f"{sent} messages published and confirmed")
    return 0


def publish_line(channel, user, exchange, line):
    message = json.loads(line)
    properties = pika.BasicProperties(
        content_type="application/cloudevents+json",
        delivery_mode=pika.DeliveryMode.Persistent,  # survives a restart of the broker
        message_id=message["id"],
        user_id=user,  # the broker vouches for it; the hub refuses a message without
    )
    # mandatory: a message that no queue takes raises UnroutableError instead of vanishing.
    channel.basic_publish(exchange, message["type"], line.encode(), properties, mandatory=True)


def failed(file, number, why):
    print(f"{file}:{number}: {why}", file=sys.stderr)
    return 1


def returns(channel, user):
    """Exit code 1 if something was refused: mend those messages and publish them again, under the same ids."""
    found = 0
    for method, _, body in channel.consume(f"partner.{user}", inactivity_timeout=QUIET_SECONDS):
        if method is None:
            break
        notice = json.loads(body)
        message, reason = notice["data"]["message"].get("id", "of unknown id"), notice["data"]["reason"]
        place = notice["data"].get("path") or ", ".join(notice["data"].get("fields", [])) or "the whole message"
        print(f"{notice['seqno']}: message {message} came back ({notice['type']}): {reason} at {place}", flush=True)
        channel.basic_ack(method.delivery_tag)  # only now does the broker forget it
        found += 1
    channel.cancel()
    return 1 if found else 0


if __name__ == "__main__":
    main()
