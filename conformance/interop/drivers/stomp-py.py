"""Drives stomp.py (PyPI) with its default connection, STOMP 1.1.

The library adds content-length to every body unless `auto_content_length` is off; with it off a
bytes body needs the header from us. Bodies are left undecoded, so that bytes survive.
"""

import queue
import threading
import time
from importlib.metadata import version

import stomp
from loop import describe, expand, serve

RESERVED = {
    "destination", "message-id", "subscription", "ack", "content-length", "content-type",
    "receipt", "expires", "priority", "timestamp", "correlation-id", "reply-to", "type",
    "redelivered", "persistent", "amq-msg-type",
}  # fmt: skip
CONFIRM_SECONDS = 20


def spell(destination):
    return "/%s/%s" % (destination["kind"], destination["name"])


def parse_destination(text):
    _, _, rest = text.partition("/")
    kind, _, name = rest.partition("/")
    if kind in ("queue", "topic"):
        return {"kind": kind, "name": name}
    return {"kind": "queue", "name": text}


def headers_of(spec):
    headers = {name: value["value"] for name, value in spec.get("properties", {}).items()}
    if "correlationId" in spec:
        headers["correlation-id"] = spec["correlationId"]
    if "type" in spec:
        headers["type"] = spec["type"]
    if "replyTo" in spec:
        headers["reply-to"] = spell(spec["replyTo"])
    if "priority" in spec:
        headers["priority"] = str(spec["priority"])
    if "persistent" in spec:
        headers["persistent"] = "true" if spec["persistent"] else "false"
    return headers


def read(frame):
    headers = frame.headers
    kind = headers.get("amq-msg-type", "bytes" if "content-length" in headers else "text")
    body = frame.body if kind == "bytes" else frame.body.decode("utf-8")
    received = {
        "body": describe(body),
        "properties": {
            name: {"type": "string", "value": value}
            for name, value in headers.items()
            if name not in RESERVED
        },
        "persistent": headers.get("persistent") == "true",
        "redelivered": headers.get("redelivered") == "true",
    }
    if "correlation-id" in headers:
        received["correlationId"] = headers["correlation-id"]
    if "type" in headers:
        received["type"] = headers["type"]
    if "reply-to" in headers:
        received["replyTo"] = parse_destination(headers["reply-to"])
    if "priority" in headers:
        received["priority"] = int(headers["priority"])
    return received


class Listener(stomp.ConnectionListener):
    """Sorts frames into inboxes and receipts; remembers why the connection ended."""

    def __init__(self):
        self.inboxes = {}
        self.receipts = set()
        self.error = None
        self.changed = threading.Condition()

    def on_message(self, frame):
        self.inboxes[frame.headers["subscription"]].put(frame)

    def on_heartbeat_timeout(self):
        with self.changed:
            self.error = "the broker's heart-beats stopped"
            self.changed.notify_all()

    def on_receipt(self, frame):
        with self.changed:
            self.receipts.add(frame.headers["receipt-id"])
            self.changed.notify_all()

    def on_error(self, frame):
        with self.changed:
            self.error = "ERROR %s: %s" % (frame.headers.get("message"), frame.body)
            self.changed.notify_all()

    def on_disconnected(self):
        with self.changed:
            self.error = self.error or "the broker closed the connection"
            self.changed.notify_all()

    def await_receipts(self, ids):
        wanted = set(ids)
        with self.changed:
            self.changed.wait_for(
                lambda: self.error or wanted <= self.receipts, timeout=CONFIRM_SECONDS
            )
            if not wanted <= self.receipts:
                raise ConnectionError(self.error or "no receipt for %s" % (wanted - self.receipts))
            self.receipts -= wanted


class Subscription:
    def __init__(self, connection, listener, name, options):
        self.connection, self.listener, self.name = connection, listener, name
        self.options = options
        self.inbox = listener.inboxes[name]
        self.unsettled = []
        self.receipts = 0

    def receive(self, count, timeout):
        until, frames = time.monotonic() + timeout, []
        while len(frames) < count:
            try:
                frame = self.inbox.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                break
            if frame.headers.get("browser") == "end":
                break
            frames.append(frame)
        self.unsettled += frames
        return [read(frame) for frame in frames]

    def confirmed(self, act):
        self.receipts += 1
        receipt = "%s-%d" % (self.name, self.receipts)
        act(receipt)
        self.listener.await_receipts([receipt])

    def acknowledge(self):
        last = self.unsettled[-1].headers["message-id"]
        self.unsettled = []
        self.confirmed(lambda receipt: self.connection.ack(last, self.name, receipt=receipt))

    def settle(self, at, outcome, transaction):
        message = self.unsettled.pop(at).headers["message-id"]
        call = self.connection.ack if outcome == "accept" else self.connection.nack
        headers = {"requeue": "true"} if outcome == "fail" else {}
        self.confirmed(
            lambda receipt: call(message, self.name, transaction, receipt, **headers)
        )

    def unsubscribe(self, forget):
        headers = {}
        if forget and "durable" in self.options:
            headers["activemq.subscriptionName"] = self.options["durable"]
        self.confirmed(
            lambda receipt: self.connection.unsubscribe(self.name, receipt=receipt, **headers)
        )


class Connection:
    def __init__(self, connection, listener):
        self.connection, self.listener = connection, listener
        self.count = 0

    def name(self, prefix):
        self.count += 1
        return "%s%d" % (prefix, self.count)

    def send(self, destination, messages, transaction):
        receipts = []
        for spec in messages:
            body, headers = expand(spec["body"]), headers_of(spec)
            if isinstance(body, bytes):
                headers["content-length"] = str(len(body))
            if transaction is not None:
                headers["transaction"] = transaction
            receipts.append(self.name("r"))
            self.connection.send(spell(destination), body, headers=headers, receipt=receipts[-1])
        self.listener.await_receipts(receipts)

    def subscribe(self, destination, options):
        name, receipt = self.name("s"), self.name("r")
        self.listener.inboxes[name] = queue.Queue()
        headers = {"receipt": receipt}
        if "durable" in options:
            headers["activemq.subscriptionName"] = options["durable"]
        if "selector" in options:
            headers["selector"] = options["selector"]
        if options.get("browse"):
            headers["browser"] = "true"
        ack = {"individual": "client-individual"}.get(options["acknowledge"], options["acknowledge"])
        self.connection.subscribe(spell(destination), id=name, ack=ack, headers=headers)
        self.listener.await_receipts([receipt])
        return Subscription(self.connection, self.listener, name, options)

    def begin(self, transaction):
        self.connection.begin(transaction)

    def end(self, transaction, commit):
        receipt = self.name("r")
        call = self.connection.commit if commit else self.connection.abort
        call(transaction, receipt=receipt)
        self.listener.await_receipts([receipt])

    def close(self):
        self.connection.disconnect(receipt="bye")
        self.listener.await_receipts(["bye"])

    def drop(self):
        self.connection.transport.disconnect_socket()


class Driver:
    client = "stomp.py"
    version = version("stomp.py")

    def connect(self, url, options):
        beat = options.get("heartBeatMs", 0)
        headers = {"client-id": options["clientId"]} if "clientId" in options else {}
        connection = stomp.Connection(
            [(url.hostname, url.port)],
            auto_content_length=False,
            auto_decode=False,
            reconnect_attempts_max=1,
            heartbeats=(beat, beat),
        )
        listener = Listener()
        connection.set_listener("interop", listener)
        connection.connect(url.username, url.password, wait=True, headers=headers)
        return Connection(connection, listener)


serve(Driver())
