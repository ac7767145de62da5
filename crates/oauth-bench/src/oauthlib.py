"""Signs and verifies one request with oauthlib, as often as a line of the input says, and prints the CPU time."""

import sys
import time

from oauthlib.oauth1 import Client, RequestValidator, ResourceEndpoint

URI, BODY = sys.argv[1:]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CLIENT = ("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "AAAAAAAAnnch734d00sl2jdk", "pfkkdhi9sl3r4s00")


class Knowing(RequestValidator):
    """Has every record at hand, and takes every nonce."""

    safe_characters = property(lambda self: set(map(chr, range(33, 127))))
    client_key_length = access_token_length = nonce_length = (1, 100)
    timestamp_lifetime = 10**9
    dummy_client = dummy_access_token = "dummy"

    def validate_client_key(self, client_key, request):
        return client_key == CLIENT[0]

    def validate_access_token(self, client_key, token, request):
        return token == CLIENT[2]

    def validate_timestamp_and_nonce(self, *args, **kwargs):
        return True

    def validate_realms(self, *args, **kwargs):
        return True

    def get_client_secret(self, client_key, request):
        return CLIENT[1]

    def get_access_token_secret(self, client_key, token, request):
        return CLIENT[3]


def sign():
    key, secret, token, token_secret = CLIENT
    client = Client(key, secret, token, token_secret)
    return client.sign(URI, http_method="POST", body=BODY, headers=FORM)


SIGNED = sign()
ENDPOINT = ResourceEndpoint(Knowing())


def verify():
    uri, headers, body = SIGNED
    valid, _ = ENDPOINT.validate_protected_resource_request(uri, "POST", body, headers)
    assert valid


for line in sys.stdin:
    what, runs = line.split()
    run = {"sign": sign, "verify": verify}[what]
    start = time.thread_time_ns()
    for _ in range(int(runs)):
        run()
    print(time.thread_time_ns() - start, flush=True)
