"""Where people are, and what they allow.

Places, reach, consent and a random share of everyone.
"""


def test_within_a_distance(spec):
    """Within so many kilometres of a place, for people whose coordinates are known."""
    spec(
        people="""
                | latitude | longitude
            ----+----------+----------
            ana | 60.1699  | 24.9384
            bob | 60.2055  | 24.6559
            cai | 61.4978  | 23.7610
            dee |          |
            """,
        members={
            "within 5 km of 60.1699, 24.9384": "ana",
            "within 20 km of 60.1699, 24.9384": "ana bob",
            "within 200 km of 60.1699, 24.9384": "ana bob cai",
        },
    )


def test_consent(spec):
    """The latest record counts; a withdrawal of the same instant wins; each purpose is apart."""
    spec(
        people="ana bob cai dee",
        consents="""
                | purpose | given | at
            ----+---------+-------+-----------
            ana | email   | yes   | 2026-01-01
            bob | email   | yes   | 2026-01-01
            bob | email   | no    | 2026-02-01
            cai | ads     | yes   | 2026-01-01
            """,
        members={
            "may be sent e-mail marketing": "ana",
            "may be shown targeted ads": "cai",
            "may not be sent e-mail marketing": "bob cai dee",
        },
    )


def test_consent_by_each_channel(spec):
    """E-mail, text messages, calls and letters are consents of their own, and may be said in the words that one uses; what may be sent is marketing in all of them."""
    spec(
        people="ana bob cai dee",
        consents="""
                | purpose | given | at
            ----+---------+-------+-----------
            ana | email   | yes   | 2026-01-01
            bob | sms     | yes   | 2026-01-01
            cai | phone   | yes   | 2026-01-01
            dee | post    | yes   | 2026-01-01
            """,
        members={
            "may be sent e-mail marketing": "ana",
            "may be sent SMS marketing": "bob",
            "may be called for marketing": "cai",
            "may be sent marketing by post": "dee",
            "may not be sent SMS marketing": "ana cai dee",
        },
    )
    spec.written(
        {
            "may be sent text messages": "may be sent SMS marketing",
            "may be sent marketing by SMS": "may be sent SMS marketing",
            "has consented to text messages": "may be sent SMS marketing",
            "may not be texted": "may not be sent SMS marketing",
            "may be sent email marketing": "may be sent e-mail marketing",
            "may receive newsletters": "may be sent e-mail marketing",
            "has not consented to e-mail": "may not be sent e-mail marketing",
            "may be called": "may be called for marketing",
            "may be contacted by post": "may be sent marketing by post",
            "can be reached by text message": "can be reached by SMS",
            "has consented to phone": "may be called for marketing",
        }
    )
    spec.refused(
        {
            "may be sent text mesages": "`may be sent SMS marketing`",
            "ordered and can be sent e-mail": "`may be sent e-mail marketing`",
            "has marketing permission": "`may be called for marketing`",
            "opted in to sms": "`may be sent SMS marketing`",
        }
    )


def test_reachable(spec):
    """There is an address, a number, or a street and a postcode; consent is another question."""
    spec(
        people="""
                | email         | phone         | address | postcode
            ----+---------------+---------------+---------+---------
            ana | a@example.org |               | Katu 1  | 00100
            bob |               | +358401234567 | Katu 2  |
            """,
        members={
            "reachable by e-mail": "ana",
            "reachable by SMS": "bob",
            "reachable by phone": "bob",
            "reachable by post": "ana",
        },
    )


def test_a_random_share(spec):
    """The same people each time: the first 8 hex digits of md5(seed + ':' + person id) are below the share."""
    spec(
        people="ana bob cai dee eve",
        members={
            'random 100 % with seed "spring"': "ana bob cai dee eve",
            'random 0 % with seed "spring"': "",
            'random 50 % with seed "spring"': RANDOM_HALF,
        },
    )


def _half() -> str:
    import hashlib

    drawn = {name: int(hashlib.md5(f"spring:{name}".encode()).hexdigest()[:8], 16) for name in ("ana", "bob", "cai", "dee", "eve")}
    return " ".join(name for name, number in drawn.items() if number < 2**31)


RANDOM_HALF = _half()


def test_how_many_tags(spec):
    """How many different texts a set holds; none is 0."""
    spec(
        people="""
                | tags
            ----+---------------
            ana | vip, new, VIP
            bob | vip
            cai |
            """,
        members={
            "number of items in tags >= 2": "ana",
            "number of items in tags is 1": "bob",
            "number of items in tags is 2": "ana",
            "number of items in tags < 2": "bob cai",
            "tags is vip": "ana bob",
            "tags is not vip": "cai",
        },
    )


def test_parts_of_an_events_property(spec):
    """The weekday, month, day and hour of a property that is a date or time, and how many texts a set has."""
    spec(
        order="""
                | at         | delivered  | brand
            ----+------------+------------+-----------
            ana | 2026-02-01 | 2026-02-06 | Nike, Puma
            bob | 2026-02-01 | 2026-02-07 | Nike
            """,
        members={
            "did order where weekday of delivered is Friday": "ana",
            "did order where number of brand >= 2": "ana",
        },
    )
