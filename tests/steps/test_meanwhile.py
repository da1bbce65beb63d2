"""What is asked while a file is being loaded is answered from the store as it was before."""

from __future__ import annotations

import threading

from lohko.engine import load
from lohko.steps.figures import overview
from lohko.steps.read import count
from lohko.steps.refresh import refresh
from lohko.steps.segments import segments
from lohko.steps.work import silent
from steps.rows import bring_in, define


def test_questions_during_a_load_see_all_of_a_file_or_nothing_of_it(work, monkeypatch):
    """The file counts in the state already, its tables and rows are not there yet: the answers are those of before."""
    bring_in(work, "ann,1,2026-01-05,50\n")
    define(work, buyers="did order")
    reached, go_on, seen = threading.Event(), threading.Event(), []
    inside = load._load_people_columns

    def slowly(*arguments):
        reached.set()
        assert go_on.wait(30)
        inside(*arguments)

    monkeypatch.setattr(load, "_load_people_columns", slowly)
    job = threading.Thread(target=lambda: bring_in(work, "bo,FI,yes\ncy,SE,no\n", kind="customers", name="people.csv"))
    job.start()
    try:
        assert reached.wait(60)
        seen.append(count(work, silent, condition="did order"))
        seen.append(segments(work, silent))
        seen.append(overview(work, silent))
    finally:
        go_on.set()
        job.join(60)
    assert [answer["data_version"] for answer in seen] == [1, 1, 1]
    assert (seen[0]["population"], seen[2]["customers"]) == (1, 1)
    after = count(work, silent, condition="country is Sweden")
    assert (after["data_version"], after["count"], after["population"]) == (2, 1, 3)


def test_many_at_once_are_answered_alike(work):
    """Pages and commands ask from many threads while segments are refreshed: every answer is right."""
    bring_in(work, "".join(f"p{n},{n},2026-01-{1 + n % 28:02},{n}\n" for n in range(1, 200)))
    define(work, half="sum of total of order > 100", rest="is not in segment half", top='rfm_group is "Champions"')
    wrong: list[str] = []

    def ask(n: int) -> None:
        try:
            for _ in range(6):
                if n == 0:
                    refresh(work, silent)
                found = {item["id"]: item["size"] for item in segments(work, silent, as_of="2026-03-01")["segments"]}
                if (found["half"], found["rest"]) != (99, 100):
                    wrong.append(str(found))
                overview(work, silent, as_of="2026-03-01")
        except Exception as error:
            wrong.append(repr(error))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []
