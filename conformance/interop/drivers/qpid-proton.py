"""Drives Qpid Proton for Python, an AMQP 1.0 client over the C engine, by its blocking API.

Links carry the capability `queue` or `topic` and names of their own: the library would name two
receivers on one address alike. Python types decide AMQP types: `int` is a long, `float` a double.
"""

import time
import uuid

import proton
from loop import describe, expand, serve
from proton import Message, Terminus, symbol
from proton.handlers import TransactionHandler
from proton.reactor import AtLeastOnce, Container, ReceiverOption, Selector, SenderOption
from proton.utils import BlockingConnection

# Ours, how to make one from its text, and how to read one back: in this order, since some of
# these classes are subclasses of others.
TYPES = [
    ("boolean", bool, lambda text: text == "true"),
    ("byte", proton.byte, lambda text: proton.byte(int(text))),
    ("short", proton.short, lambda text: proton.short(int(text))),
    ("int", proton.int32, lambda text: proton.int32(int(text))),
    ("ubyte", proton.ubyte, lambda text: proton.ubyte(int(text))),
    ("ushort", proton.ushort, lambda text: proton.ushort(int(text))),
    ("uint", proton.uint, lambda text: proton.uint(int(text))),
    ("ulong", proton.ulong, lambda text: proton.ulong(int(text))),
    ("timestamp", proton.timestamp, lambda text: proton.timestamp(int(text))),
    ("long", int, int),
    ("float", proton.float32, lambda text: proton.float32(float(text))),
    ("double", float, float),
    ("char", proton.char, proton.char),
    ("symbol", symbol, symbol),
    ("string", str, str),
    ("uuid", uuid.UUID, uuid.UUID),
    ("binary", (bytes, memoryview), bytes.fromhex),
]
MAKE = {name: make for name, _, make in TYPES}


OUTCOMES = {
    "accept": proton.Delivery.ACCEPTED,
    "reject": proton.Delivery.REJECTED,
    "release": proton.Delivery.RELEASED,
    "fail": proton.Delivery.MODIFIED,
    "undeliverable": proton.Delivery.MODIFIED,
}


def write_map(values):
    return {name: MAKE[v["type"]](v["value"]) for name, v in values.items()}


def read_value(value):
    for name, kind, _ in TYPES:
        if isinstance(value, kind):
            if name == "boolean":
                return {"type": name, "value": "true" if value else "false"}
            if name == "binary":
                return {"type": name, "value": bytes(value).hex()}
            if name in ("float", "double"):
                return {"type": name, "value": repr(float(value))}
            number = isinstance(value, int)  # whose own `str` names the class
            return {"type": name, "value": str(int(value) if number else value)}
    return {"type": type(value).__name__, "value": str(value)}


def read_id(value):
    """Of numbers, ids are ulongs only; the library hands them out as plain ones."""
    read = read_value(value)
    return {**read, "type": "ulong"} if read["type"] == "long" else read


def read_map(values):
    return {str(name): read_value(value) for name, value in values.items()}


def read_body(message):
    body = message.body
    if message.inferred and isinstance(body, list):
        return {"kind": "stream", "items": [read_value(item) for item in body]}
    if isinstance(body, (str, bytes, memoryview)):
        return describe(bytes(body) if isinstance(body, memoryview) else body)
    if isinstance(body, dict):
        return {"kind": "map", "entries": read_map(body)}
    return {"kind": "other", "what": repr(body)}


def parse_address(address):
    for kind in ("queue", "topic"):
        if address.startswith(kind + "://"):
            return {"kind": kind, "name": address[len(kind) + 3 :]}
    return {"kind": "queue", "name": address}


def read(message):
    received = {
        "body": read_body(message),
        "properties": read_map(message.properties or {}),
        "priority": message.priority,
        "persistent": message.durable,
        "redelivered": message.delivery_count > 0,
    }
    if message.expiry_time:
        received["amqp"] = {
            "messageId": read_id(message.id),
            "correlationId": read_id(message.correlation_id),
            "createdAt": str(round(message.creation_time * 1000)),
            "expiresAt": str(round(message.expiry_time * 1000)),
        }
    if message.correlation_id is not None:
        received["correlationId"] = str(message.correlation_id)
    if message.subject is not None:
        received["type"] = message.subject
    if message.reply_to is not None:
        received["replyTo"] = parse_address(message.reply_to)
    return received


def write(spec):
    message = Message(durable=spec.get("persistent", False))
    if "map" in spec["body"]:
        message.body = write_map(spec["body"]["map"])
        # Without this a JMS client takes the map for an object. [JMS mapping 3.2]
        message.annotations = {symbol("x-opt-jms-msg-type"): proton.byte(2)}
    elif "stream" in spec["body"]:
        message.body = [MAKE[v["type"]](v["value"]) for v in spec["body"]["stream"]]
        message.inferred = True  # a list as a sequence section
        message.annotations = {symbol("x-opt-jms-msg-type"): proton.byte(4)}
    else:
        message.body = expand(spec["body"])
        message.inferred = isinstance(message.body, bytes)  # bytes as a data section
    if "amqp" in spec:
        ids = spec["amqp"]
        message.id = MAKE[ids["messageId"]["type"]](ids["messageId"]["value"])
        message.correlation_id = MAKE[ids["correlationId"]["type"]](ids["correlationId"]["value"])
        message.creation_time = int(ids["createdAt"]) / 1000
        message.expiry_time = int(ids["expiresAt"]) / 1000
    if "properties" in spec:
        message.properties = write_map(spec["properties"])
    if "correlationId" in spec:
        message.correlation_id = spec["correlationId"]
    if "type" in spec:
        message.subject = spec["type"]
    if "replyTo" in spec:
        message.reply_to = spec["replyTo"]["name"]
    if "priority" in spec:
        message.priority = spec["priority"]
    return message


def put_capabilities(terminus, *names):
    data = terminus.capabilities
    data.put_array(False, proton.Data.SYMBOL)
    data.enter()
    for name in names:
        data.put_symbol(symbol(name))
    data.exit()


class TargetKind(SenderOption):
    def __init__(self, kind):
        self.kind = kind

    def apply(self, sender):
        put_capabilities(sender.target, self.kind)


class SourceKind(ReceiverOption):
    """Capabilities, and what a durable subscription and a browser say of their source."""

    def __init__(self, kind, options):
        self.kind, self.options = kind, options

    def apply(self, receiver):
        source = receiver.source
        shared = ("shared", "global") if "shared" in self.options else ()
        put_capabilities(source, self.kind, *shared)
        if "durable" in self.options:
            source.durability = Terminus.DELIVERIES
            source.expiry_policy = Terminus.EXPIRE_NEVER
        if self.options.get("browse"):
            source.distribution_mode = Terminus.DIST_MODE_COPY


CREDIT = 50


class Subscription:
    def __init__(self, connection, receiver, auto):
        self.connection, self.receiver_link = connection, receiver
        self.auto = auto
        self.unsettled = []

    @property
    def fetcher(self):
        return self.receiver_link.fetcher

    def receive(self, count, timeout):
        until, received = time.monotonic() + timeout, []
        while len(received) < count:
            left = max(0.001, until - time.monotonic())
            try:
                self.connection.connection.wait(lambda: self.fetcher.has_message, timeout=left)
            except proton.Timeout:
                break
            received.append(self.take())
        return received

    def take(self):
        message, delivery = self.fetcher.incoming.popleft()
        if self.auto:
            self.update(delivery, proton.Delivery.ACCEPTED)
            self.receiver_link.link.flow(1)
        else:
            self.unsettled.append(delivery)
        return read(message)

    def update(self, delivery, state, transaction=None):
        if transaction is not None:
            self.connection.transactions[transaction].accept(delivery)
            return
        delivery.update(state)
        delivery.settle()

    def acknowledge(self):
        for delivery in self.unsettled:
            self.update(delivery, proton.Delivery.ACCEPTED)
        self.unsettled = []
        # Settling only notes it down; the engine writes when it is next allowed to run.
        transport = self.connection.connection.conn.transport
        self.connection.connection.wait(lambda: transport.pending() <= 0, msg="acknowledging")

    def settle(self, at, outcome, transaction):
        delivery = self.unsettled.pop(at)
        if outcome in ("fail", "undeliverable"):
            delivery.local.failed = True
            delivery.local.undeliverable = outcome == "undeliverable"
        self.update(delivery, OUTCOMES[outcome], transaction)

    def drain(self):
        link = self.receiver_link.link
        link.drain(0)
        self.connection.connection.wait(lambda: not link.draining() and link.credit == 0)
        received = []
        while self.fetcher.has_message:
            received.append(self.take())
        link.drain_mode = False
        link.flow(CREDIT - link.credit)
        return received

    def unsubscribe(self, forget):
        if forget:
            self.receiver_link.close()
        else:
            self.receiver_link.detach()


class Ended(TransactionHandler):
    """Remembers how a transaction ended."""

    def __init__(self):
        super().__init__()
        self.how = None

    def on_transaction_committed(self, event):
        self.how = "committed"

    def on_transaction_aborted(self, event):
        self.how = "aborted"

    def on_transaction_commit_failed(self, event):
        self.how = "not committed"


class Connection:
    def __init__(self, connection):
        self.connection = connection
        self.transactions = {}
        self.links = 0

    def send(self, destination, messages, transaction):
        sender = self.connection.create_sender(
            destination["name"], name=str(uuid.uuid4()), options=TargetKind(destination["kind"])
        )
        deliveries = []
        for spec in messages:
            self.connection.wait(lambda: sender.link.credit > 0, msg="credit")
            if transaction is None:
                deliveries.append(sender.link.send(write(spec)))
            else:
                deliveries.append(self.transactions[transaction].send(sender.link, write(spec)))
        for delivery in deliveries:
            self.connection.wait(lambda: delivery.settled, msg="settlement")
            if transaction is None and delivery.remote_state != proton.Delivery.ACCEPTED:
                raise ValueError("outcome %s" % delivery.remote_state)
            delivery.settle()
        sender.close()

    def subscribe(self, destination, options):
        terminus = [SourceKind(destination["kind"], options), AtLeastOnce()]
        if "selector" in options:
            terminus.append(Selector(options["selector"]))
        self.links += 1
        name = options.get("durable", str(uuid.uuid4()))
        if "shared" in options:
            name = "%s|global%d" % (options["shared"], self.links)
        receiver = self.connection.create_receiver(
            destination["name"], credit=CREDIT, name=name, options=terminus
        )
        return Subscription(self, receiver, options["acknowledge"] == "auto")

    def begin(self, transaction):
        handler = Ended()
        container = self.connection.container
        begun = container.declare_transaction(self.connection.conn, handler)
        self.connection.wait(lambda: begun.id is not None, msg="declare")
        self.transactions[transaction] = begun

    def end(self, transaction, commit):
        ending = self.transactions.pop(transaction)
        if commit:
            ending.commit()
        else:
            ending.abort()
        self.connection.wait(lambda: ending.handler.how is not None, msg="discharge")
        if ending.handler.how != ("committed" if commit else "aborted"):
            raise ValueError("the transaction ended: %s" % ending.handler.how)

    def node(self):
        receiver = self.connection.create_receiver(None, credit=CREDIT, dynamic=True)
        return receiver.link.remote_source.address, Subscription(self, receiver, True)

    def close(self):
        self.connection.close()

    def drop(self):
        # No close frame: cut the transport, then let the engine notice.
        self.connection.closing = True
        transport = self.connection.conn.transport
        transport.close_head()
        transport.close_tail()
        self.connection.run()


class Driver:
    client = "qpid-proton"
    version = "%d.%d.%d" % (proton.VERSION_MAJOR, proton.VERSION_MINOR, proton.VERSION_POINT)

    def connect(self, url, options):
        container = Container()
        container.container_id = options.get("clientId", str(uuid.uuid4()))
        return Connection(BlockingConnection(url.geturl(), timeout=20, container=container))


serve(Driver())
