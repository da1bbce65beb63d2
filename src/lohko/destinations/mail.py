"""E-mail by SMTP, to colleagues: reports, never audiences.

The server is named by the environment of the process (LOHKO_SMTP_HOST, _PORT, _USER,
_PASSWORD, _FROM, _SECURITY), so that no secret is in the workspace. TLS and the server's
certificate are checked, unless LOHKO_SMTP_SECURITY is `none`, which sends no password.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from lohko.base.clock import now
from lohko.base.errors import InputError, PartialError

_SECURITY = ("starttls", "tls", "none")
_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A mail server and who sends through it."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


def server_of(environment: Mapping[str, str] = os.environ) -> Server:
    """The server that the environment names; InputError that says what is missing or wrong."""
    host, sender = environment.get("LOHKO_SMTP_HOST"), environment.get("LOHKO_SMTP_FROM")
    if not host or not sender:
        raise InputError(
            "no_smtp",
            "No mail server is named.",
            hint="set LOHKO_SMTP_HOST and LOHKO_SMTP_FROM (and _PORT, _USER, _PASSWORD, _SECURITY) for the process.",
        )
    security = environment.get("LOHKO_SMTP_SECURITY", "starttls")
    if security not in _SECURITY:
        raise InputError("bad_smtp", "LOHKO_SMTP_SECURITY is none of its values.", hint=", ".join(_SECURITY) + ".")
    port = environment.get("LOHKO_SMTP_PORT") or {"starttls": "587", "tls": "465", "none": "25"}[security]
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InputError("bad_smtp", "LOHKO_SMTP_PORT is no port.", hint="a number such as 587.")
    user, password = environment.get("LOHKO_SMTP_USER"), environment.get("LOHKO_SMTP_PASSWORD")
    if user and security == "none":
        raise InputError(
            "bad_smtp", "A password is not sent without TLS.", hint="set LOHKO_SMTP_SECURITY to starttls or tls, or leave the user out."
        )
    return Server(host, int(port), sender, security, user, password)


def send(server: Server, receivers: Sequence[str], subject: str, text: str, attachments: Sequence[Attachment] = ()) -> None:
    """Send one message to all receivers; PartialError when some are refused, InputError when the server cannot be used."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, ", ".join(receivers), " ".join(subject.split())
    message["Date"] = formatdate(now().timestamp())
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    for item in attachments:
        main, _, sub = item.media_type.partition("/")
        message.add_attachment(item.content, maintype=main, subtype=sub, filename=item.name)
    try:
        refused = _deliver(server, message)
    except smtplib.SMTPRecipientsRefused as error:
        raise InputError("mail_refused", "The mail server refused every receiver.", place=server.host) from error
    except smtplib.SMTPAuthenticationError as error:
        raise InputError("mail_not_signed_in", "The mail server did not take the user and password.", place=server.host) from error
    except (smtplib.SMTPException, OSError) as error:
        raise InputError("mail_failed", f"The mail server cannot be used ({type(error).__name__}).", place=server.host) from error
    if refused:
        raise PartialError("mail_refused", f"The mail server refused {refused} of {len(receivers)} receivers.", place=server.host)


def _deliver(server: Server, message: EmailMessage) -> int:
    """How many receivers were refused."""
    context = ssl.create_default_context()
    kept: smtplib.SMTP
    if server.security == "tls":
        kept = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
    else:
        kept = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    with kept as connection:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password or "")
        return len(connection.send_message(message))
