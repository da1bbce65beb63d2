"""Thousands of byte strings are found at once exactly where they stand."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from lohko.base.text import fold
from lohko.landing import needles
from lohko.landing.needles import Needles
from lohko.landing.sought import Sought

WORDS = st.binary(min_size=4, max_size=12) | st.text("ab\x00", min_size=4, max_size=8).map(str.encode)


@given(st.sets(WORDS, max_size=8), st.lists(WORDS | st.binary(max_size=6), max_size=12).map(b"".join))
def test_what_is_found_is_what_stands_there(wanted, block):
    assert Needles(wanted).found_in(block) == {word for word in wanted if word.lower() in block.lower()}


@given(st.sets(WORDS, min_size=1, max_size=4), st.binary(max_size=40), st.integers(4, 9))
def test_a_string_on_the_edge_of_two_blocks_is_found(wanted, before, size):
    body = before + b"".join(wanted)
    held, needles._BLOCK = needles._BLOCK, size
    try:
        assert Needles(wanted).found_in_stream(io.BytesIO(body)) == {word for word in wanted if word.lower() in body.lower()}
    finally:
        needles._BLOCK = held


def test_an_address_is_found_however_it_was_written():
    assert Needles([b"maija.m@example.fi"]).found_in(b"x,Maija.M@Example.FI,y") == {b"maija.m@example.fi"}


WORDS_OF_PEOPLE = st.text("aä@. b1", max_size=9)


@given(
    st.sets(WORDS_OF_PEOPLE, max_size=6), WORDS_OF_PEOPLE, st.lists(st.sampled_from([" ", ",", "x", "Ä", "\ud800"]), min_size=2, max_size=2)
)
def test_a_text_stands_where_it_is_no_part_of_a_word(wanted, said, around):
    """As one pattern of all of them would find them; it takes too long for thousands."""
    sayable = [fold(text) for text in {*wanted, said} if len(text) >= 6 or "@" in text]
    text = said.upper().join(around)
    pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sayable)
    assert Sought(texts=[*wanted, said]).in_text(text) == bool(sayable and re.search(pattern, fold(text)))
