"""Text, codes, money.

Text is compared by what people mean by the same word: case, spaces around it and the way a letter is encoded do not
matter. Countries and languages are codes with names in several languages. Money is exact.
"""


def test_case_and_spaces_around_do_not_matter(spec):
    """Texts are the same when they differ only in case and in the spaces around them."""
    spec(
        people="""
                | city
            ----+-------------
            ana | Tampere
            bob | TAMPERE
            cai | "  tampere "
            dee | Tampere Hall
            """,
        members={'city is "tampere"': "ana bob cai", 'city is one of "TAMPERE", "Oulu"': "ana bob cai"},
    )


def test_letters_of_other_languages_fold(spec):
    """ß is ss, a final ς is σ, and Ä is ä however it is encoded; İ and I stay different letters. Every engine agrees."""
    spec(
        people="""
                | city
            ----+-------------
            ana | Straße
            bob | STRASSE
            cai | ΟΔΟΣ
            dee | οδος
            eve | Jyva\u0308skyla\u0308
            fia | İstanbul
            """,
        members={
            'city is "strasse"': "ana bob",
            'city is "STRASSE"': "ana bob",
            'city is "οδοσ"': "cai dee",
            'city is "JYVÄSKYLÄ"': "eve",
            'city is "istanbul"': "",
            'city is "İSTANBUL"': "fia",
        },
    )


def test_dots_and_accents_matter(spec):
    """Accents and dots matter: Mänttä is not Mantta."""
    spec(
        people="""
                | city
            ----+-------
            ana | Mänttä
            bob | Mantta
            """,
        members={'city is "mänttä"': "ana"},
    )


def test_contains_looks_inside_the_fold(spec):
    """`contains` finds a text anywhere inside, in any case; inside a set it never spans two of its texts."""
    spec(
        people="""
                | city
            ----+-------------
            ana | Ylöjärvi
            bob | JÄRVENPÄÄ
            cai | Oulu
            """,
        order="""
                | at         | total | brand
            ----+------------+-------+------------
            ana | 2026-02-01 | 10    | Nike, Puma
            bob | 2026-02-01 | 10    | Kepu
            """,
        members={
            'city contains "järv"': "ana bob",
            'did order where brand contains "puma"': "ana",
            'did order where brand contains "epu"': "bob",
        },
    )


def test_signs_are_signs(spec):
    """Quotes, % and _ mean nothing special in a text."""
    spec(
        people=r"""
                | level
            ----+------------------------
            ana | 100% "gold"
            bob | 100 gold
            cai | '; DROP TABLE person; --
            """,
        members={
            r'level is "100% \"gold\""': "ana",
            'level contains "%"': "ana",
            'level contains "_"': "",
            'level is "\'; DROP TABLE person; --"': "cai",
        },
    )


def test_a_set_is_one_of_its_texts(spec):
    """An order has a set of brands: a comparison holds when it holds for at least one of them, and its negative for none of them."""
    spec(
        order="""
                | at         | total | brand
            ----+------------+-------+------------
            ana | 2026-02-01 | 10    | Nike, Puma
            bob | 2026-02-01 | 10    | Puma
            cai | 2026-02-01 | 10    |
            """,
        members={
            'did order where brand is "Nike"': "ana",
            'did order where brand is one of "nike", "puma"': "ana bob",
            'did order where brand is not "Nike"': "bob cai",
        },
    )


def test_a_country_is_one_value_in_every_language(spec):
    """Finland, Suomi, FI and FIN are one country, in the data and in the rule."""
    spec(
        people="""
                | country
            ----+--------
            ana | Finland
            bob | Suomi
            cai | FI
            dee | Sverige
            eve | Narnia
            """,
        members={
            "country is Suomi": "ana bob cai",
            'country is "fin"': "ana bob cai",
            "country is one of Finland, Ruotsi": "ana bob cai dee",
            "country is not Finland": "dee eve",
            'country is "narnia"': "eve",
        },
    )


def test_a_language_is_one_value_in_every_language(spec):
    """Swedish, ruotsi, sv and sv-FI are one language."""
    spec(
        people="""
                | language
            ----+---------
            ana | sv
            bob | ruotsi
            cai | sv-FI
            dee | Finnish
            """,
        members={"language is Swedish": "ana bob cai", "language is suomi": "dee"},
    )


def test_codes_are_made_when_a_file_comes_in(spec):
    """A file may write each country as it likes; they come in as one value, and what is no country stays as it is written."""
    spec.imported(
        """
        customer_id,country
        ana,Finland
        bob,suomi
        cai,FI
        dee,Narnia
        """,
        kind="customers",
        as_of="2030-01-01",
        books={"unknown_codes": {"country": 1}},
        members={"country is FI": "ana bob cai", 'country is "Narnia"': "dee"},
    )


def test_money_is_exact(spec):
    """0.1 + 0.2 is 0.3, and thousandths of a price are kept."""
    spec(
        order="""
                | at         | total
            ----+------------+--------
            ana | 2026-02-01 | 0.1
            ana | 2026-02-02 | 0.2
            bob | 2026-02-01 | 10.0049
            """,
        members={
            "sum of total of order is 0.3": "ana",
            "sum of total of order > 0.3": "bob",
            "max of total of order is 10.0049": "bob",
            "max of total of order is 10.005": "",
        },
    )


def test_a_currency_may_stand_after_a_number(spec):
    """`500 €` and `500 EUR` are 500."""
    spec(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 600
            bob | 2026-02-01 | 400
            """,
        members={"sum of total of order > 500 €": "ana", "sum of total of order > 500 EUR": "ana"},
    )


def test_a_row_in_another_currency_waits(spec):
    """Without a dated rate an order in another currency cannot be added up: it is rejected as `no_rate`, and kept."""
    spec.imported(
        """
        customer_id,ordered_at,total,currency
        ana,2026-02-01,100,EUR
        bob,2026-02-01,100,SEK
        """,
        kind="orders",
        books={"accepted": 1, "rejected_by_reason": {"no_rate": 1}},
        members={"did order": "ana"},
    )


def test_numbers_may_have_a_decimal_comma(spec):
    """How a file writes numbers is told from the whole column: `1 234,50 €` is 1234.5."""
    spec.imported(
        """
        customer_id;ordered_at;total
        ana;1.2.2026;1 234,50 €
        bob;2.2.2026;99,90
        """,
        kind="orders",
        members={"sum of total of order is 1234.5": "ana", "sum of total of order is 99.9": "bob"},
    )


def test_net_of_tax_where_the_file_says_the_tax(spec):
    """A tax column is taken off: sums are net of VAT where the source says how much it is."""
    spec.imported(
        """
        customer_id,ordered_at,total,vat
        ana,2026-02-01,125.50,25.50
        """,
        kind="orders",
        members={"sum of total of order is 100": "ana"},
    )


def test_a_column_of_tax_rates(spec):
    """A column of rates is taken off by its rate: 125.50 with 25.5 % is 100 without."""
    spec.imported(
        """
        customer_id;ordered_at;total;ALV-%
        ana;1.2.2026;125,50;25,5
        bob;1.2.2026;114,00;14
        cai;1.2.2026;80,00;0
        """,
        kind="orders",
        members={"sum of total of order is 100": "ana bob", "sum of total of order is 80": "cai"},
    )
