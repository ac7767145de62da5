"""requests-oauthlib against an API: requests of every kind, signed by every method in every place.

Each is sent twice: changed on its way, which must be refused, and then as it was signed, which must be admitted.
One argument, a JSON object; see README.md. Prints one JSON object; the exit status tells.
"""

import json
import sys

import requests
import requests_oauthlib

from requests_oauthlib_dance import check, dance, session_of

# Whatever needs care: spaces, plus signs, reserved and unreserved characters, letters of other scripts, empty values,
# names that come twice, with the greater value first.
PARAMETERS = [("file", "summer vacation+1.jpg"), ("size", "b"), ("size", "a"), ("a b", "=&%25~-._!*'()"), ("ü", "☃")]
EMPTY = [("nothing", "")]


def main() -> None:
    told = json.loads(sys.argv[1])
    done = 0
    for method in told["methods"]:
        own, _ = dance(told, method, "AUTH_HEADER")
        for name, place, request in kinds(told["photo_url"]):
            send(told, method, place, name, request, own)
            done += 1
    print(json.dumps({"ok": True, "client": f"requests-oauthlib {requests_oauthlib.__version__}", "requests": done}))


def kinds(url: str):
    """What is sent, and where its signature travels: JSON is covered by `oauth_body_hash`."""
    for place in ("AUTH_HEADER", "QUERY"):
        yield "get", place, requests.Request("GET", url, params=PARAMETERS + EMPTY)
    for place in ("AUTH_HEADER", "QUERY", "BODY"):
        yield "form", place, requests.Request("POST", url, data=PARAMETERS)
    for place in ("AUTH_HEADER", "QUERY"):
        yield "json", place, requests.Request("POST", url, json={"title": "Größe + ☃", "tags": ["a", "a"]})


def send(told: dict, method: str, place: str, name: str, request: requests.Request, own: dict) -> None:
    session = session_of(told, method, signature_type=place, force_include_body=name == "json", **own)
    request = session.prepare_request(request)
    what = f"{name} signed by {method} in {place}"
    check(name != "json" or "oauth_body_hash" in str(request.headers) + request.url, f"{what}: no hash")

    # A signature by PLAINTEXT covers nothing, but the hash of a body is there to be compared.
    if method != "PLAINTEXT" or name == "json":
        refused = session.send(changed(name, request))
        check(refused.status_code == 401, f"{what}: changed, and {refused.status_code}")
    admitted = session.send(request)
    check(admitted.status_code == 200, f"{what}: {admitted.status_code} {admitted.headers} {admitted.text}")
    seen = admitted.json()
    check((seen["method"], seen["subject"]) == (request.method, told["username"]), f"{what}: {seen}")
    check(seen["body"] == text(request.body), f"{what}: the body did not arrive")


def changed(name: str, signed: requests.PreparedRequest) -> requests.PreparedRequest:
    """The same with one letter changed; the length stays."""
    request = signed.copy()
    if name == "get":
        request.url = request.url.replace("vacation", "vocation")
        check(request.url != signed.url, "nothing was changed")
    else:
        request.body = text(request.body).replace("a", "o", 1).encode()
        check(request.body != text(signed.body).encode(), "nothing was changed")
    return request


def text(body: str | bytes | None) -> str:
    return body.decode() if isinstance(body, bytes) else body or ""


if __name__ == "__main__":
    main()
