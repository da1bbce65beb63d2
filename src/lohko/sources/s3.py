"""A bucket of S3 or of a storage that speaks as it does: each object is a file, taken when it has changed.

Requests are signed as AWS describes it (Signature Version 4) and go out through the one
client like all others. Which objects were taken, with their ETags, is the cursor.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import hashlib
import hmac
import re
import xml.etree.ElementTree as Tree
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from lohko.base.clock import now
from lohko.base.errors import InputError, PartialError
from lohko.sources.files import READING, SHEET, stream_of
from lohko.sources.kind import REFUSED, Arrived, Kind, Page, Reach, Setting, onward, taken

_EMPTY = hashlib.sha256(b"").hexdigest()
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    stream = stream_of(reach.settings, "the objects of the bucket")
    objects = _objects(reach)
    cursor = reach.cursor(stream)
    known = taken(cursor, objects)
    if known != cursor.get("taken", {}):
        yield Page(stream, (), {"taken": dict(known)})
    for key, mark in objects.items():
        if known.get(key, "").removeprefix(REFUSED) == mark:
            continue
        url = _url(reach, key)
        path = reach.scratch / "object"
        with reach.client.reading(url, _signed(reach, url, {})) as (_headers, pieces), path.open("wb") as target:
            for piece in pieces:
                target.write(piece)
        used, refused = {**known, key: mark}, {**known, key: REFUSED + mark}
        arrived = Arrived(stream, path, PurePosixPath(key).name, {"taken": used}, {"taken": refused})
        yield arrived
        known = refused if arrived.left_out else used


def _objects(reach: Reach) -> dict[str, str]:
    """The objects that match, by key, with their ETags; in the order in which they were written."""
    found: list[tuple[str, str, str]] = []
    token: str | None = None
    while True:
        query = {"list-type": "2", "prefix": reach.settings.get("prefix", ""), **({"continuation-token": token} if token else {})}
        url = _url(reach, "")
        tree = _tree(reach.client.ask(f"{url}?{encoded(query)}", headers=_signed(reach, url, query)).body)
        for item in tree.iterfind("Contents"):
            key = item.findtext("Key") or ""
            if (
                not key.endswith("/")
                and fnmatch.fnmatch(PurePosixPath(key).name, reach.settings["pattern"])
                and item.findtext("Size") != "0"
            ):
                found.append((item.findtext("LastModified") or "", key, (item.findtext("ETag") or "").strip('"')))
        token = onward(tree.findtext("NextContinuationToken") or None, token)
        if token is None:
            return {key: mark for _, key, mark in sorted(found)}


def _tree(body: bytes) -> Tree.Element:
    """The list without its name spaces; one that defines entities is refused, since they could be made to grow."""
    if b"<!" in body:
        raise PartialError("source_answer", "The storage answered with a list that is not read.")
    try:
        return Tree.fromstring(re.sub(rb'\sxmlns="[^"]*"', b"", body, count=1))  # noqa: S314 - without entities there is nothing to expand
    except Tree.ParseError as error:
        raise PartialError("source_answer", "The storage answered with something that is no list.") from error


def _url(reach: Reach, key: str) -> str:
    """An object's address, the bucket in its path, which every such storage understands."""
    bucket = reach.settings["bucket"]
    if not _BUCKET.fullmatch(bucket):
        raise InputError("bad_setting", f"{bucket!r} is no bucket's name.")
    base = reach.settings.get("address") or f"https://s3.{reach.settings['region']}.amazonaws.com"
    return f"{base.rstrip('/')}/{bucket}" + (f"/{quote(key, safe='/-_.~')}" if key else "")


def _signed(reach: Reach, url: str, query: Mapping[str, str]) -> dict[str, str]:
    return signed(url, query, reach.settings["region"], reach.secret("key"), reach.secret("secret"), now())


def encoded(query: Mapping[str, str]) -> str:
    """A query as it is signed: in the order of its names, every other sign as %XX."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))


def signed(
    url: str, query: Mapping[str, str], region: str, key: str, secret: str, at: dt.datetime, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The headers of a signed GET without a body."""
    parts, day, time = urlsplit(url), at.strftime("%Y%m%d"), at.strftime("%Y%m%dT%H%M%SZ")
    headers = {**(more or {}), "host": parts.netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": time}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(("GET", parts.path or "/", encoded(query), lines, names, _EMPTY))
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    mac = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        mac = hmac.new(mac, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(mac, text.encode(), hashlib.sha256).hexdigest()
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope},SignedHeaders={names},Signature={signature}"}


def _check(reach: Reach) -> str:
    return f"{len(_objects(reach)):,} objects"


KIND = Kind(
    key="s3",
    title="A bucket of S3 or of a storage like it",
    settings=(
        Setting("bucket", "the bucket's name"),
        Setting("region", "its region", required=False, default="eu-north-1"),
        Setting("prefix", "where in the bucket, such as exports/", required=False),
        Setting("pattern", "which objects, by the last part of their name, such as orders-*.csv", required=False, default="*"),
        Setting("key", "the access key's id", secret=True),
        Setting("secret", "the secret access key", secret=True),
        Setting("address", "the storage's address, where it is not Amazon's", required=False),
        *READING,
        SHEET,
    ),
    streams=(),
    scopes="s3:ListBucket on the bucket and s3:GetObject on its objects.",
    pull=_pull,
    check=_check,
)
