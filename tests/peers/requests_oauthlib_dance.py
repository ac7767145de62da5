"""requests-oauthlib against an OAuth 1.0a provider: the whole dance, once per signature method and place of
its parameters, then a photo.

One argument, a JSON object; see README.md. Prints one JSON object; the exit status tells.
"""

import json
import sys
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests
import requests_oauthlib
from requests_oauthlib import OAuth1Session
from requests_oauthlib.oauth1_session import TokenMissing, TokenRequestDenied

MOST_PAGES = 12


def main() -> None:
    told = json.loads(sys.argv[1])
    methods, places = told.get("methods", ["HMAC-SHA1"]), told.get("places", ["AUTH_HEADER"])
    done = [dance(told, method, place)[1] for method in methods for place in places]
    print(json.dumps({"ok": True, "client": f"requests-oauthlib {requests_oauthlib.__version__}", "dances": done}))


def session_of(told: dict, method: str, **more) -> OAuth1Session:
    """A session of the application."""
    registered = {"client_secret": told["client_secret"], "rsa_key": told.get("rsa_key")}
    session = OAuth1Session(told["client_key"], signature_method=method, **{**registered, **more})
    return trusting(session, told)


def trusting(session: requests.Session, told: dict) -> requests.Session:
    # The environment would name authorities of its own.
    session.trust_env, session.verify = False, told.get("authority", True)
    return session


def dance(told: dict, method: str, place: str) -> tuple[dict, dict]:
    """Temporary credentials, login and consent, token credentials, and what must hold afterwards.

    `place` is where the parameters of the requests for credentials travel.
    """
    session = session_of(told, method, signature_type=place, callback_uri=told["callback_url"])
    temporary = session.fetch_request_token(told["temporary_credentials_url"])
    check(temporary.get("oauth_callback_confirmed") == "true", "the callback is not confirmed")

    visited, callback = walk(session.authorization_url(told["authorization_url"]), told)
    answer = session.parse_authorization_response(callback)
    check(answer["oauth_token"] == temporary["oauth_token"], "the callback names another token")
    check(bool(answer.get("oauth_verifier")), "the callback has no verifier")
    token = session.fetch_access_token(told["token_url"])
    check(token["oauth_token"] != temporary["oauth_token"], "the temporary credentials became the token")

    own = {"resource_owner_key": token["oauth_token"], "resource_owner_secret": token["oauth_token_secret"]}
    session = session_of(told, method, **own)
    request = session.prepare_request(requests.Request("GET", told["photo_url"]))
    first = session.send(request)
    check(first.status_code == 200, f"no photo: {first.status_code} {first.text}")
    again = session.send(request)
    check(again.status_code == 401, f"the same nonce was taken twice: {again.status_code}")

    wrong = session_of(told, method, **own, **another_key(method)).get(told["photo_url"])
    check(wrong.status_code == 401, f"a wrong signature was taken: {wrong.status_code}")

    spent = session_of(
        told,
        method,
        signature_type=place,
        resource_owner_key=temporary["oauth_token"],
        resource_owner_secret=temporary["oauth_token_secret"],
        verifier=answer["oauth_verifier"],
    )
    try:
        spent.fetch_access_token(told["token_url"])
    except TokenRequestDenied as denied:
        check(denied.status_code == 401, f"spent credentials: {denied.status_code}")
    except TokenMissing as missing:
        raise AssertionError("spent credentials were answered with success") from missing
    else:
        raise AssertionError("the temporary credentials were taken twice")

    kind = first.headers.get("content-type")
    photo = {"type": kind, "bytes": len(first.content)}
    return own, {"method": method, "place": place, "photo": photo, "visited": visited}


def another_key(method: str) -> dict:
    """What a forger has: no key of the application."""
    if not method.startswith("RSA-"):
        return {"client_secret": "another"}
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"rsa_key": pem.decode()}


def walk(url: str, told: dict) -> tuple[list, str]:
    """Logs in and consents as a person would, and stops in front of the callback."""
    browser = trusting(requests.Session(), told)
    visited: list = []
    request = requests.Request("GET", url)
    while len(visited) < MOST_PAGES:
        response = browser.send(browser.prepare_request(request), allow_redirects=False)
        visited.append({"method": request.method, "url": request.url, "status": response.status_code})
        location = response.headers.get("location")
        if location:
            target = urljoin(request.url, location)
            if target.startswith(told["callback_url"]):
                return visited, target
            request = requests.Request("GET", target)
            continue
        check(response.ok, f"{request.method} {request.url}: {response.status_code}\n{response.text}")
        request = Form.on(response).fill_in(told["username"], told["password"])
    raise AssertionError(f"no callback after {MOST_PAGES} pages: {visited}")


class Form(HTMLParser):
    """The first form of a page."""

    def __init__(self, base: str):
        super().__init__()
        self.base = base
        self.form: dict | None = None
        self.open = False
        self.fields: list[dict] = []

    @classmethod
    def on(cls, response: requests.Response) -> "Form":
        form = cls(response.url)
        form.feed(response.text)
        check(form.form is not None, f"no form on {response.url}:\n{response.text}")
        return form

    def handle_starttag(self, tag: str, attributes: list) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form" and self.form is None:
            self.form, self.open = found, True
        elif self.open and tag in ("input", "button"):
            default = "submit" if tag == "button" else "text"
            self.fields.append({"type": default, "value": "", "name": "", **found})

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = False

    def fill_in(self, username: str, password: str) -> requests.Request:
        data = []
        buttons = [field for field in self.fields if field["type"] == "submit"]
        allow = [button for button in buttons if (button["name"], button["value"]) == ("decision", "allow")]
        for field in self.fields:
            if not field["name"] or field["type"] == "submit":
                continue
            if field["type"] == "hidden":
                data.append((field["name"], field["value"]))
            elif field["type"] == "password":
                data.append((field["name"], password))
            elif field["type"] in ("checkbox", "radio"):
                if "checked" in field:
                    data.append((field["name"], field["value"] or "on"))
            else:
                data.append((field["name"], username))
        for button in (allow or buttons)[:1]:
            if button["name"]:
                data.append((button["name"], button["value"]))
        action = urljoin(self.base, self.form.get("action") or self.base)
        if self.form.get("method", "get").lower() == "post":
            origin = "/".join(action.split("/")[:3])
            return requests.Request("POST", action, data=data, headers={"Origin": origin})
        return requests.Request("GET", action, params=data)


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


if __name__ == "__main__":
    main()
