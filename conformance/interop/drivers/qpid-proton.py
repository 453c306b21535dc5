"""Drives Qpid Proton for Python, an AMQP 1.0 client over the C engine, by its blocking API.

Links carry the capability `queue` or `topic` and names of their own: the library would name two
receivers on one address alike. Python types decide AMQP types: `int` is a long, `float` a double.
"""

import time
import uuid

import proton
from loop import describe, expand, serve
from proton import Message, symbol
from proton.reactor import AtLeastOnce, ReceiverOption, SenderOption
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


def read_map(values):
    return {str(name): read_value(value) for name, value in values.items()}


def read_body(body):
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
        "body": read_body(message.body),
        "properties": read_map(message.properties or {}),
        "priority": message.priority,
        "persistent": message.durable,
        "redelivered": message.delivery_count > 0,
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
    else:
        message.body = expand(spec["body"])
        message.inferred = isinstance(message.body, bytes)  # bytes as a data section
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


def put_capability(terminus, kind):
    terminus.capabilities.put_object(symbol(kind))


class TargetKind(SenderOption):
    def __init__(self, kind):
        self.kind = kind

    def apply(self, sender):
        put_capability(sender.target, self.kind)


class SourceKind(ReceiverOption):
    def __init__(self, kind):
        self.kind = kind

    def apply(self, receiver):
        put_capability(receiver.source, self.kind)


class Subscription:
    def __init__(self, connection, receiver, acknowledge):
        self.connection, self.receiver_link = connection, receiver
        self.auto = acknowledge == "auto"
        self.unsettled = 0

    def receive(self, count, timeout):
        until, received = time.monotonic() + timeout, []
        while len(received) < count:
            try:
                left = max(0.001, until - time.monotonic())
                received.append(read(self.receiver_link.receive(timeout=left)))
            except proton.Timeout:
                break
            self.unsettled += 1
            if self.auto:
                self.settle()
        return received

    def settle(self):
        for _ in range(self.unsettled):
            self.receiver_link.accept()
        self.unsettled = 0

    def acknowledge(self):
        self.settle()
        # Settling only notes it down; the engine writes when it is next allowed to run.
        transport = self.connection.conn.transport
        self.connection.wait(lambda: transport.pending() <= 0, msg="writing acknowledgements")


class Connection:
    def __init__(self, connection):
        self.connection = connection

    def send(self, destination, messages):
        sender = self.connection.create_sender(
            destination["name"], name=str(uuid.uuid4()), options=TargetKind(destination["kind"])
        )
        deliveries = []
        for spec in messages:
            self.connection.wait(lambda: sender.link.credit > 0, msg="credit")
            deliveries.append(sender.link.send(write(spec)))
        for delivery in deliveries:
            self.connection.wait(lambda: delivery.settled, msg="settlement")
            if delivery.remote_state != proton.Delivery.ACCEPTED:
                raise ValueError("outcome %s" % delivery.remote_state)
            delivery.settle()
        sender.close()

    def subscribe(self, destination, acknowledge):
        options = [SourceKind(destination["kind"]), AtLeastOnce()]
        receiver = self.connection.create_receiver(
            destination["name"], credit=50, name=str(uuid.uuid4()), options=options
        )
        return Subscription(self.connection, receiver, acknowledge)

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

    def connect(self, url):
        return Connection(BlockingConnection(url.geturl(), timeout=20))


serve(Driver())
