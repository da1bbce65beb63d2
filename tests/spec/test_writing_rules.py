"""Writing rules.

There are several ways to write a rule and one way in which Lohko writes it back, the canonical text. What cannot be read is answered
with what, where and what to write instead.
"""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError
from lohko.model.codec import from_json, to_json
from lohko.model.parse import parse
from lohko.model.segment import read_segments, write_segment


def test_several_ways_to_write_the_same(spec):
    """Signs and words, plurals, "the", capitals, Finnish dates, money: all read as the canonical text on the right."""
    spec.written(
        {
            "points is over 5": "points is more than 5",
            "points > 5": "points is more than 5",
            "points = 5": "points is 5",
            "points != 5": "points is not 5 (or has none)",
            "points >= 5": "points is at least 5",
            "city is one of (Tampere, Oulu)": 'city is one of "Tampere", "Oulu"',
            "city is not one of Tampere": 'city is none of "Tampere" (or has none)',
            "points is not known": "points is unknown",
            "did the order in the last day": "ordered in the last 1 day",
            "DID order EXACTLY 1 time": "ordered exactly once",
            "did order since 1.11.2026": "ordered since 1 November 2026",
            "ordered since 2026-11-01": "ordered since 1 November 2026",
            "rfm_group is Lost": 'RFM group is "Lost"',
            "maximum of total of order > 5": "max of total of orders is more than 5 €",
            "sum of total of order > 500": "ordered for more than 500 €",
            "ordered for more than €500": "ordered for more than 500 €",
            "ordered for more than 500 EUR": "ordered for more than 500 €",
            "not in segment vips": "is not in segment vips",
            "in segment vips": "is in segment vips",
            "count of product_view > 3": "viewed products more than 3 times",
            "joined between 30 and 60 days ago": "joined is 30-60 days ago",
            "last order is more than 90 days ago": "more than 90 days have passed since the last order",
            "reachable by SMS": "can be reached by SMS",
            "in the top 10 % by points": "is in the top 10 % by points",
        }
    )


def test_events_that_are_known_have_verbs(spec):
    """`did` and an event's name is always read; events that every shop has are written with the verb that people use."""
    spec.written(
        {
            "did order": "ordered",
            "did not order_line where brand is Nike": 'did not order products whose brand is "Nike"',
            "did page_view where page is Pricing": 'visited page "Pricing"',
            "did email_received at least 10 times": "received at least 10 newsletters",
            "did not email_opened in last 90 days": "did not open newsletters in the last 90 days",
            "did quiz_done at least 2 times": "did quiz_done at least 2 times",
        }
    )


def test_negatives_say_that_those_without_a_value_are_in(spec):
    """`is not` has people without a value among them, which the canonical text says; it may be left out when writing."""
    spec.written(
        {
            "language is not Swedish": 'language is not "Swedish" (or has none)',
            "language was not Swedish 90 days ago": 'language was not "Swedish" (or had none) 90 days ago',
            "ordered where coupon is not X": 'ordered where coupon is not "X" (or has none)',
            "ordered where weekday is not Sunday": "ordered where weekday is not Sunday",
        }
    )
    spec.refused({"language is Swedish (or has none)": "is unknown"})


def test_a_chain_belongs_to_the_event_before_it(spec):
    """`of that` is the event before it, `of them` the events before it; beside `or` and after `not` a chain stands in parentheses."""
    spec.written(
        {
            "did add_to_cart and did not order within 24 hours of that": "added to cart and did not order within 24 hours of that",
            "(did add_to_cart and did order after that) or points > 5": "(added to cart and ordered after that) or points is more than 5",
            "not (did add_to_cart and did order after that)": "not (added to cart and ordered after that)",
            "did email_received and opened all of them and clicked none of them": (
                "received newsletters and opened all of them and clicked none of them"
            ),
        }
    )
    spec.refused(
        {
            "did not order within 24 hours of that": "there is none",
            "points > 5 and ordered after that": "follows an event",
            "points > 5 and clicked none of them": "needs events",
        }
    )


def test_where_and_window_in_either_order(spec):
    """`where` and the window may come in either order."""
    spec.written(
        {
            "did order in last 3 days where channel is web": 'ordered where channel is "web" in the last 3 days',
            "did order at least 2 times in last 3 days where channel is web": (
                'ordered at least 2 times where channel is "web" in the last 3 days'
            ),
            "sum of total of order > 5 in last 3 days where gift is yes": "ordered for more than 5 € where gift is yes in the last 3 days",
        }
    )


def test_and_beside_or_is_accepted_with_a_warning(spec):
    """`and` beside `or` without parentheses is read, `and` first, with a warning; the canonical text has the parentheses."""
    spec.written(
        {
            "points > 5 or city is Oulu and did order": 'points is more than 5 or (city is "Oulu" and ordered)',
            "did order and points > 5 or city is Oulu": '(ordered and points is more than 5) or city is "Oulu"',
        },
        warns="mixed_and_or",
    )
    spec.written({"points > 5 or (city is Oulu and did order)": 'points is more than 5 or (city is "Oulu" and ordered)'})


def test_parentheses_that_change_nothing_go(spec):
    """What stands in needless parentheses is written without them."""
    spec.written(
        {
            "((points > 5))": "points is more than 5",
            "(points > 5 and city is Oulu) and did order": 'points is more than 5 and city is "Oulu" and ordered',
        }
    )


def test_comments_and_new_lines(spec):
    """A rule may run over several lines, and `#` begins a comment."""
    spec.written({"did order # ever\n  and points > 5": "ordered and points is more than 5"})


def test_numbers_that_look_like_texts(spec):
    """A postcode such as 00100 is a text, and a text that holds spaces stands in quotes."""
    spec.written({"level is 00100": 'level is "00100"', 'city is "New York"': 'city is "New York"'})
    spec.refused({"city is New York": '"New York"'})


def test_what_cannot_be_read_is_pointed_at(spec):
    """A mistake is answered with the line, the column, what could stand there, and what was probably meant."""
    spec.refused(
        {
            "": "empty",
            "country is": "ends too early",
            'country is "Fin': "no end",
            "did order att least 2 times": "line 1, column 11",
            "did order 2 times": "`exactly 2 times`",
            "points > 5 and and city is Oulu": "column 16",
            "points is 1 234": "column",
            "joined is 31.2.2026": "not a day",
            "sum of total of order": "ends too early",
            "points is > 1,234.50": "without separators",
            "ordered last month": "previous month",
            "ordered 30 days ago": "exactly 30 days ago",
            "did order where gift is yes where lines > 1": "more than one `where`",
            "did order in last 3 days in last 5 days": "more than one time window",
            "did order between 2026-02-01 and 2026-01-01": "ends before it begins",
        }
    )


def test_rules_have_limits(spec):
    """A rule may be nested 10 deep, a length of time be up to 100,000 units, a day be of the years 2 to 9998: more is refused, not tried."""
    spec.refused(
        {
            "not " * 11 + "did order": "nested",
            "did order in last 100001 days": "100,000",
            "did order after 9999-12-31": "years 2 to 9998",
            "birthday is before 0001-01-01": "years 2 to 9998",
        }
    )


RULE = "id: vips\nwhere: did order\n"


@pytest.mark.parametrize(
    "window",
    [
        {"node": "after", "day": "9999-12-31"},
        {"node": "between", "first": "0001-01-01", "last": "2026-01-01"},
        {"node": "in_last", "span": {"n": 100_001, "unit": "day", "node": "span"}},
    ],
)
def test_a_tree_has_the_limits_of_a_text(window):
    """What is refused as text is refused as JSON too."""
    tree = to_json(parse("did order").condition)
    tree["where"]["window"] = window

    with pytest.raises(InputError) as caught:
        from_json(tree)
    assert caught.value.place.startswith("where.window")


def test_yaml_is_read_as_version_1_2():
    """In a segment file `no`, `on` and `12:30` are texts: nobody's title becomes false."""
    segment = read_segments("id: vips\ntitle: no\nwhere: did order\nowner: on\ntags: [no, yes, 12:30]\n", "a.yaml")[0].segment

    assert segment.title == {"en": "no"}
    assert segment.owner == "on"
    assert segment.tags == ("no", "yes", "12:30")


def test_a_segment_file_holds_one_or_several():
    """One segment, a list of them, or several documents with `---` between."""
    both = ["vips", "others"]

    assert [item.segment.id for item in read_segments(RULE + "---\nid: others\nwhere: did refund\n", "a.yaml")] == both
    assert [
        item.segment.id for item in read_segments("- {id: vips, where: did order}\n- {id: others, where: did refund}\n", "a.yaml")
    ] == both


def test_a_segment_written_out_reads_back():
    """What `export` writes is what `apply` reads."""
    text = "id: vips\ntitle: {en: VIPs, fi: VIPit}\nwhere: |\n  did order\n  and points > 5\nowner: Maija\ntags: [a]\n"
    segment = read_segments(text, "a.yaml")[0].segment

    assert read_segments(write_segment(segment), "b.yaml")[0].segment == segment


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("id: VIPs\nwhere: did order\n", "bad_id", "small letters"),
        ("id: vips\n", "no_rule", "`where`"),
        ("id: vips\nwhere: did order\ntittle: x\n", "unknown_key", "title"),
        ("id: vips\nwhere: did\n", "bad_rule", "segment vips"),
        ("id: vips\nwhere: [did order\n", "bad_yaml", "line"),
        ("id: vips\nwhere: did order\ntitle: {sv: x}\n", "bad_segment", "en and fi"),
    ],
)
def test_a_wrong_segment_file_is_answered_with_file_and_line(text, code, says):
    """The error names the file, the line and the segment, and what to write."""
    with pytest.raises(InputError) as caught:
        read_segments(text, "segments/a.yaml")

    assert code == caught.value.code
    assert says in str(caught.value)
    assert "segments/a.yaml" in str(caught.value)


def test_the_warning_of_a_rule_is_kept_with_its_segment():
    """Mixed and/or in a segment file is warned of when it is applied."""
    found = read_segments("id: vips\nwhere: did order and points > 5 or city is Oulu\n", "a.yaml")[0]

    assert [remark.code for remark in found.warnings] == ["mixed_and_or"]
    assert parse("did order and points > 5 or city is Oulu").warnings == found.warnings
