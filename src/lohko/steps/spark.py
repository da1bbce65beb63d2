"""The verbs on a Spark cluster: the workspace's definitions, asked of a copy of its data that the cluster reads.

    data/            the copy (engine/spark_copy.py)
    membership       who is in which segment, by run and segment
    moves            who entered and left, by run
    journal          which copy and which runs count, and what each run said of every segment

Where that is, and whether as files or as tables, is told by `engine/spark_place.py`.
A refresh writes its run beside the last one and counts once the journal names it.
Large results stay there: only counts, and rows that were asked for, come back.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlglot import exp

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.engine.asked import Query
from lohko.engine.plan import evaluate, evaluate_all
from lohko.engine.spark_copy import Of, copy_store
from lohko.engine.spark_members import ENTERED_AND_LEFT, KNOWN, MEMBERS, MOVED, MOVES, SIZES, UNKNOWN
from lohko.engine.spark_place import Place, place_of
from lohko.engine.spark_session import Session, Statement
from lohko.engine.spark_sets import People
from lohko.landing import log
from lohko.model.parse import parse
from lohko.model.rfm_map import BY_ID
from lohko.state.copies import erasures_so_far, need_identity
from lohko.state.workspace import note
from lohko.steps.activate import audience_of, refuse_unknown
from lohko.steps.question import ask, iso
from lohko.steps.read import counted_by, rules_for
from lohko.steps.saying import said
from lohko.steps.spark_there import There, asked_there
from lohko.steps.special import refuse_special
from lohko.steps.work import Progress, Work


def spark_copy(work: Work, progress: Progress, *, location: str, remote: str | None = None) -> dict[str, Any]:
    """Copy the data of the workspace, all of what conditions can ask about, to where a cluster reads it: what is there already is not written again."""
    session = Session(remote or "")
    place = place_of(location, session)
    if remote is None and place.by_cluster:
        raise InputError("no_cluster", "Only the cluster can write there, so it has to be named.", hint="--remote sc://host:15002")
    with work.copying:
        with work.guard:  # the data, and who was erased from it, are of one moment
            cursor, version, schema = work.snapshot()
            with work.state.begin() as connection:
                of = Of(need_identity(connection), version, erasures_so_far(connection))
        progress(0.1, "copying")
        scratch = log.scratch_folder(work.folder.scratch)
        try:
            made = copy_store(cursor, schema, of, place, scratch)
        finally:
            session.close()
            shutil.rmtree(scratch, ignore_errors=True)
        with work.state.begin() as connection:
            note(connection, "copied_to_spark", {"data_version": version, "tables": len(made.copy.tables)})
    files = [] if place.by_cluster else Path(place.said).glob("data/*/*/*.parquet")
    parts = sum(len(table.parts) for table in made.copy.tables.values())
    return {
        "location": place.said,
        "data_version": version,
        "tables": len(made.copy.tables),
        "parts": parts,
        "parts_written": made.written,
        "rows_written": made.rows,
        "bytes": None if place.by_cluster else sum(file.stat().st_size for file in files),
    }


def spark_count(work: Work, progress: Progress, *, condition: str, remote: str, location: str, as_of: str | None = None) -> dict[str, Any]:
    """How many people match a rule that is not saved."""
    parsed = parse(condition)
    with asked_there(work, remote, location, as_of) as there:
        resolved = there.catalogue.resolve(parsed.condition)
        sets = {"found": evaluate(there.engine, there.catalogue, resolved), "everyone": there.engine.everyone()}
        counts = there.engine.counts(sets)
        return {
            "condition": condition,
            "sentence": said(work, there.engine.schema, resolved, "en"),
            "count": counts["found"],
            "population": counts["everyone"],
            "share": round(counts["found"] / counts["everyone"], 6) if counts["everyone"] else None,
            **there.stamp(),
            "warnings": [{"code": item.code, "message": item.message} for item in parsed.warnings],
        }


_LABELLED = "SELECT p.label AS customer, p.person_id FROM given AS m JOIN person AS p ON p.person = m.person"


def spark_members(work: Work, progress: Progress, *, segment: str, remote: str, location: str, as_of: str | None = None) -> dict[str, Any]:
    """The people of a segment at an instant by its current definition."""
    with asked_there(work, remote, location, as_of) as there:
        tree = there.engine.of_store(Query(_LABELLED, ()), {"given": there.engine.keys(there.people(segment))})
        rows = there.session.rows(there.engine.statement(tree))
        with work.state.begin() as connection:
            note(connection, "members_listed", {"segment": segment, "people": len(rows)})
        return {
            "segment": segment,
            **there.stamp(),
            "recorded_at": None,
            "members": sorted(rows, key=lambda row: (row["customer"] or "", row["person_id"])),
        }


def spark_audience(
    work: Work, progress: Progress, *, segment: str, to: str, remote: str, location: str, purpose: str = "ads", as_of: str | None = None
) -> dict[str, Any]:
    """The file of an audience: the cluster says who is in the segment, the workspace who of them may be reached, and where.

    Only of a copy that has all that the workspace has by now: otherwise somebody who has said no since could be in the file.
    """
    refuse_unknown(to, purpose)
    with asked_there(work, remote, location, as_of) as there:
        question = ask(work, there.engine.as_of)
        if question.data_version != there.copy.data_version:
            raise InputError(
                "copy_is_old",
                f"The copy for Spark is of data version {there.copy.data_version}, and the workspace has {question.data_version}.",
                hint="an audience is made of the newest data: lohko engine copy --to spark.",
            )
        rows = there.session.rows(there.engine.statement(there.engine.keys(there.people(segment))))
        made = audience_of(work, question, segment, BitMap(row["person"] for row in rows), to, purpose)
        return {**made, **there.stamp()}


_GROUPS = "SELECT rfm_group AS name, count(*) AS n FROM trait_rfm GROUP BY rfm_group"


def spark_rfm(
    work: Work,
    progress: Progress,
    *,
    remote: str,
    location: str,
    as_of: str | None = None,
    refunds: str | None = None,
    window: str | None = None,
    value: str | None = None,
    rules: str | None = None,
) -> dict[str, Any]:
    """How many customers are in each group of RFM, by the workspace's rules unless others are given for this question."""
    ours = rules_for(work, refunds=refunds, window=window, value=value, rules=rules)
    with asked_there(work, remote, location, as_of, ours) as there:
        there.engine.rfm()
        sizes = {row["name"]: row["n"] for row in there.engine.rows(Query(_GROUPS, ()))}
        unknown = 0
        if ours.value == "margin":
            unknown = there.engine.counts({"": there.engine.profiled()})[""] - sum(sizes.values())
        groups = [{"group": name, "title": BY_ID[name].en, "customers": n} for name, n in sizes.items()]
        return {
            **there.stamp(),
            **counted_by(ours),
            "of_unknown_margin": unknown,
            "groups": sorted(groups, key=lambda item: (-item["customers"], item["group"])),
        }


# --- membership


def spark_refresh(
    work: Work, progress: Progress, *, remote: str, location: str, segments: list[str] | None = None, as_of: str | None = None
) -> dict[str, Any]:
    """Decide segments anew, of everyone, and write membership, and who entered and left, as tables on the cluster."""
    with asked_there(work, remote, location, as_of) as there:
        if there.engine.as_of > now():
            raise InputError("in_the_future", f"{iso(there.engine.as_of)} is still to come: nobody has entered or left anything then.")
        names = sorted({there.segment(name) for name in segments or there.catalogue.segments})
        answers = evaluate_all(there.engine, there.catalogue, names)
        away = next((answer for answer in answers.values() if isinstance(answer, StoreError)), None)
        if away is not None:  # of the cluster, not of one segment's rule: such a run tells of nothing
            raise away
        told = {name: people for name in names if not isinstance(people := answers[name], LohkoError)}
        runs = _runs(there.place)
        number = 1 + (runs[-1]["run"] if runs else 0)
        progress(0.2, "asking")
        found, where = _written(there, told, number, _last(runs, told))
        shown = [_said(name, answers[name], found) for name in names]
        about = {item["id"]: {**item, "version": there.versions[item["id"]]} for item in shown if not item["error"]}
        there.place.tell("run", number, {"run": number, **there.stamp(), "segments": about})
        _forget(there, [run["run"] for run in runs])
        with work.state.begin() as connection:
            note(connection, "refreshed_on_spark", {"run": number, "segments": len(told)})
        return {**there.stamp(), "run": number, "segments": shown, "asked_again": None, "location": where}


def _forget(there: There, earlier: list[int]) -> None:
    """Take those out of earlier runs who were erased before the copy was made: once for each copy that has fewer people for it.

    What stays of a run is put by first, then takes its place. A cluster that goes away just then leaves that run without
    rows; the run that was told of before this began is none of them.
    """
    erasures = there.copy.of.erasures
    last = there.place.told("clean")
    if erasures == (last[-1]["erasures"] if last else 0):
        return
    for number in earlier:
        for what, kinds, by in (("membership", MEMBERS, ("name",)), ("moves", MOVED, ())):
            told = {"told": exp.select("*").from_(there.place.found(what, number, kinds))}
            if _rows(there, UNKNOWN, told)[0]["n"]:
                stays = there.place.keep("stays", there.engine.statement(there.engine.of_store(Query(KNOWN, ()), told)), there.room)
                there.place.write(Statement(exp.select("*").from_(stays), {}), what, number, by=by)
    there.place.tell("clean", erasures, {"erasures": erasures})


def spark_history(work: Work, progress: Progress, *, segment: str, location: str, remote: str | None = None) -> dict[str, Any]:
    """What every refresh on the cluster said of a segment: its size, who many entered and left."""
    with work.state.connect() as connection:
        refuse_special(connection, segment)
    session = Session(remote or "")
    try:
        runs = _runs(place_of(location, session))
    finally:
        session.close()
    rows = [{"run": run["run"], "as_of": run["as_of"], **run["segments"][segment]} for run in runs if segment in run["segments"]]
    if not rows:
        raise InputError("not_refreshed", f"No refresh on the cluster has told of {segment!r}.", hint="lohko refresh --engine spark")
    return {
        "segment": segment,
        "history": [{key: row[key] for key in ("run", "as_of", "version", "size", "entered", "left")} for row in rows],
    }


def _written(
    there: There, told: Mapping[str, People], number: int, last: Mapping[int, list[str]]
) -> tuple[dict[str, tuple[int, int, int]], str | None]:
    """Write a run's members, and who moved since each segment's last run; per segment its size, and how many entered and left; and where they are."""
    if not told:
        return {}, None
    engine, place = there.engine, there.place
    text = "SELECT p.person_id, m.name FROM given AS m JOIN person AS p ON p.person = m.person"
    members = engine.of_store(Query(text, ()), {"given": engine.members(told)})
    where = place.write(engine.statement(members), "membership", number, by=("name",))
    tables = {"now": _read(place, number, list(told)), "before": _before(place, last)}
    place.write(engine.statement(engine.of_store(Query(ENTERED_AND_LEFT, ()), tables)), "moves", number)
    moved = place.found("moves", number, MOVED)
    sizes = {row["name"]: row["n"] for row in _rows(there, SIZES, tables)}
    went = {(row["name"], row["entered"]): row["n"] for row in _rows(there, MOVES, {"moves": exp.select("*").from_(moved)})}
    return {name: (sizes.get(name, 0), went.get((name, True), 0), went.get((name, False), 0)) for name in told}, where


def _rows(there: There, text: str, tables: Mapping[str, exp.Select]) -> list[dict[str, Any]]:
    return there.session.rows(there.engine.statement(there.engine.of_store(Query(text, ()), tables)))


def _last(runs: list[dict[str, Any]], names: Iterable[str]) -> dict[int, list[str]]:
    """The last run that told of each segment, where one did."""
    found: dict[int, list[str]] = {}
    for name in names:
        run = next((run["run"] for run in reversed(runs) if name in run["segments"]), None)
        if run is not None:
            found.setdefault(run, []).append(name)
    return found


def _before(place: Place, last: Mapping[int, list[str]]) -> exp.Select:
    """The members that segments had by their last runs."""
    parts = [_read(place, run, names) for run, names in last.items()]
    if not parts:
        return exp.select(*(exp.alias_(exp.cast(exp.Null(), "STRING"), name) for name in ("person_id", "name"))).where(exp.false())
    return parts[0] if len(parts) == 1 else exp.select("*").from_(exp.union(*parts, distinct=False).subquery("runs"))


def _read(place: Place, run: int, names: list[str]) -> exp.Select:
    """The members of some segments by a run: only theirs are read."""
    found = place.found("membership", run, MEMBERS)
    wanted = exp.In(this=exp.column("name"), expressions=[exp.Literal.string(name) for name in names])
    return exp.select("person_id", "name").from_(found).where(wanted)


def _said(name: str, answer: People | LohkoError, found: Mapping[str, tuple[int, int, int]]) -> dict[str, Any]:
    size, entered, left = found.get(name, (None, None, None))
    error = answer.as_json() if isinstance(answer, LohkoError) else None
    return {"id": name, "size": size, "share": None, "entered": entered, "left": left, "error": error}


def _runs(place: Place) -> list[dict[str, Any]]:
    """The refreshes that count, the first first."""
    return place.told("run")
