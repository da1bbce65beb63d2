"""Names.

Names of attributes, events, properties and segments are ids, the same in every language; titles are for people.
"""


def test_names_are_in_any_case(spec):
    """City, CITY and city are one name."""
    spec(
        people="""
                | city
            ----+-----
            ana | Oulu
            """,
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            """,
        members={"CITY is Oulu": "ana", "did Order where TOTAL > 5": "ana"},
    )


def test_any_name_may_stand_in_backticks(spec):
    """A name with spaces, or one that is also a word of the language, stands in backticks; any name may."""
    spec(
        people="""
                | city | last order
            ----+------+-----------
            ana | Oulu | boots
            """,
        members={"`last order` is boots": "ana", "`city` is Oulu": "ana"},
    )
    spec.refused({"last order is boots": "is a time", "last is boots": "backticks"})


def test_words_of_the_language_are_reserved(spec):
    """Words that the language uses, or will use, are no bare names, so a rule means the same tomorrow."""
    spec.refused({"top is 5": "`top`", "did first": "`first`", "every is 5": "`every`"})


def test_a_columns_name_never_takes_a_traits_place(spec):
    """Attributes and RFM values share one namespace: a file's own column `frequency` becomes `frequency_given`."""
    spec.imported(
        """
        customer_id,frequency
        ana,7
        """,
        kind="customers",
        as_of="2100-01-01",
        members={"frequency_given is 7": "ana", "frequency is unknown": "ana"},
    )


def test_an_event_may_be_in_the_plural(spec):
    """`did orders` and `did the order` are `did order`."""
    spec(
        people="ana bob",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            """,
        members={
            "did orders": "ana",
            "did the order": "ana",
            "count of the orders is 1": "ana",
            "sum of total of the orders > 5": "ana",
            "did not orders": "bob",
        },
    )


def test_a_name_that_is_not_there_is_answered_with_candidates(spec):
    """A misspelt name is told before anything is asked, with the names that look like it."""
    spec.refused(
        {
            "citty is Oulu": "did you mean city",
            "did ordr": "did you mean order",
            "did order where totl > 5": "did you mean total",
            "in segment vip": "did you mean vips",
            "rfm_group is Champion": "did you mean Champions",
        }
    )


def test_comparisons_that_make_no_sense_are_refused(spec):
    """A text has no sum, a number is not before a day, and yes or no is not above 5."""
    spec.refused(
        {
            "city > 5": "is a text",
            "points is Oulu": "compared with a text",
            "sum of brand of order > 5": "no sum",
            "subscribed > 5": "yes or no",
            "points is before 2026-01-01": "is a number",
            "birthday > 5": "is a date",
        }
    )
