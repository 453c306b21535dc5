"""stomp.py at the doors with passwords and certificates. Prints a line of JSON for each test."""

import json
import os
import queue
import time
from urllib.parse import urlsplit

import stomp

TOLD = json.loads(os.environ["INTEROP_SECURITY"])
SECONDS = 10
count = 0


def pem(name):
    return os.path.join(TOLD["certificates"], name + ".pem")


class Listener(stomp.ConnectionListener):
    def __init__(self):
        self.bodies = queue.Queue()

    def on_message(self, frame):
        self.bodies.put(frame.body)


def converse(door, login=None, passcode=None, certificate=None):
    global count
    count += 1
    url = urlsplit(TOLD["urls"][door])
    at = [(url.hostname, url.port)]
    connection = stomp.Connection12(at, reconnect_attempts_max=1)
    if certificate is not None:
        keys = {}
        if certificate:
            keys = {"cert_file": pem(certificate), "key_file": pem(certificate + "-key")}
        connection.set_ssl(for_hosts=at, ca_certs=pem("ca"), **keys)
    listener = Listener()
    connection.set_listener("", listener)
    connection.connect(login, passcode, wait=True, with_connect_command=True)
    try:
        destination = "/queue/security.stomp.py.%d" % count
        connection.subscribe(destination, id="1")
        connection.send(destination, "grüezi")
        body = listener.bodies.get(timeout=SECONDS)
        if body != "grüezi":
            raise AssertionError("received %r" % body)
    finally:
        connection.disconnect()


def refused(*args, **options):
    try:
        converse(*args, **options)
    except stomp.exception.ConnectFailedException:
        return
    raise AssertionError("came in")


def test(name, body, *args, **options):
    started = time.monotonic()
    line = {"test": name}
    try:
        body(*args, **options)
    except Exception as error:
        line["error"] = "%s: %s" % (type(error).__name__, error)
    line["ms"] = round((time.monotonic() - started) * 1000)
    print(json.dumps(line), flush=True)


PASSWORD = TOLD["password"]
test("login and passcode", converse, "stomp", "alice", PASSWORD)
test("login and passcode with a ready verifier", converse, "stomp", "bob", PASSWORD)
test("a wrong passcode is refused", refused, "stomp", "alice", "wrong")
test("no login is refused", refused, "stomp")
test("login and passcode over TLS", converse, "stomps", "alice", PASSWORD, "")
test("TLS at the door for all", converse, "multi", "alice", PASSWORD, "")
test("the certificate instead of a login", converse, "stomps", certificate="billing")
test("a stranger's certificate instead of a login", refused, "stomps", certificate="stranger")
