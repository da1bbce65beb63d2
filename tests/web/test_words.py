"""Every text of the app is there in Finnish, and nothing Finnish is left of texts that are gone."""

from __future__ import annotations

import io
import re
import string
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import zone
from lohko.engine.figures import Buying
from lohko.formats.api_records import API_FORMATS
from lohko.formats.fields import KINDS, fields_of
from lohko.formats.plain import PLAIN
from lohko.formats.registry import FORMATS
from lohko.model.rfm_map import BY_ID
from lohko.steps import figures
from lohko.web import format_words, words
from lohko.web.language import LANGUAGES, preferred, texts
from lohko.web.words import Words

WEB = files("lohko.web")
WHAT = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
NAMED = re.compile(r"%\((\w+)\)s")


def used() -> dict[str | tuple[str, str], str]:
    """Every text in the code and the templates, with a place where it is used."""
    options = {"templates/**.html": {"silent": "false", "newstyle_gettext": "true"}}
    found = extract_from_dir(str(WEB), WHAT, options, keywords=KEYWORDS, comment_tags=())
    return {text if isinstance(text, str) else tuple(text): f"{name}:{line}" for name, line, text, _, _ in found if text}


def finnish() -> Catalog:
    source = WEB / "locale" / "fi" / "LC_MESSAGES" / "lohko.po"
    return read_po(io.BytesIO(source.read_bytes()), locale="fi", abort_invalid=True)


def messages() -> dict[str | tuple[str, str], Message]:
    return {item.id if isinstance(item.id, str) else tuple(item.id): item for item in finnish() if item.id}


def test_every_text_is_there_in_finnish() -> None:
    """The failure lists what is missing, each with the place where it is used."""
    known = messages()
    missing = [f"{place}: {text!r}" for text, place in used().items() if text not in known or not all(forms(known[text]))]
    assert not missing, "\n".join(sorted(missing))


def test_nothing_is_translated_that_is_not_used() -> None:
    """A text that was changed in English is looked at again in Finnish."""
    assert sorted(map(str, set(messages()) - set(used()))) == []


def forms(item: Message) -> list[str]:
    return [item.string] if isinstance(item.string, str) else list(item.string)


def test_the_values_within_a_text_are_the_same_in_both_languages() -> None:
    """A name that is missing or misspelt in the Finnish would be a page that fails."""
    for text, item in messages().items():
        wanted = {name for form in ([text] if isinstance(text, str) else text) for name in NAMED.findall(form)}
        for form in forms(item):
            assert set(NAMED.findall(form)) == wanted, text
            assert "%" not in NAMED.sub("", form).replace("%%", ""), text
        assert not item.fuzzy, text


def test_finnish_texts_are_written_as_finnish_texts() -> None:
    """Begun and ended as the English one is; with the signs of Finnish; two forms where there is a number."""
    for text, item in messages().items():
        english = text if isinstance(text, str) else text[1]
        assert len(forms(item)) == (1 if isinstance(text, str) else 2), text
        for form in forms(item):
            assert form == form.strip() and "  " not in form and "..." not in form, text
            assert (form[-1] in ".?!:") == (english[-1] in ".?!:"), text
            assert not set('"“') & set(form), f"{text}: quotation marks are ” in Finnish"
            if english[0] in string.ascii_letters and form[0].isalpha():
                assert form[0].isupper() == english[0].isupper(), text


def test_the_catalogue_says_how_plurals_are_made() -> None:
    """1 asiakas, but 0 and 2 asiakasta."""
    said = texts("fi")
    assert [said.ngettext("%(num)s customer", "%(num)s customers", n) % {"num": n} for n in (0, 1, 2)] == [
        "0 asiakasta",
        "1 asiakas",
        "2 asiakasta",
    ]


def test_names_from_data_have_titles_in_both_languages_and_others_stay_as_they_are() -> None:
    """A shop's own fields and events are shown as the shop wrote them."""
    fi, en = Words(texts("fi"), "fi", zone("Europe/Helsinki")), Words(texts("en"), "en", zone("UTC"))
    assert (en.field("ordered_at"), fi.field("ordered_at")) == ("Order time", "Tilausaika")
    assert en.field("club_level") == fi.field("club_level") == "club level"
    assert en.event("quiz_done") == "quiz done"
    assert (en.group("champions"), fi.group("champions"), fi.group(None)) == ("Champions", "Mestarit", "–")
    assert fi.reason("something_new") == "something_new"
    error = InputError("unknown_segment", "No segment is called 'x'.")
    assert en.error(error) == error.message and fi.error(error) != error.message
    assert fi.error(InputError("something_new", "It is new.")) == "It is new."


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("FIELDS", {name for kind in KINDS for name in fields_of(kind)}),
        ("KINDS", set(KINDS)),
        ("GROUPS", set(BY_ID)),
        ("MEASURES", set(figures._measures(Buying(0, 0, 0, Decimal(0), None)))),
    ],
)
def test_the_tables_of_words_hold_every_name_of_the_code(table: str, names: set[str]) -> None:
    """A field, kind, group or measure that was added has a title before it is shown."""
    assert names - set(getattr(words, table)) == set()


def test_every_error_of_a_file_and_of_a_page_has_a_sentence() -> None:
    """Whatever is wrong with an upload or an address is said in the page's language too."""
    raised = set()
    for folder in ("landing", "web"):
        for path in Path(str(WEB.parent / folder)).glob("*.py"):
            raised |= set(re.findall(r'(?:InputError|StoreError)\(\s*"(\w+)"', path.read_text()))
    assert len(raised) > 30
    assert raised - set(words.ERRORS) == set()


def test_every_error_of_the_steps_that_pages_ask_has_a_sentence() -> None:
    """What forms and addresses can bring about in reports, drafts, review, exploring and sources is said in Finnish, and so is what to do about it."""
    codes = set()
    for name in (
        "reports",
        "drafts",
        "explore",
        "explore_paths",
        "explore_trend",
        "explored",
        "review",
        "segment_about",
        "call_notes",
        "contracts",
        "versions",
    ):
        codes |= set(re.findall(r'(?:InputError|StoreError)\(\s*"(\w+)"', (WEB.parent / "steps" / f"{name}.py").read_text()))
    for name in ("outgoing.py", "reachable.py", "destinations/mail.py"):
        codes |= set(re.findall(r'(?:InputError|PartialError)\(\s*"(\w+)"', (WEB.parent / name).read_text()))
    assert len(codes) > 40
    assert codes - set(words.ERRORS) - set(words.RULE_ERRORS) == set()


def test_every_export_that_is_recognised_has_a_name_on_the_pages() -> None:
    """Also in Finnish, which the test of the catalogue sees to."""
    assert {item.title for item in (*FORMATS, *API_FORMATS, *PLAIN)} == format_words.FORMATS


def test_what_to_do_about_an_error_is_in_the_language_of_its_sentence() -> None:
    """A near name is offered in Finnish too; a hint about the command line is not shown beside a Finnish sentence."""
    said = Words(texts("fi"), "fi", zone("Europe/Helsinki"))
    assert said.hint(InputError("unknown_segment", "x", hint=did_you_mean("vpi", ["vip", "vie"]))) == "tarkoititko vip tai vie?"
    assert said.hint(InputError("unknown_role", "x", hint=did_you_mean("z", ["admin", "viewer"]))) == "tarjolla ovat admin, viewer."
    assert said.hint(InputError("unknown_item", "x", hint="`lohko review list` shows what does.")) is None
    assert said.hint(InputError("invitation_over", "x", hint="ask an admin.")) == "Pyydä uusi ylläpitäjältä."
    kept = said.kept_error(
        {"code": "source_unauthorised", "message": "shop.example does not accept the key.", "hint": "is it the right one?"}
    )
    assert said.error(kept).startswith("Se ei hyväksy avainta") and said.hint(kept) is None
    assert said.error(said.kept_error("mail_refused")).startswith("Sähköpostipalvelin ei ottanut")
    assert said.place(InputError("bad_rule", "x", place="line 1, column 25:\n    did")) == "rivi 1, sarake 25:\n    did"
    assert said.place(InputError("bad_rule", "x", place="line up")) == "line up"


def test_every_reason_for_which_a_row_is_rejected_has_a_sentence() -> None:
    """The reasons are those that the guide explains."""
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "importing.md").read_text()
    table = guide.partition("| Reason |")[2].partition("\n\n")[0]
    reasons = {name for row in table.splitlines() if row.startswith("| `") for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert len(reasons) > 8
    assert set(words.REASONS) == reasons


def test_every_reason_for_which_an_event_is_rejected_has_a_sentence() -> None:
    """Duplicates and messages of erased people are counted, not rejected."""
    code = [WEB.parent / "landing" / "messages.py", WEB.parent / "landing" / "told.py", WEB.parent / "steps" / "taking.py"]
    reasons = {name for path in code for name in re.findall(r'(?:return|str =) "([a-z_]+)"', Path(str(path)).read_text())} - {
        "suppressed",
        "duplicate",
        "text",
        "boolean",
    }
    assert len(reasons) > 10
    assert reasons <= set(words.REASONS) | set(words.OF_EVENTS) and set(words.OF_EVENTS) <= reasons


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fi", "fi"),
        ("fi-FI,fi;q=0.9,en;q=0.8", "fi"),
        ("en-US,en;q=0.9,fi;q=0.8", "en"),
        ("sv-FI,sv;q=0.9,fi;q=0.5", "fi"),
        ("en;q=0.5, fi;q=0.6", "fi"),
        ("fi;q=0, en", "en"),
        ("FI", "fi"),
        ("*", "en"),
        ("fi;q=high", "en"),
        (";;;,,,q=,fi;q=", "fi"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_browsers_preference_decides(header: str, language: str) -> None:
    """By weight, then by order; English where it asks for neither."""
    assert preferred(header) == language


def test_a_language_asked_for_is_remembered_and_wins(client) -> None:
    """The address before the cookie, the cookie before the browser; one that is not there is no language."""
    try:
        for _ in range(2):
            found = client.get("/import", params={"lang": "fi"}, headers={"accept-language": "en"})
            assert found.headers["content-language"] == "fi"
        assert "lohko_lang=fi" in found.headers["set-cookie"] and "httponly" in found.headers["set-cookie"].lower()
        assert "samesite=lax" in found.headers["set-cookie"].lower()
        assert client.get("/import", headers={"accept-language": "en"}).headers["content-language"] == "fi"
        assert client.get("/import", params={"lang": "sv"}).headers["content-language"] == "fi"
        assert client.get("/import", params={"lang": "en"}).headers["content-language"] == "en"
    finally:
        client.cookies.clear()
    assert "set-cookie" not in client.get("/import", params={"lang": "sv"}).headers
    assert set(LANGUAGES) == {"en", "fi"}
