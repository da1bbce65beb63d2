"""What was.

A value on an earlier day, ever, an RFM group some time ago, and who was in a segment, entered or left it.
"""

_MOVED = """
        | from       | city
    ----+------------+--------
    ana | 2025-01-01 | Turku
    ana | 2026-02-01 | Tampere
    bob | 2026-02-15 | Tampere
    cai | 2026-03-01 | Tampere
    """


def test_an_attribute_some_time_ago(spec):
    """As it was so many days ago, at the 00:00 where `in the last` so many days begins, or at 00:00 of a day."""
    spec(
        people=_MOVED,
        members={
            "city was Turku 30 days ago": "ana",
            "city was Tampere on 2026-02-10": "ana",
            "city was unknown 30 days ago": "bob cai",
            "city is Tampere": "ana bob",
        },
    )


def test_ever_and_never(spec):
    """`has ever been` looks at every value the person had before; `has never been` is everyone else."""
    spec(
        people=_MOVED,
        members={"city has ever been Turku": "ana", "city has never been Turku": "bob cai", "city has ever been Tampere": "ana bob"},
    )


def test_a_trait_some_time_ago(spec):
    """An RFM group or score as it was then, worked out from what was known to have happened by then."""
    spec(
        order="""
                | at         | total
            ----+------------+------
            ana | 2025-06-01 | 100
            ana | 2025-11-20 | 100
            bob | 2026-02-20 | 50
            """,
        members={
            "frequency was 2 90 days ago": "ana",
            "frequency was 1 120 days ago": "ana",
            'RFM group was "prospects" 90 days ago': "bob",
        },
    )


_LEDGER = """
        | segment | way     | at
    ----+---------+---------+-----------------
    ana | vips    | entered | 2026-01-10 03:00
    bob | vips    | entered | 2026-01-10 03:00
    bob | vips    | left    | 2026-02-20 03:00
    """


def test_entered_and_left(spec):
    """By the ledger: who entered or left in a time."""
    spec(
        people="ana bob cai",
        moves=_LEDGER,
        segments={"vips": "city is known"},
        members={
            "entered segment vips": "ana bob",
            "left segment vips": "bob",
            "left segment vips in the last 14 days": "bob",
            "entered segment vips in the last 14 days": "",
        },
    )


def test_was_in_a_segment(spec):
    """By the ledger: who was in at a moment, however the segment is defined today."""
    spec(
        people="ana bob cai",
        moves=_LEDGER,
        segments={"vips": "city is known"},
        members={
            "was in segment vips 30 days ago": "ana bob",
            "was in segment vips on 2026-02-25": "ana",
            "was not in segment vips on 2026-02-25": "bob cai",
            "in segment vips": "",
        },
    )
