"""Buckets: signed as AWS's own examples say, listed in pages, each object taken when it has changed."""

from __future__ import annotations

import datetime as dt

import pytest

from lohko.base.errors import LohkoError
from lohko.outgoing import Outgoing
from lohko.sources.kind import Arrived, Reach, checked_settings
from lohko.sources.registry import KINDS
from lohko.sources.s3 import signed
from sources.local_server import Asked, serving

# The published examples of Signature Version 4 for S3 (docs.aws.amazon.com, "Authenticating Requests (AWS Signature Version 4)").
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
THEN = dt.datetime(2013, 5, 24, tzinfo=dt.UTC)
HOST = "https://examplebucket.s3.amazonaws.com"
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("path", "query", "more", "signature"),
    [
        ("/test.txt", {}, {"range": "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("/", {"lifecycle": ""}, {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/", {"max-keys": "2", "prefix": "J"}, {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_a_request_is_signed_as_in_the_published_examples(path, query, more, signature):
    headers = signed(f"{HOST}{path}", query, "us-east-1", KEY, SECRET, THEN, more)
    assert headers["authorization"].endswith(f"Signature={signature}")


class Bucket:
    """Lists two objects a page, and looks at every signature."""

    def __init__(self) -> None:
        self.objects = {f"exports/ä {n}.csv": f"customer_id\n{n}\n".encode() for n in range(1, 6)} | {
            "exports/": b"",
            "exports/readme.txt": b"x",
        }

    def answer(self, asked: Asked):
        from urllib.parse import unquote

        at = dt.datetime.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        wanted = signed(f"http://{asked.headers['host']}{asked.path}", asked.query, "eu-north-1", "k", "s", at)
        if asked.headers["authorization"] != wanted["authorization"]:
            return 403, {}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        if asked.path != "/my-bucket":
            return 200, {}, self.objects[unquote(asked.path.removeprefix("/my-bucket/"))]
        begin = int(asked.query.get("continuation-token", 0))
        keys = sorted(key for key in self.objects if key.startswith(asked.query["prefix"]))
        rows = "".join(
            f'<Contents><Key>{key}</Key><LastModified>2026-02-0{n % 3 + 1}T00:00:00Z</LastModified><ETag>"{hash(self.objects[key])}"</ETag>'
            f"<Size>{len(self.objects[key])}</Size></Contents>"
            for n, key in enumerate(keys[begin : begin + 2])
        )
        more = f"<NextContinuationToken>{begin + 2}</NextContinuationToken>" if begin + 2 < len(keys) else ""
        return (
            200,
            {},
            f'<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/">{rows}{more}</ListBucketResult>'.encode(),
        )


@pytest.fixture
def secrets(monkeypatch):
    monkeypatch.setenv("S3_KEY", "k")
    monkeypatch.setenv("S3_SECRET", "s")


def test_objects_come_once_each_and_again_when_they_have_changed(tmp_path, secrets):
    bucket = Bucket()
    with serving(bucket.answer) as server, Outgoing({server.host}) as client:
        given = {"bucket": "my-bucket", "prefix": "exports/", "pattern": "*.csv", "as": "customers", "address": server.url}
        settings = checked_settings(KINDS["s3"], {**given, "key": "env:S3_KEY", "secret": "env:S3_SECRET"})
        cursors: dict = {}

        def sync() -> list[bytes]:
            found = []
            for item in KINDS["s3"].pull(Reach(settings, client, NOW, tmp_path, cursors)):
                assert isinstance(item, Arrived)
                found.append(item.path.read_bytes())
                cursors["rows"] = item.cursor
            return found

        assert KINDS["s3"].check(Reach(settings, client, NOW, tmp_path)) == "5 objects"
        assert sorted(sync()) == [f"customer_id\n{n}\n".encode() for n in range(1, 6)]
        assert sync() == []
        bucket.objects["exports/ä 3.csv"] = b"customer_id\n33\n"
        assert sync() == [b"customer_id\n33\n"]


def test_a_wrong_secret_and_a_list_with_entities_are_refused(tmp_path, secrets, monkeypatch):
    bucket = Bucket()
    with serving(bucket.answer) as server, Outgoing({server.host}) as client:
        settings = checked_settings(
            KINDS["s3"], {"bucket": "my-bucket", "as": "customers", "address": server.url, "key": "env:S3_KEY", "secret": "env:S3_SECRET"}
        )
        server.wrong.append((200, {}, b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>'))
        for code in ("source_answer", "source_forbidden"):
            with pytest.raises(LohkoError) as caught:
                KINDS["s3"].check(Reach(settings, client, NOW, tmp_path))
            assert caught.value.code == code
            monkeypatch.setenv("S3_SECRET", "wrong")
