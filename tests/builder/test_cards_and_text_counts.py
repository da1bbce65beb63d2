"""The same rule made of cards, written in English and written in Finnish finds the same number of people, over generated rules."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.by_edits import by_edits
from lohko.base.times import local_day
from lohko.model import edit
from lohko.model.blanks import Scope
from lohko.model.condition import And, Condition, Not, Or
from lohko.model.normal import normalise
from lohko.model.parse import parse
from lohko.model.resolve import Resolver
from lohko.model.sentence import sentence
from lohko.state.acting import actor
from lohko.state.drafts import keep_draft, read_draft
from lohko.steps.building import draft_count
from lohko.steps.drafts import draft_drop, draft_new, draft_of
from lohko.steps.read import count
from lohko.steps.work import Work, silent
from web.small_shop import RULES

TOWNS = st.sampled_from(["Tampere", "Turku", "Oulu", "Nowhere"])
FEW, MONEY, DAYS = st.integers(1, 4), st.integers(5, 120), st.integers(1, 1400)
GROUPS = st.sampled_from(["Champions", "Lost", "At Risk", "New Customers", "Loyal", "Prospects"])
LEAVES = st.one_of(
    st.builds('city is "{}"'.format, TOWNS),
    st.builds('city is one of "{}", "{}"'.format, TOWNS, TOWNS),
    st.builds('city starts with "{}"'.format, st.sampled_from(["T", "o", "Tu"])),
    st.sampled_from(
        ["city is known", "country is Finland", "did not order", "frequency > 2", "has consented to ads", "last_name is not known"]
    ),
    st.builds("did order at least {} times in last {} days".format, FEW, DAYS),
    st.builds("did order at most {} times".format, FEW),
    st.builds("did order where total > {} in last {} days".format, MONEY, DAYS),
    st.builds("sum of total of order > {}".format, MONEY),
    st.builds("average of total of order in last {} days < {}".format, DAYS, MONEY),
    st.builds("did order before {}-01-01".format, st.integers(2023, 2025)),
    st.builds("recency_days < {}".format, DAYS),
    st.builds('rfm_group is one of "{}", "{}"'.format, GROUPS, GROUPS),
    st.builds("in segment `{}`".format, st.sampled_from(sorted(set(RULES) - {"best"}))),
).map(lambda text: parse(text).condition)


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, parts)


RULES_OF_THE_SHOP = st.recursive(LEAVES, _joined, max_leaves=6).map(normalise)


def drafted(shop: Work, rule: Condition) -> int:
    """How many a draft finds that was put together blank by blank, as the builder counts it beside the cards."""
    name = draft_new(shop, silent)["draft"]
    found = draft_of(shop, name)
    scope = Scope(shop.schema(), sorted(RULES), local_day(found.as_of, shop.settings.zone))
    with shop.state.begin() as connection:
        kept = keep_draft(connection, read_draft(connection, name, actor()).edited(by_edits(rule, scope)))
    assert sentence(edit.closed(kept.tree)) == sentence(rule)
    size = draft_count(shop, silent, draft=name, revision=kept.revision)["count"]
    draft_drop(shop, silent, draft=name)
    return int(size)


@settings(max_examples=20)
@given(rule=RULES_OF_THE_SHOP)
def test_cards_and_text_find_the_same_number(shop, rule):
    """The same tree, the same sentence, the same count: of the cards, of the sentence in English, and of the one in Finnish."""
    rule = Resolver(shop.schema(), sorted(RULES)).condition(rule)

    by_text = {count(shop, silent, condition=sentence(rule, language))["count"] for language in ("en", "fi")}

    assert by_text == {drafted(shop, rule)}


def test_the_rules_are_not_all_of_nobody(shop):
    """Many rules find somebody, and not all of them the same number: the test above compares something."""
    from hypothesis import find
    from hypothesis.errors import NoSuchExample

    sizes: set[int] = set()

    def many(rule: Condition) -> bool:
        sizes.add(count(shop, silent, condition=sentence(Resolver(shop.schema(), sorted(RULES)).condition(rule)))["count"])
        return len(sizes) >= 4

    try:
        find(RULES_OF_THE_SHOP, many, settings=settings(max_examples=60, deadline=None))
    except NoSuchExample:
        raise AssertionError(f"only these sizes: {sizes}") from None
