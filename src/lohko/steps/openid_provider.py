"""The provider by whom people sign in: where it sends them, and who it says that they are (OpenID Connect, code flow with PKCE).

Written after OpenID Connect Core 1.0, Discovery 1.0, RFC 7636 (PKCE) and RFC 9207;
signatures are joserfc's. Everything is asked by `outgoing.py`: a provider inside
one's own network is asked only when whoever runs Lohko named it in LOHKO_INTERNAL_HOSTS.
What a provider answers is judged as strictly as what anybody sends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, PartialError
from lohko.outgoing import Answer, Limits, Outgoing
from lohko.reachable import check_url, inside_hosts
from lohko.sources.kind import read_secret
from lohko.state.users_openid import OpenId

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""What an ID token may be signed with: keys that only the provider has; never `none`, and never a secret that two know."""
LEEWAY_SECONDS = 60
_LIMITS = Limits(seconds=15, bytes=1 << 20, attempts=1)
_FRESH_SECONDS = 3600.0
_ASK_KEYS_AGAIN_SECONDS = 60.0
"""So often at most the keys are asked for out of turn."""
_LARGEST_TOKEN = 1 << 16


class Untrue(InputError):
    """A provider's answer does not hold; `why` is a word for the audit, and says nothing of a person."""

    def __init__(self, why: str) -> None:
        super().__init__("openid_untrue", "Signing in did not work: the provider's answer does not hold.", hint="begin again.")
        self.why = why


@dataclass(frozen=True)
class Begun:
    """A sign-in that was begun: what has to come back with it."""

    state: str
    nonce: str
    verifier: str

    @staticmethod
    def new() -> Begun:
        """Three secrets that nobody can guess."""
        return Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """What is told of the verifier beforehand (S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class Identity:
    """Who a provider says that somebody is."""

    issuer: str
    subject: str
    email: str
    verified: bool
    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """What a provider says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    by_post: bool
    """Whether the client's secret goes in the form rather than in the header."""
    names_itself: bool
    """Whether its answers carry its name (RFC 9207)."""


class Provider:
    """One provider; what it says of itself and its keys are kept for an hour, and keys asked for anew when an unknown one signs."""

    def __init__(self, settings: OpenId) -> None:
        self.settings = settings
        self._guard = threading.Lock()
        self._known: tuple[_Known, float] | None = None
        self._keys: tuple[KeySet, float] | None = None
        self._asked_again = -_ASK_KEYS_AGAIN_SECONDS

    def address(self, begun: Begun, back: str) -> str:
        """Where a browser is sent; it comes back to `back` with a code and `begun.state`."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        return _with(self.known().authorization, asked)

    def goodbye(self, back: str) -> str | None:
        """Where one signs out of the provider itself, and comes back from; None when it has no such place."""
        end = self.known().end_session
        return None if end is None else _with(end, {"client_id": self.settings.client_id, "post_logout_redirect_uri": back})

    def identity(self, begun: Begun, code: str, back: str, named: str | None) -> Identity:
        """Who came back with a code; Untrue when anything about it does not hold. `named` is the `iss` that came along."""
        known = self.known()
        if named != self.settings.issuer and (named is not None or known.names_itself):
            raise Untrue("other_issuer")
        answer = self._redeem(known, begun, code, back)
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > _LARGEST_TOKEN:
            raise Untrue("no_id_token")
        claims = self._claims(token, begun.nonce)
        return self._identity(claims, known, answer.get("access_token"))

    # --- what the provider says of itself -------------------------------------------------

    def known(self) -> _Known:
        """Its addresses, from its discovery document."""
        with self._guard:
            if self._known is None or time.monotonic() - self._known[1] > _FRESH_SECONDS:
                self._known = self._discover(), time.monotonic()
            return self._known[0]

    def _discover(self) -> _Known:
        said = _object(_ask(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"))
        if said.get("issuer") != self.settings.issuer:
            raise InputError(
                "openid_other_issuer",
                "The provider calls itself something else than the issuer that is set.",
                hint="the issuer has to be written exactly as the provider's discovery document says it.",
            )
        methods = _texts(said.get("token_endpoint_auth_methods_supported")) or ("client_secret_basic",)
        return _Known(
            _place(said, "authorization_endpoint"),
            _place(said, "token_endpoint"),
            _place(said, "jwks_uri"),
            _place(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else None,
            _place(said, "end_session_endpoint") if said.get("end_session_endpoint") else None,
            "client_secret_basic" not in methods and "client_secret_post" in methods,
            said.get("authorization_response_iss_parameter_supported") is True,
        )

    def key_set(self, *, again: bool = False) -> KeySet:
        """Its keys of now. `again` asks for them anew out of turn, which a stranger's key may not make us do all the time."""
        known = self.known()
        with self._guard:
            passed = time.monotonic()
            if again and passed - self._asked_again >= _ASK_KEYS_AGAIN_SECONDS:
                self._keys, self._asked_again = None, passed
            if self._keys is None or passed - self._keys[1] > _FRESH_SECONDS:
                self._keys = _key_set(_object(_ask(known.keys))), passed
            return self._keys[0]

    # --- the code and what it buys --------------------------------------------------------

    def _redeem(self, known: _Known, begun: Begun, code: str, back: str) -> Mapping[str, Any]:
        """What the provider gives for a code. It is asked once: a code holds once."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": begun.verifier}
        secret = read_secret("client secret", self.settings.secret) if self.settings.secret else ""
        auth = None
        if secret and not known.by_post:
            auth = (quote_plus(self.settings.client_id), quote_plus(secret))
        else:
            form |= {"client_id": self.settings.client_id} | ({"client_secret": secret} if secret else {})
        answer = _ask(known.token, form=form, auth=auth)
        if answer.status >= 400:
            said = _object(answer).get("error")
            raise Untrue("code_refused" if said == "invalid_grant" else "client_refused")
        return _object(answer)

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What an ID token says, once all of it holds: who signed, by whom, for whom, until when, and for which sign-in."""
        from joserfc import errors, jwt

        try:
            try:
                read = jwt.decode(token, self.key_set(), algorithms=list(ALGORITHMS))
            except (errors.InvalidKeyIdError, errors.BadSignatureError):  # the provider may have changed its keys since
                read = jwt.decode(token, self.key_set(again=True), algorithms=list(ALGORITHMS))
            jwt.JWTClaimsRegistry(
                now=int(now().timestamp()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.settings.issuer},
                aud={"essential": True, "value": self.settings.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True},
            ).validate(read.claims)
        except errors.JoseError as error:
            raise Untrue(_why(error)) from error
        claims = read.claims
        given = claims["nonce"]
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise Untrue("wrong_nonce")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.settings.client_id) != self.settings.client_id:
            raise Untrue("wrong_azp")
        return claims

    def _identity(self, claims: Mapping[str, Any], known: _Known, access: object) -> Identity:
        """The person; what the token leaves out is asked for where the provider keeps it."""
        wanted = {"email", self.settings.verified_by, *filter(None, (self.settings.roles_from,))}
        found = dict(claims)
        if known.userinfo is not None and isinstance(access, str) and not wanted <= set(found):
            more = _object(_ask(known.userinfo, headers={"authorization": f"Bearer {access}"}))
            if more.get("sub") != claims["sub"]:
                raise Untrue("other_person")
            found = dict(more) | found
        groups = found.get(self.settings.roles_from or "")
        return Identity(
            self.settings.issuer,
            claims["sub"],
            email if isinstance(email := found.get("email"), str) else "",
            found.get(self.settings.verified_by) in (True, "true", "1"),  # some write it as a text
            name.strip()[:200] if isinstance(name := found.get("name"), str) else "",
            (groups,) if isinstance(groups, str) else _texts(groups),
        )


def check_issuer(issuer: str) -> str:
    """The issuer; InputError when it is no address of a provider that may be asked."""
    check_url(issuer, inside_hosts())
    parts = urlsplit(issuer)
    if parts.query or parts.fragment:
        raise InputError("bad_issuer", "An issuer has no ? and no #.", hint="such as https://accounts.google.com.")
    return issuer


def _why(error: Exception) -> str:
    """A word for what does not hold."""
    from joserfc import errors

    if isinstance(error, errors.ExpiredTokenError):
        return "expired"
    if isinstance(error, (errors.InvalidClaimError, errors.MissingClaimError)):
        return f"wrong_{error.claim}" if isinstance(error, errors.InvalidClaimError) else "claim_missing"
    if isinstance(error, errors.InvalidKeyIdError):
        return "unknown_signer"
    return "bad_signature"


def _ask(url: str, **more: Any) -> Answer:
    """One exchange with the provider; what it refuses is an answer too."""
    headers = {"accept": "application/json", **more.pop("headers", {})}
    form = more.get("form")
    with Outgoing(limits=_LIMITS) as client:
        try:
            return client.ask(url, method="POST" if form else "GET", headers=headers, also=(400, 401) if form else (), **more)
        except LohkoError as error:
            # Its words are about sources; whoever signs in is told that the provider cannot be asked, whoever runs Lohko the reason.
            if error.code == "address_refused":
                raise
            raise PartialError("openid_unreachable", "The provider does not answer as it should.", hint=error.message) from error


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except PartialError:
        found = None
    if not isinstance(found, dict):
        raise PartialError("openid_unreachable", "The provider does not answer as it should.", hint="it sent no JSON object.")
    return found


def _place(said: Mapping[str, Any], name: str) -> str:
    """An address from the discovery document that may be asked or gone to."""
    found = said.get(name)
    if not isinstance(found, str):
        raise PartialError("openid_unreachable", "The provider does not answer as it should.", hint=f"it names no {name}.")
    check_url(found, inside_hosts())
    return found


def _key_set(said: Mapping[str, Any]) -> KeySet:
    """The provider's keys that verify signatures; others, and those that cannot be read, are left out."""
    from joserfc import errors, jwk

    keys, listed = [], said.get("keys")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and item.get("kty") in ("RSA", "EC") and item.get("use", "sig") == "sig":
            try:
                keys.append(jwk.import_key(item))
            except (errors.JoseError, ValueError, TypeError, KeyError):
                continue
    return jwk.KeySet(keys)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"
