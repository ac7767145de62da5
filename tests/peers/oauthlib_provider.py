"""A provider of OAuth 1.0a, and an API, made with oauthlib, for our client. Everything is kept in memory.

One argument, a JSON object; see README.md. Prints one JSON object when it is ready and runs until its input ends.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import oauthlib
from oauthlib.common import safe_string_equals
from oauthlib.oauth1 import RequestValidator, WebApplicationServer

TOLD = json.loads(sys.argv[1])
OWNER = "ann"


class Memory(RequestValidator):
    """Who is registered, what was given out, and every nonce that came."""

    # Everything runs on loopback, in the clear.
    enforce_ssl = False
    # oauthlib's own bounds know letters and digits only; RFC 5849 has none.
    safe_characters = RequestValidator().safe_characters | set("-_")
    client_key_length = (1, 30)
    nonce_length = (1, 64)
    realms = ("photos",)
    dummy_client = dummy_request_token = dummy_access_token = "nobody-and-nothing--"

    def __init__(self):
        super().__init__()
        self.temporary: dict[str, dict] = {}
        self.tokens: dict[str, dict] = {}
        self.nonces: set[tuple] = set()
        self.lock = threading.Lock()

    def validate_timestamp_and_nonce(
        self, client_key, timestamp, nonce, request, request_token=None, access_token=None
    ):
        use = (client_key, timestamp, nonce, request_token or access_token)
        with self.lock:
            is_new = use not in self.nonces
            self.nonces.add(use)
        return is_new

    def validate_client_key(self, client_key, request):
        return client_key == TOLD["client_key"]

    def get_client_secret(self, client_key, request):
        return TOLD["client_secret"]

    def get_rsa_key(self, client_key, request):
        return TOLD["rsa_public_key"]

    # Temporary credentials.

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return redirect_uri in (TOLD["callback"], "oob")

    def validate_requested_realms(self, client_key, realms, request):
        return set(realms) <= {"photos"}

    def get_default_realms(self, client_key, request):
        return ["photos"]

    def save_request_token(self, token, request):
        self.temporary[token["oauth_token"]] = {
            "secret": token["oauth_token_secret"],
            "callback": request.redirect_uri,
            "realms": request.realms,
        }

    def validate_request_token(self, client_key, token, request):
        return token in self.temporary

    def get_request_token_secret(self, client_key, token, request):
        return self.temporary.get(token, {}).get("secret", "nothing")

    def invalidate_request_token(self, client_key, request_token, request):
        del self.temporary[request_token]

    # The person.

    def verify_request_token(self, token, request):
        return token in self.temporary

    def verify_realms(self, token, realms, request):
        return set(realms) <= set(self.temporary[token]["realms"])

    def get_realms(self, token, request):
        return self.temporary[token]["realms"]

    def get_redirect_uri(self, token, request):
        return self.temporary[token]["callback"]

    def save_verifier(self, token, verifier, request):
        self.temporary[token]["verifier"] = verifier["oauth_verifier"]

    def validate_verifier(self, client_key, token, verifier, request):
        return safe_string_equals(verifier, self.temporary.get(token, {}).get("verifier", ""))

    # Token credentials.

    def save_access_token(self, token, request):
        self.tokens[token["oauth_token"]] = {"secret": token["oauth_token_secret"], "realms": request.realms}

    def validate_access_token(self, client_key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, client_key, token, request):
        return self.tokens.get(token, {}).get("secret", "nothing")

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return set(realms or ()) <= set(self.tokens.get(token, {}).get("realms", ()))


MEMORY = Memory()
SERVER = WebApplicationServer(MEMORY)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    def answer(self, body: bytes):
        uri = f"http://{self.headers['host']}{self.path}"
        request = (uri, self.command, body.decode(), dict(self.headers))
        match urlsplit(self.path).path:
            case "/initiate":
                self.send(*SERVER.create_request_token_response(*request))
            case "/authorize" if self.command == "POST":
                self.decide(dict(parse_qsl(body.decode())))
            case "/token":
                extra = {"user_id": OWNER}
                self.send(*SERVER.create_access_token_response(*request, credentials=extra))
            case "/photos":
                self.show(request, body)
            case _:
                self.send({}, "", 404)

    def decide(self, form: dict):
        """What the person said, who is not asked for a password here."""
        token = form["oauth_token"]
        if form["decision"] == "allow":
            uri = "/authorize?" + urlencode({"oauth_token": token})
            return self.send(*SERVER.create_authorization_response(uri, realms=MEMORY.get_realms(token, None)))
        # RFC 5849 does not say how a refusal is told; this is what many providers do.
        callback = MEMORY.temporary.pop(token)["callback"]
        location = callback + ("&" if "?" in callback else "?") + urlencode({"denied": token})
        self.send({"Location": location}, "", 302)

    def show(self, request: tuple, body: bytes):
        is_valid, _ = SERVER.validate_protected_resource_request(*request, realms=["photos"])
        if not is_valid:
            return self.send({}, "", 401)
        seen = {"owner": OWNER, "query": parse_qs(urlsplit(self.path).query), "body": body.decode()}
        self.send({"Content-Type": "application/json"}, json.dumps(seen), 200)

    def send(self, headers: dict, body: str | None, status: int):
        content = (body or "").encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Says nothing."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    print(json.dumps({"ok": True, "provider": f"oauthlib {oauthlib.__version__}", "url": url}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
