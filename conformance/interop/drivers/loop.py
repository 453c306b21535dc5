"""The ear and mouth of the drivers written in Python: see dialogue.ts for the words.

A driver gives `serve` an object with `client`, `version` and `connect(url)`; what `connect`
returns has `send`, `subscribe`, `close` and `drop`; what `subscribe` returns has `receive` and
`acknowledge`. Standard output belongs to the answers alone.
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
            connections[command["connection"]] = driver.connect(urlsplit(command["url"]))
        elif op == "send":
            connection = connections[command["connection"]]
            connection.send(command["destination"], command["messages"])
        elif op == "subscribe":
            connection = connections[command["connection"]]
            subscriptions[command["subscription"]] = connection.subscribe(
                command["destination"], command["acknowledge"]
            )
        elif op == "receive":
            subscription = subscriptions[command["subscription"]]
            return subscription.receive(command["count"], command["timeoutMs"] / 1000)
        elif op == "acknowledge":
            subscriptions[command["subscription"]].acknowledge()
        elif op == "close":
            connections.pop(command["connection"]).close()
        elif op == "drop":
            connections.pop(command["connection"]).drop()
        else:
            raise ValueError("no such command: " + op)
        return None

    say({"client": driver.client, "version": driver.version})
    for line in sys.stdin:
        try:
            messages = obey(json.loads(line))
            say({"ok": True} if messages is None else {"ok": True, "messages": messages})
        except Exception as error:  # whatever the library throws is the answer
            say({"ok": False, "error": "%s: %s" % (type(error).__name__, error)})
    os._exit(0)  # library threads must not hold the process
