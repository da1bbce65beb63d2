"""The web app as people use it: a real `lohko serve`, and people who click, read a few seconds and click again.

One person first, each click once on a server that has just started and a few times after that; then twenty at once.
The clicks are made by threads of this process, whose own processor time is told apart from the server's.

A page that says that it is still counting is an answer to the click (it names what is counted, shows how far it is,
and can be stopped); what it was about follows by itself. Such clicks are counted apart, with the time until the
figures stood there. What stands beside a rule in the builder is no click: each part says there that it is being counted, and
comes by itself; its times stand in rows of their own and are no part of "any click".
"""

from __future__ import annotations

import html
import http.client
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks.shop import SIZES, make_shop
from lohko.base.clock import now
from lohko.steps.history import reconstruct
from lohko.steps.refresh import refresh
from lohko.steps.work import silent
from lohko.wiring import open_work

PEOPLE = 20
THINK = (1.0, 3.0)
"""Seconds that somebody looks at a page."""
COUNTING = "data-counting"
"""What stands in a page that is still counting: the address where it says how far it is."""
_DAYS_BACK = {"small": 3, "full": 14}
_PANELS = ("count", "funnel", "figures", "sample", "overlap", "growth")
_RULE = "did order at least {n} times in last 365 days and sum of total of order in last 365 days >= 100"


def prepare(folder: Path, size: str) -> Path:
    """A shop whose data ends today, refreshed once, with some days of its past; kept when it is there."""
    path, unfinished = folder / f"web-{size}", folder / f"web-{size}.new"
    if path.exists():
        return path
    make_shop(unfinished, SIZES[size], now().date().isoformat())
    with open_work(unfinished, silent) as work:
        refresh(work, silent)
        reconstruct(work, silent, days=_DAYS_BACK[size])
    unfinished.rename(path)
    return path


def measured(folder: Path, size: str) -> str:
    """The tables: in seconds at small size, in some minutes at full."""
    path = prepare(folder, size)
    found = measure(path, seconds=180, rounds=2) if size == "full" else measure(path, seconds=5, rounds=0, people=4, think=(0.0, 0.2))
    return f"\nPages of a shop of {SIZES[size].customers:,} customers\n\n{shown(found)}"


# --- the server ---------------------------------------------------------------------------


@dataclass
class Server:
    """A running `lohko serve`."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu(self) -> float:
        """Seconds of all processors that it has used so far."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """How much memory it holds now, in MB."""
        told = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", told).group(1)) / 1024  # type: ignore[union-attr]


@contextmanager
def serving(path: Path) -> Iterator[Server]:
    """The workspace served on a free port, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "lohko.cli.main", "serve", "--port", str(port), "--no-browser"]
    with (path / "run" / "served.log").open("wb") as said:
        process = subprocess.Popen(command, env={**os.environ, "LOHKO_WORKSPACE": str(path)}, stdout=said, stderr=said)  # noqa: S603 - our own command
    try:
        _listening(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(60)


def _listening(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError("the server ended by itself; what it said is in run/served.log of the workspace")
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server does not answer")


# --- those who click ------------------------------------------------------------------------


@dataclass(frozen=True)
class Click:
    """One click and its answer: seconds until the page, and until its figures when those came later."""

    what: str
    seconds: float
    until_figures: float | None = None
    beside: bool = False
    """No click: a part of a page that came by itself after one."""


@dataclass
class Person:
    """Somebody with a browser, who looks at what is there."""

    port: int
    seed: int
    clicks: list[Click] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    line: http.client.HTTPConnection | None = None

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        self.draft: str | None = None
        self.revision = 0

    # --- one request

    def fetch(self, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, body and address of what is answered in the end, redirects followed."""
        for _ in range(5):
            status, body, there = self._once(path, form, headers or {})
            if status not in (302, 303, 307):
                return status, body, path
            path, form = urlsplit(there).path + (f"?{urlsplit(there).query}" if urlsplit(there).query else ""), None
        return status, body, path

    def _once(self, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> tuple[int, str, str]:
        for _ in range(2):
            line = self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
            try:
                body = None if form is None else urlencode(form)
                kind = {} if form is None else {"content-type": "application/x-www-form-urlencoded"}
                kind |= {} if "x-fragment" in headers else {"accept": "text/html"}
                line.request("GET" if form is None else "POST", path, body, {**kind, **headers})
                answer = line.getresponse()
                return answer.status, answer.read().decode(), answer.headers.get("location", "")
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):  # it was idle for too long
                line.close()
                self.line = None
        raise ConnectionError(path)

    def click(
        self,
        what: str,
        path: str,
        form: dict[str, str] | None = None,
        *,
        fragment: bool = False,
        may: tuple[int, ...] = (),
        beside: bool = False,
    ) -> str:
        """Ask, wait for the page, and follow it when it is still counting; its text in the end."""
        began = time.perf_counter()
        status, body, path = self.fetch(path, form, {"x-fragment": "1"} if fragment else None)
        may = (*may, 202)
        seconds = time.perf_counter() - began
        if status != 200 and status not in may:
            self.wrong.append(f"{what}: {path.split('?')[0]} answered {status}")
        later = None
        while (watch := re.search(rf'{COUNTING}="([^"]+)"', body)) is not None:
            time.sleep(0.05)
            if '"running"' not in self.fetch(html.unescape(watch.group(1)))[1]:
                status, body, path = self.fetch(path)
            later = time.perf_counter() - began
            if later > 300:
                self.wrong.append(f"{what}: {path.split('?')[0]} never came")
                break
        self.clicks.append(Click(what, seconds, later, beside))
        return body

    # --- what one can click on

    def found(self, body: str, pattern: str) -> list[str]:
        """Addresses of a kind that a page links to, each once."""
        return list(dict.fromkeys(html.unescape(item) for item in re.findall(rf'href="({pattern})"', body)))

    def walk(self) -> list[Callable[[], object]]:
        """Everything somebody may click on, each once."""
        segment = self.draw.choice(self.segments)
        at = f"/segments/{segment}"
        q = f"name{self.draw.randrange(997)}"
        return [
            lambda: self.click("overview", "/"),
            lambda: self.click("segments", "/segments"),
            lambda: self.click("segments, by a word", "/segments?q=a"),
            lambda: self.click("segment", at),
            lambda: self.click("segment: people", f"{at}?view=people"),
            lambda: self.click("segment: movement", f"{at}?view=movement"),
            lambda: self.click("segment: overlap", f"{at}?view=overlap"),
            lambda: self.click("segment: about", f"{at}?view=about"),
            lambda: self.click("members", f"{at}/members"),
            lambda: self.click("members, sorted", f"{at}/members?sort=revenue&down=1"),
            lambda: self.click("members, a later page", f"{at}/members?sort=customer&page={self.draw.randrange(2, 30)}"),
            lambda: self.click("members, by a word", f"{at}/members?q={q}"),
            self.customer,
            lambda: self.click("people, by a word", f"/customers?q={q}"),
            lambda: self.click("people, by two words", f"/customers?q={q}+family{self.draw.randrange(10)}"),
            lambda: self.click("explore", "/explore"),
            lambda: self.click(
                "explore: distribution", f"/explore/distribution?attribute={self.draw.choice(['city', 'points', 'language'])}"
            ),
            lambda: self.click("explore: crossed", f"/explore/cross?rows=rfm_group&columns={self.draw.choice(['city', 'language'])}"),
            lambda: self.click("explore: cohorts", f"/explore/cohorts?unit={self.draw.choice(['month', 'quarter'])}"),
            lambda: self.click("explore: ways", f"/explore/paths?days={self.draw.choice([90, 365])}"),
            lambda: self.click("explore: trends", f"/explore/trend?measure={self.draw.choice(['revenue', 'orders'])}"),
            lambda: self.click("explore: of a segment", f"/explore/distribution?attribute=city&segment=*&segment={segment}"),
            lambda: self.click("imports", "/import"),
            lambda: self.click("sources", "/sources"),
            lambda: self.click("quality", "/quality"),
            lambda: self.click("review", "/review"),
            lambda: self.click("guide", "/guide"),
            self.build,
            self.number,
            self.card,
            self.facts,
        ]

    @property
    def segments(self) -> list[str]:
        """The segments there are, looked up once and not counted."""
        if not hasattr(self, "_segments"):
            body = self.fetch("/segments")[1]
            while COUNTING in body:
                time.sleep(0.3)
                body = self.fetch("/segments")[1]
            self._segments = [item.removeprefix("/segments/") for item in self.found(body, r"/segments/[a-z0-9_-]+")]
        return self._segments

    def customer(self) -> None:
        """The list of people, then one of them."""
        body = self.click("people", "/customers")
        found = self.found(body, r"/customers/[0-9a-f-]{36}")
        self.click("customer", self.draw.choice(found))

    def build(self) -> None:
        """The builder, a new draft, and what stands beside it."""
        self.click("builder: list", "/builder")
        body = self.click("builder: new", "/builder", {"text": _RULE.format(n=self.draw.randrange(1, 9))})
        found = re.search(r'action="/builder/([^"/]+)"', body)
        self.draft = found.group(1) if found else None
        self._read(body)
        self._panels(_PANELS)

    def number(self) -> None:
        """A number of the rule is changed."""
        self._edit("builder: edit a number", lambda blanks: {self._number(blanks): str(self.draw.randrange(1, 30))})

    def card(self) -> None:
        """A card is added, and goes again."""
        self._edit("builder: add a card", lambda _: {}, "add:0:event")

    def facts(self) -> None:
        """What a field holds."""
        if self.draft is None:
            self.build()
        self.click("builder: a field", f"/builder/{self.draft}/field?revision={self.revision}&name=city", fragment=True)

    def _number(self, blanks: dict[str, str]) -> str:
        return next(name for name, value in blanks.items() if value.isdigit())

    def _edit(self, what: str, filled: Callable[[dict[str, str]], dict[str, str]], do: str = "") -> None:
        if self.draft is None:
            self.build()
        form = {**self.blanks, **filled(self.blanks), "revision": str(self.revision), "do": do}
        self._read(self.click(what, f"/builder/{self.draft}", form, fragment=True))
        self._panels(_PANELS[:3] if not do else _PANELS[:1])

    def _read(self, body: str) -> None:
        """The blanks and the revision of the form that is on the page."""
        blanks = re.findall(r'<input[^>]*?name="(b:[^"]+)"[^>]*?value="([^"]*)"', body)
        chosen = re.findall(r'<select[^>]*?name="(b:[^"]+)".*?</select>', body, re.DOTALL)
        self.blanks = {html.unescape(name): html.unescape(value) for name, value in blanks}
        for name, options in re.findall(r'<select[^>]*?name="(b:[^"]+)"(.*?)</select>', body, re.DOTALL):
            found = re.search(r'<option value="([^"]*)"[^>]* selected', options)
            if found:
                self.blanks[html.unescape(name)] = html.unescape(found.group(1))
        assert chosen or blanks, "the builder shows no blanks"
        self.revision = int(re.search(r'data-revision="(\d+)"', body).group(1))  # type: ignore[union-attr]

    def _panels(self, names: tuple[str, ...]) -> None:
        for name in names:
            self.click(
                f"builder, beside it: {name}",
                f"/builder/{self.draft}/panel/{name}?revision={self.revision}",
                fragment=True,
                may=(204,),
                beside=True,
            )


# --- what is measured -----------------------------------------------------------------------


@dataclass
class Measured:
    """The clicks of some people, and what the server spent on them."""

    title: str
    clicks: list[Click]
    wrong: list[str]
    seconds: float
    cpu: float
    own_cpu: float
    before: float
    after: float
    load: float


def measure(path: Path, *, seconds: float, rounds: int, people: int = PEOPLE, think: tuple[float, float] = THINK) -> list[Measured]:
    """One person on a fresh server, `rounds` times through everything; then so many people for so many seconds."""
    found = []
    with serving(path) as server:
        alone = Person(server.port, 1)

        def once() -> None:
            for click in alone.walk():
                click()

        first = Person(server.port, 0)
        found.append(_measured("first page after start", server, [first], lambda: first.click("overview", "/") and None))
        found.append(_measured("one person, everything for the first time", server, [alone], once))
        if rounds:
            seen = len(alone.clicks)
            again = _measured("one person, the next times", server, [alone], lambda: [once() for _ in range(rounds)] and None)
            again.clicks, found[-1].clicks = alone.clicks[seen:], alone.clicks[:seen]
            found.append(again)
        crowd = [Person(server.port, 100 + n) for n in range(people)]
        found.append(_measured(f"{people} people at once", server, crowd, lambda: _together(crowd, seconds, think)))
    return found


def _measured(title: str, server: Server, people: list[Person], work: Callable[[], None]) -> Measured:
    cpu, own, before, began = server.cpu(), time.process_time(), server.memory(), time.perf_counter()
    work()
    clicks, wrong = [click for one in people for click in one.clicks], [text for one in people for text in one.wrong]
    passed, spent = time.perf_counter() - began, server.cpu() - cpu
    return Measured(title, clicks, wrong, passed, spent, time.process_time() - own, before, server.memory(), os.getloadavg()[0])


def _together(crowd: list[Person], seconds: float, think: tuple[float, float]) -> None:
    until = time.perf_counter() + seconds

    def use(one: Person) -> None:
        time.sleep(one.draw.uniform(0, think[1]))
        while time.perf_counter() < until:
            one.draw.choice(one.walk())()
            time.sleep(one.draw.uniform(*think))

    threads = [threading.Thread(target=use, args=(one,)) for one in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def shown(found: list[Measured]) -> str:
    """The tables, one for each time of measuring."""
    return "\n\n".join(_shown(item) for item in found)


def _shown(item: Measured) -> str:
    names = list(dict.fromkeys(click.what for click in item.clicks))
    width = max(len(name) for name in [*names, "any click"])
    lines = [
        f"{item.title}: {sum(not click.beside for click in item.clicks)} clicks in {item.seconds:.0f} s; processor seconds: server {item.cpu:.1f}, clicking {item.own_cpu:.1f}; "
        f"the server held {item.before:,.0f} MB before and {item.after:,.0f} MB after; load {item.load:.1f}",
        f"{'':<{width}} clicks      p50 ms  p95 ms  max ms   counted later: how many, p50 and max s until the figures",
    ]
    lines += [_line(name, width, [click for click in item.clicks if click.what == name]) for name in sorted(names)]
    lines.append(_line("any click", width, [click for click in item.clicks if not click.beside]))
    lines += [f"WRONG {text}" for text in dict.fromkeys(item.wrong)]
    return "\n".join(lines)


def _line(name: str, width: int, clicks: list[Click]) -> str:
    times = sorted(1000 * click.seconds for click in clicks)
    later = sorted(click.until_figures for click in clicks if click.until_figures is not None)
    told = f"   {len(later):>5}  {later[len(later) // 2]:.1f}  {later[-1]:.1f}" if later else ""
    return f"{name:<{width}} {len(clicks):>6}  {_part(times, 0.5):>9.0f} {_part(times, 0.95):>7.0f} {times[-1]:>7.0f}{told}"


def _part(times: list[float], part: float) -> float:
    """The time within which that part of the clicks were answered."""
    return times[min(len(times) - 1, int(part * len(times)))]
