"""qpid-proton at the doors with passwords and certificates. Prints a line of JSON for each test.

Its wheels on PyPI have no SCRAM: that needs a build against Cyrus SASL, which says so by
`SASL.extended()`.
"""

import json
import os
import time

from proton import SASL, ConnectionException, Message, SSLDomain, SSLUnavailable
from proton.utils import BlockingConnection, LinkDetached

TOLD = json.loads(os.environ["INTEROP_SECURITY"])
URLS = TOLD["urls"]
SECONDS = 10
count = 0


def pem(name):
    return os.path.join(TOLD["certificates"], name + ".pem")


def domain(certificate=None):
    one = SSLDomain(SSLDomain.MODE_CLIENT)
    one.set_trusted_ca_db(pem("ca"))
    one.set_peer_authentication(SSLDomain.VERIFY_PEER)
    if certificate is not None:
        one.set_credentials(pem(certificate), pem(certificate + "-key"), None)
    return one


def converse(url, **options):
    global count
    count += 1
    connection = BlockingConnection(url, timeout=SECONDS, **options)
    try:
        address = "security.python.%d" % count
        connection.create_sender(address).send(Message(body="grüezi"))
        receiver = connection.create_receiver(address)
        body = receiver.receive(SECONDS).body
        receiver.accept()
        if body != "grüezi":
            raise AssertionError("received %r" % body)
    finally:
        connection.close()


def refused(url, **options):
    try:
        converse(url, **options)
    except (ConnectionException, LinkDetached):
        return
    raise AssertionError("came in")


def test(name, body, *args, **options):
    started = time.monotonic()
    line = {"test": name}
    try:
        body(*args, **options)
    except (Exception, SSLUnavailable) as error:
        line["error"] = "%s: %s" % (type(error).__name__, error)
    line["ms"] = round((time.monotonic() - started) * 1000)
    print(json.dumps(line), flush=True)


def alice(mechanism, password=TOLD["password"]):
    return {
        "user": "alice",
        "password": password,
        "allowed_mechs": mechanism,
        "allow_insecure_mechs": True,
    }


MECHANISMS = ["PLAIN"]
if SASL.extended():
    MECHANISMS += ["SCRAM-SHA-256", "SCRAM-SHA-512"]
for mechanism in MECHANISMS:
    test(mechanism, converse, URLS["amqp"], **alice(mechanism))
    test(mechanism + " refuses a wrong password", refused, URLS["amqp"], **alice(mechanism, "no"))
    test(
        mechanism + " over TLS", converse, URLS["amqps"], ssl_domain=domain(), **alice(mechanism)
    )
test("ANONYMOUS is refused", refused, URLS["amqp"], allowed_mechs="ANONYMOUS")
test(
    "EXTERNAL by the certificate",
    converse,
    URLS["amqps"],
    ssl_domain=domain("billing"),
    allowed_mechs="EXTERNAL",
)
test(
    "EXTERNAL of a stranger is refused",
    refused,
    URLS["amqps"],
    ssl_domain=domain("stranger"),
    allowed_mechs="EXTERNAL",
)
