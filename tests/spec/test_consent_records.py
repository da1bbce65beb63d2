"""Consent.

Consent is a record: who, for what, given or withdrawn, since when. What holds at an instant is decided by the records before it. Audience files
hold only people whose consent for the purpose stands.
"""


def test_consent_is_by_purpose(spec):
    """Consent to e-mail is no consent to ads; without a record there is none."""
    spec.imported(
        """
        customer_id,consent_email,consent_ads
        ana,yes,no
        bob,no,yes
        cai,,
        """,
        kind="customers",
        as_of="2100-01-01",
        consented={"email": "ana", "ads": "bob", "sms": ""},
    )


def test_consent_holds_from_its_date(spec):
    """A date in the column is the day on which consent was given: before it there was none."""
    rows = """
        customer_id,consent_ads
        ana,2026-02-15
        bob,15.1.2026
        """
    spec.imported(rows, kind="customers", as_of="2026-02-01", consented={"ads": "bob"})
    spec.imported(rows, kind="customers", as_of="2026-03-01", consented={"ads": "ana bob"})


def test_a_withdrawal_stands_until_a_later_dated_consent(spec):
    """After a "no" an undated "yes" changes nothing; a "yes" with a later date does."""
    withdrawn = """
        customer_id,updated_at,consent_ads
        ana,2026-01-10,no
        bob,2026-01-10,no
        cai,2026-01-10,no
        """
    spec.imported(
        withdrawn,
        """
        customer_id,updated_at,consent_ads
        ana,2026-02-10,yes
        bob,2026-01-05,yes
        """,
        kind="customers",
        consented={"ads": "ana"},
    )
    spec.imported(
        withdrawn,
        """
        customer_id,consent_ads
        cai,yes
        """,
        kind="customers",
        as_of="2100-01-01",
        consented={"ads": ""},
    )


def test_at_a_tie_withdrawal_wins(spec):
    """Given and withdrawn at the same moment is withdrawn."""
    spec.imported(
        """
        customer_id,updated_at,consent_ads
        ana,2026-01-10,yes
        """,
        """
        customer_id,updated_at,consent_ads
        ana,2026-01-10,no
        """,
        kind="customers",
        consented={"ads": ""},
    )


def test_finnish_columns_and_words(spec):
    """Consent columns go by their Finnish names too: kyllä, ei, or a day."""
    spec.imported(
        """
        asiakasnumero;sähköpostilupa;mainontalupa
        ana;kyllä;ei
        bob;ei;1.2.2026
        """,
        kind="customers",
        as_of="2100-01-01",
        consented={"email": "ana", "ads": "bob"},
    )


def test_a_column_of_those_who_want_none_only_takes_back(spec):
    """A column such as "unsubscribed" withdraws where it says yes or a day; where it is empty or says no it gives nothing."""
    spec.imported(
        """
        customer_id,consent_email,unsubscribed
        ana,yes,no
        bob,yes,yes
        cai,,no
        """,
        kind="customers",
        as_of="2100-01-01",
        consented={"email": "ana"},
    )
