"""A provider of OpenID Connect that tests start: discovery, keys that change, codes with PKCE, tokens, and userinfo; over real HTTP.

Written from OpenID Connect Core and Discovery and RFC 7636. What it says of somebody, and
what is wrong with what it says, a test sets in `person` and `spoil`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from lohko.base.clock import now

CLIENT, SECRET = "lohko-client", "the secret: of lohko/äö"


class Provider:
    """One provider, with one person at its door."""

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.keys = [self.new_key("RSA")]
        self.reset({})

    def reset(self, person: dict[str, Any]) -> None:
        """As at first, with another person at the door."""
        self.person = dict(person)
        self.extra: dict[str, Any] = {}
        self.spoil: Callable[[dict[str, Any]], None] = lambda claims: None
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.in_userinfo: tuple[str, ...] = ()
        self.userinfo_of: str | None = None
        self.asked.clear()

    @staticmethod
    def new_key(kind: str) -> RSAKey | ECKey:
        named = {"kid": secrets.token_hex(4), "use": "sig"}
        return RSAKey.generate_key(2048, named) if kind == "RSA" else ECKey.generate_key("P-256", named)

    def rotate(self, kind: str = "RSA") -> None:
        """From now on it signs with another key, and shows only that."""
        self.keys = [self.new_key(kind)]

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        key = self.keys[0]
        how = {"alg": "RS256" if key.key_type == "RSA" else "ES256", "kid": key.kid} | header
        return jwt.encode(how, claims, key)

    def code_for(self, asked: dict[str, str]) -> str:
        """What a browser brings back after its person has signed in."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code

    def discovery(self) -> dict[str, Any]:
        at = self.address
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize?of=lohko",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "userinfo_endpoint": f"{at}/userinfo",
            "end_session_endpoint": f"{at}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        } | self.extra

    def claims(self, nonce: str) -> dict[str, Any]:
        at = int(now().timestamp())
        said = {name: value for name, value in self.person.items() if name not in self.in_userinfo}
        return {"iss": self.address, "aud": CLIENT, "exp": at + 300, "iat": at, "nonce": nonce} | said

    def token(self, form: dict[str, str], headers: Any) -> tuple[int, dict[str, Any]]:
        """The exchange of a code, as strict as the specification."""
        method, _, given = headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(given).decode().partition(":") if method == "Basic" else (form.get("client_id", ""), "", "")
        if (unquote_plus(client), unquote_plus(secret) or form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        same = asked is not None and asked["code_challenge"] == challenge and asked["redirect_uri"] == form["redirect_uri"]
        if asked is None or not same or form["grant_type"] != "authorization_code":
            return 400, {"error": "invalid_grant"}
        claims = self.claims(asked["nonce"])
        self.spoil(claims)
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.sign(claims)}


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider on a free port of loopback."""
    provider = Provider()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            if path == "/.well-known/openid-configuration":
                self._say(200, provider.discovery())
            elif path == "/keys":
                self._say(200, {"keys": [key.as_dict(private=False) for key in provider.keys]})
            elif path == "/userinfo" and self.headers.get("authorization") == "Bearer an-access-token":
                self._say(200, provider.person | ({"sub": provider.userinfo_of} if provider.userinfo_of else {}))
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say(*provider.token({name: values[0] for name, values in parse_qs(body).items()}, self.headers))

        def _say(self, status: int, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
