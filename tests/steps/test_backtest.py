"""What a segment's people did next: who is compared, what counts, and when nothing can be told."""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError
from lohko.steps.backtest import backtest, span_of
from lohko.steps.read import count
from lohko.steps.work import Work, silent
from steps.rows import bring_in, define


def rows_of(*orders: tuple[str, str, float]) -> str:
    return "".join(f"{who},{n},{day},{total}\n" for n, (who, day, total) in enumerate(orders, start=1))


def shop(work: Work) -> None:
    """40 who bought twice by March (30 of them in the next 90 days), 50 who bought once (10 of them), and one who comes later."""
    orders = [(f"twice{n}", day, 10) for n in range(40) for day in ("2025-01-05", "2025-02-05")]
    orders += [(f"once{n}", "2025-02-10", 10) for n in range(50)]
    orders += [(f"twice{n}", "2025-03-10", 20 + n) for n in range(30)]
    orders += [(f"once{n}", "2025-03-01", 5 + n) for n in range(10)]  # on the first instant, which counts
    orders += [("twice39", "2025-05-30", 999), ("once49", "2025-02-28", 999)]  # at the end and the day before the first: neither counts
    orders += [("twice0", "2025-04-01", -8)]
    orders += [("late", "2025-03-20", 50), ("late", "2025-03-21", 50), ("last", "2025-08-31", 1)]
    bring_in(work, rows_of(*orders))
    define(work, loyal="did order at least 2 times", lapsed="not did order in last 30 days")


def test_members_and_everyone_else_by_what_they_did_next(work):
    """Sizes, rates, lift and revenue per head are of [D, end): the first instant counts, the end does not, refunds are taken off."""
    shop(work)

    found = backtest(work, silent, segment="loyal", at="2025-03-01", outcome="did order", within="90d")

    [row] = found["rows"]
    assert (row["at"], row["end"], row["too_early"]) == ("2025-02-28T22:00:00Z", "2025-05-29T21:00:00Z", None)
    assert (row["size"], row["members"]["people"], row["others"]["people"]) == (41, 41, 49)
    assert (row["members"]["did"], row["others"]["did"]) == (30, 10)
    assert row["members"]["rate"]["value"] == round(30 / 41, 6)
    assert row["lift"]["value"] == round((30 / 41) / (10 / 49), 6)
    assert row["members"]["revenue"] == sum(20 + n for n in range(30)) - 8
    assert row["others"]["revenue"] == sum(5 + n for n in range(10))
    assert row["members"]["revenue_per_head"]["value"] == round((sum(20 + n for n in range(30)) - 8) / 41, 6)
    assert row["rate_difference"]["low"] < row["rate_difference"]["value"] < row["rate_difference"]["high"]
    assert (found["currency"], found["data_version"], found["within"]) == ("EUR", 1, {"n": 90, "unit": "day"})


def test_people_first_seen_after_the_day_are_in_neither_group(work):
    """They belong to the segment as `count --as-of` says, but they are there only because they came later; of two nothing more is told."""
    shop(work)

    [row] = backtest(work, silent, segment="lapsed", at="2025-03-01", outcome="did order", within="30d")["rows"]

    assert count(work, silent, condition="not did order in last 30 days", as_of="2025-03-01")["count"] == 2
    assert (row["size"], row["first_seen_later"], row["members"]["people"], row["others"]["people"]) == (None, None, 0, 90)


def test_a_few_who_did_it_are_not_told_nor_found(work):
    """Three of 40 did it, and spent: neither that nor the rest of the 40 nor their rate and money."""
    bring_in(work, "".join(f"c{n},a{n},2025-01-05,10\n" for n in range(80)))
    bring_in(work, "".join(f"c{n},b{n},2025-01-06,10\n" for n in range(40)))
    bring_in(work, "".join(f"c{n},d{n},2025-03-05,{n}\n" for n in (1, 2, 3, *range(40, 60))) + "c79,e79,2025-03-20,1\n")
    define(work, loyal="did order at least 2 times")

    [row] = backtest(work, silent, segment="loyal", at="2025-03-01", outcome="did order", within="1w")["rows"]

    ours, theirs = row["members"], row["others"]
    assert (row["size"], ours["people"], theirs["people"]) == (40, 40, 40)
    assert (ours["did"], ours["rate"]["value"], ours["revenue"], ours["revenue_per_head"]["value"]) == (None, None, None, None)
    assert (theirs["did"], theirs["rate"]["value"], theirs["revenue"]) == (20, 0.5, sum(range(40, 60)))
    assert {row[name]["value"] for name in ("lift", "rate_difference", "revenue_per_head_difference")} == {None}


def test_too_few_people_give_no_rate(work):
    """Instead of numbers it is said why there are none; and of fewer than five people not how many they are."""
    bring_in(work, rows_of(("ann", "2025-01-05", 10), ("ann", "2025-02-05", 10), ("bo", "2025-01-05", 10), ("bo", "2025-09-05", 10)))
    define(work, loyal="did order at least 2 times")

    [row] = backtest(work, silent, segment="loyal", at="2025-03-01", outcome="did order")["rows"]

    assert (row["members"]["people"], row["members"]["did"]) == (None, 0)
    assert row["members"]["rate"] == {
        "value": None,
        "low": None,
        "high": None,
        "rough": False,
        "too_few": row["members"]["rate"]["too_few"],
    }
    assert "1 people are too few" in row["members"]["rate"]["too_few"] and row["lift"]["too_few"]


def test_what_is_not_over_is_too_early(work):
    """When the end is after the day of the last event there is no rate, only how many did it so far."""
    shop(work)

    rows = backtest(work, silent, segment="loyal", at="2025-06-01", outcome="did order", within="1mo", every="month", until="2025-08-15")[
        "rows"
    ]

    assert [(row["at"][:10], bool(row["too_early"])) for row in rows] == [
        ("2025-05-31", False),
        ("2025-06-30", False),
        ("2025-07-31", False),
    ]
    [row] = backtest(work, silent, segment="loyal", at="2025-08-15", outcome="did order", within="1mo")["rows"]
    assert row["too_early"] == {"until": "2025-08-31T21:00:00Z", "members_did": 0, "others_did": 0}
    assert "rate" not in row["members"]
    [row] = backtest(work, silent, segment="loyal", at="2030-01-01", outcome="did order", within="1mo")["rows"]
    assert row["too_early"]["members_did"] == 0


def test_a_series_goes_on_until_the_last_that_is_over(work):
    """Without an end the series stops where what happened next is not over yet; from the 31st, at the ends of the months."""
    shop(work)

    rows = backtest(work, silent, segment="loyal", at="2025-01-31", outcome="did order", within="60d", every="month")["rows"]

    assert [row["at"][:10] for row in rows] == ["2025-01-30", "2025-02-27", "2025-03-30", "2025-04-29", "2025-05-30", "2025-06-29"]
    assert [row["size"] for row in rows] == [0, 40, 52, 52, 52, 52]


def test_an_outcome_counts_nothing_before_the_day_and_asks_states_at_the_end(work):
    """`at least 2 times` needs both after the day; `in segment` is who is in it at the end, whenever they came in."""
    shop(work)

    def did(outcome: str) -> tuple[int, int]:
        [row] = backtest(work, silent, segment="loyal", at="2025-03-01", outcome=outcome, within="90d")["rows"]
        return row["members"]["did"], row["others"]["did"]

    assert did("did order at least 2 times") == (0, 0)
    assert did("in segment loyal") == (41, 10)
    assert did("not did order") == (11, 39)
    assert did("did order before 2025-03-01") == (0, 0)
    assert did("first order is before 2025-03-05") == (0, 10)


def test_assumed_values_are_told_and_can_be_left_out(work):
    """A country from a list without dates is assumed for all earlier time: the share that rests on it is said."""
    shop(work)
    bring_in(work, "".join(f"twice{n},FI,yes\n" for n in range(35)) + "once1,SE,yes\n", "customers", "list.csv")
    define(work, finns="country is FI")

    asked = {"segment": "finns", "at": "2025-03-01", "outcome": "did order", "within": "30d"}
    [row] = backtest(work, silent, **asked)["rows"]
    assert (row["size"], row["members"]["people"], row["assumed"]) == (35, 35, 1.0)
    [row] = backtest(work, silent, **asked, no_assumed=True)["rows"]
    assert (row["size"], row["members"]["people"], row["assumed"]) == (0, 0, None)
    [row] = backtest(work, silent, **{**asked, "segment": "loyal"})["rows"]
    assert row["assumed"] == 0.0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"segment": "loyl"}, "unknown_segment"),
        ({"within": "90"}, "bad_within"),
        ({"within": "0d"}, "bad_within"),
        ({"until": "2025-05-01"}, "until_alone"),
        ({"every": "fortnight"}, "bad_every"),
        ({"at": "yesterday"}, "bad_as_of"),
        ({"outcome": "did ordr"}, "unknown_event"),
        ({"every": "day", "until": "2030-01-01"}, "too_many_rows"),
    ],
)
def test_wrong_questions_are_refused(work, asked, code):
    """Each with its own code."""
    shop(work)
    with pytest.raises(InputError) as error:
        backtest(work, silent, **{"segment": "loyal", "at": "2025-03-01", "outcome": "did order", **asked})
    assert error.value.code == code


def test_a_length_of_time_is_written_short_or_in_words():
    """90d, 12w, 3mo, 1q, 1y, 24h, or words."""
    assert [(span.n, span.unit) for span in map(span_of, ("90d", "12 weeks", "3mo", "1q", "1 year", "24h"))] == [
        (90, "day"),
        (12, "week"),
        (3, "month"),
        (1, "quarter"),
        (1, "year"),
        (24, "hour"),
    ]


def test_a_backtest_can_be_stopped_between_rows(work):
    """Whoever shows the progress can end it; the store is whole afterwards."""
    shop(work)

    def stop(done: float, _what: str) -> None:
        if done > 0.2:
            raise KeyboardInterrupt

    asked = {"segment": "finns", "outcome": "did order", "within": "30d", "every": "month", "no_assumed": True}
    bring_in(work, "twice1,FI,yes\n", "customers", "list.csv")
    define(work, finns="country is FI")
    with pytest.raises(KeyboardInterrupt):
        backtest(work, stop, at="2025-01-01", **asked)
    assert count(work, silent, condition="country is FI", as_of="2025-01-01")["count"] == 1
