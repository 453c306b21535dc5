"""The ear and mouth of the drivers written in Python: see dialogue.ts for the words.

A driver gives `serve` an object with `client`, `version` and `connect(url)`; what `connect`
returns has `send`, `subscribe`, `begin`, `end`, `close` and `drop`; what `subscribe` returns has
`receive`, `acknowledge`, `settle` and `unsubscribe`; AMQP also has `node` and `drain`. The options of
`connect` and `subscribe` are the command itself. Standard output belongs to the answers alone.
"""

import hashlib
import json
import os
import sys
from urllib.parse import urlsplit

BODY_BYTES_SHOWN = 4096


def expand(body):
    """A str or bytes from a text or hex spec."""
    times = body.get("times", 1)
    if "text" in body:
        return body["text"] * times
    return bytes.fromhex(body["hex"] * times)


def describe(body):
    """A str or bytes as it is reported: itself when short, else its length and digest."""
    kind = "text" if isinstance(body, str) else "bytes"
    raw = body.encode("utf-8") if isinstance(body, str) else bytes(body)
    if len(raw) > BODY_BYTES_SHOWN:
        return {"kind": kind, "length": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    return {"kind": "text", "text": body} if kind == "text" else {"kind": "bytes", "hex": raw.hex()}


def serve(driver):
    """Serves commands until standard input ends."""
    connections, subscriptions = {}, {}
    # A library that prints must not break the dialogue: its prints go to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(line):
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    def obey(command):
        op = command["op"]
        if op == "connect":
            opened = driver.connect(urlsplit(command["url"]), command)
            connections[command["connection"]] = opened
        elif op in ("close", "drop"):
            getattr(connections.pop(command["connection"]), op)()
        elif "connection" in command:
            return obey_connection(op, connections[command["connection"]], command)
        else:
            return obey_subscription(op, subscriptions[command["subscription"]], command)
        return {}

    def obey_connection(op, connection, command):
        if op == "send":
            messages, transaction = command["messages"], command.get("transaction")
            connection.send(command["destination"], messages, transaction)
        elif op == "subscribe":
            subscription = connection.subscribe(command["destination"], command)
            subscriptions[command["subscription"]] = subscription
        elif op == "begin":
            connection.begin(command["transaction"])
        elif op == "end":
            connection.end(command["transaction"], command["commit"])
        elif op == "node":
            address, subscriptions[command["subscription"]] = connection.node()
            return {"address": address}
        else:
            raise ValueError("no such command: " + op)
        return {}

    def obey_subscription(op, subscription, command):
        if op == "receive":
            return {"messages": subscription.receive(command["count"], command["timeoutMs"] / 1000)}
        if op == "drain":
            return {"messages": subscription.drain()}
        if op == "acknowledge":
            subscription.acknowledge()
        elif op == "settle":
            subscription.settle(command["at"], command["outcome"], command.get("transaction"))
        elif op == "unsubscribe":
            subscription.unsubscribe(command["forget"])
        else:
            raise ValueError("no such command: " + op)
        return {}

    say({"client": driver.client, "version": driver.version})
    for line in sys.stdin:
        try:
            say({"ok": True, **obey(json.loads(line))})
        except Exception as error:  # whatever the library throws is the answer
            say({"ok": False, "error": "%s: %s" % (type(error).__name__, error)})
    os._exit(0)  # library threads must not hold the process
