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
    """Signs and words, plurals, "the", capitals, Finnish dates: all read as the canonical text on the right."""
    spec.written(
        {
            "points is over 5": "points > 5",
            "points is more than 5": "points > 5",
            "points = 5": "points is 5",
            "points != 5": "points is not 5",
            "points is at least 5": "points >= 5",
            "city is one of (Tampere, Oulu)": 'city is one of "Tampere", "Oulu"',
            "city is not one of Tampere": 'city is none of "Tampere"',
            "points is not known": "points is unknown",
            "did the order in the last day": "did order in last 1 day",
            "DID order EXACTLY 1 time": "did order exactly once",
            "did order since 1.11.2026": "did order since 2026-11-01",
            "rfm_group is Lost": 'RFM group is "Lost"',
            "maximum of total of order > 5": "max of total of order > 5",
            "sum of total of order > 500 €": "sum of total of order > 500",
            "not in segment vips": "is not in segment vips",
        }
    )


def test_where_and_window_in_either_order(spec):
    """`where` and the window may come in either order."""
    spec.written(
        {
            "did order in last 3 days where channel is web": 'did order where channel is "web" in last 3 days',
            "did order at least 2 times in last 3 days where channel is web": 'did order at least 2 times where channel is "web" in last 3 days',
            "sum of total of order > 5 in last 3 days where gift is yes": "sum of total of order where gift is yes in last 3 days > 5",
        }
    )


def test_and_beside_or_is_accepted_with_a_warning(spec):
    """`and` beside `or` without parentheses is read, `and` first, with a warning; the canonical text has the parentheses."""
    spec.written(
        {
            "points > 5 or city is Oulu and did order": 'points > 5 or (city is "Oulu" and did order)',
            "did order and points > 5 or city is Oulu": '(did order and points > 5) or city is "Oulu"',
        },
        warns="mixed_and_or",
    )
    spec.written({"points > 5 or (city is Oulu and did order)": 'points > 5 or (city is "Oulu" and did order)'})


def test_parentheses_that_change_nothing_go(spec):
    """What stands in needless parentheses is written without them."""
    spec.written(
        {"((points > 5))": "points > 5", "(points > 5 and city is Oulu) and did order": 'points > 5 and city is "Oulu" and did order'}
    )


def test_comments_and_new_lines(spec):
    """A rule may run over several lines, and `#` begins a comment."""
    spec.written({"did order # ever\n  and points > 5": "did order and points > 5"})


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
