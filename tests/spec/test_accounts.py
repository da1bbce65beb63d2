"""Accounts.

A company's contacts together: whether any, all or some of them did something, and what the company is like.
"""

_CONTACTS = """
        | company | employees | open_deal
    ----+---------+-----------+----------
    ana | Acme    | 120       | no
    bob | acme    |           |
    cai | Beta    | 10        | yes
    dee |         | 80        |
    """
_VIEWS = """
        | at         | page
    ----+------------+--------
    ana | 2026-02-20 | Pricing
    bob | 2026-02-21 | Pricing
    cai | 2026-02-21 | Pricing
    dee | 2026-02-21 | Pricing
    """


def test_contacts_of_the_account(spec):
    """`any`, `all` or `at least N contacts of the account`: every contact is in or out together; a person without an account is out."""
    spec(
        people=_CONTACTS,
        page_view=_VIEWS,
        members={
            "any contact of the account visited page Pricing": "ana bob cai",
            'at least 2 contacts of the account visited page "Pricing" in the last 14 days': "ana bob",
            "all contacts of the account visited page Pricing in the last 8 days": "cai",
        },
    )


def test_contacts_who_were_erased(spec):
    """Someone who was erased is no contact any more."""
    spec(
        people=_CONTACTS,
        page_view=_VIEWS,
        gone="bob",
        members={
            'at least 2 contacts of the account visited page "Pricing"': "",
            "all contacts of the account visited page Pricing in the last 8 days": "cai",
            "all contacts of the account visited page Pricing in the last 9 days": "ana cai",
        },
    )


def test_attributes_of_the_account(spec):
    """What any of its contacts is known to have is the account's: its size, an open deal."""
    spec(
        people=_CONTACTS,
        members={
            "the account has 50-249 employees": "ana bob",
            "the account has an open deal": "cai",
            "the account has no open deal": "ana bob dee",
        },
    )
