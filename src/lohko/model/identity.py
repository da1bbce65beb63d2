"""Which values make two records one person, and which never do.

A *record* is what one source knows as one customer (a node). Records are one person
when they share an identifier whose rule says so. False merges are worse than missed
ones: whatever speaks against a merge stops it and puts it before a person for review.

As YAML, in which everything may be left out:

    automatic: true
    rules: {email: merges, phone: with name, device: never}
    attributes: {loyalty_card: [bonus_number]}
    numbers_of: {crm_id: [crm]}
    most_people_per_value: 3
    largest_person: 20
    shared_mailboxes: [info, sales]
    scored: {merge: never, review: 0.8}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from lohko.base.errors import InputError, did_you_mean
from lohko.model.rfm_map import load_yaml

Rule = Literal["merges", "with name", "never"]
"""What a shared value does.

merges      the records are one person, unless something speaks against it
with name   only where the full names are the same too, in either order
never       nothing
"""


@dataclass(frozen=True)
class Kind:
    """One kind of identifier: where it is found, what sharing it does, and how strong such a link is.

    attributes   the attributes that hold it
    rule         the usual rule; a workspace may choose another
    strength     of records that cannot all be one person, the weaker links are given up first
    """

    name: str
    meaning: str
    attributes: tuple[str, ...]
    rule: Rule
    strength: int


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("email", "e-mail address", ("email",), "merges", 1),
        Kind("phone", "phone number", ("phone",), "with name", 1),
        Kind("loyalty_card", "loyalty card", ("loyalty_card", "loyalty_number", "card_number", "kanta_asiakasnumero"), "merges", 2),
        Kind("crm_id", "number in the CRM", ("crm_id", "crm_number"), "merges", 2),
        Kind("customer_number", "customer number of another source", ("customer_number",), "merges", 2),
        Kind("hashed_email", "hash of an e-mail address", ("hashed_email", "email_sha256", "email_hash"), "merges", 1),
        Kind("device", "device or browser", ("device_id", "anonymous_id"), "with name", 1),
        Kind("name_birthday_postcode", "name, birthday and postcode", (), "merges", 2),
    )
}
"""The kinds of identifiers, with their usual rules. A customer number is the record itself within its source."""

AGREEING = 3
"""The strength of a link by any value where the full names are the same as well."""

DISTINGUISHING = ("birthday", "hetu", "henkilötunnus", "henkilotunnus", "personal_identity_code")
"""Attributes of which one person has one value: two people with different ones are never merged by a rule.

Of a personal identity code only its masked mark is there, which still tells two birthdays apart.
"""

SHARED_MAILBOXES = frozenset(
    "abuse accounts admin asiakaspalvelu billing booking bookings contact customerservice finance hello help hr info invoice invoices "
    "kirjaamo laskut laskutus mail marketing markkinointi myynti no-reply noreply office orders palaute posti postmaster rekry reception "
    "sales service support team tilaukset toimisto varaukset vastaanotto webmaster yhteys".split()
)
"""What stands before the @ of addresses that many people read."""

PLACEHOLDERS = frozenset(
    "asd asdf dummy ei eimaili eisahkopostia eitiedossa fake foo na nobody noemail nomail none null test testi tester testing unknown x xx xxx".split()
)
"""What stands before the @, without signs, of addresses that are nobody's."""


@dataclass(frozen=True)
class IdentityRules:
    """How records become people in one workspace.

    automatic              whether every import ends with joining what it touched
    rules                  by kind
    attributes             by kind, the attributes that hold it
    numbers_of             by kind, the sources whose own customer numbers are identifiers of that kind
    most_people_per_value  a value that stands for more people than this links nobody
    largest_person         so many records at most become one person by rules
    scored_merge           from this probability on, scored pairs are merged without review; None is never
    scored_review          from this probability on, scored pairs are shown for review
    """

    automatic: bool = True
    rules: Mapping[str, Rule] = field(default_factory=lambda: {kind.name: kind.rule for kind in KINDS.values()})
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {kind.name: kind.attributes for kind in KINDS.values()})
    numbers_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    most_people_per_value: int = 3
    largest_person: int = 20
    shared_mailboxes: frozenset[str] = SHARED_MAILBOXES
    scored_merge: float | None = None
    scored_review: float = 0.8


_KEYS = (
    "automatic",
    "rules",
    "attributes",
    "numbers_of",
    "most_people_per_value",
    "largest_person",
    "shared_mailboxes",
    "scored",
)


def parse_identity(text: str) -> IdentityRules:
    """The rules that a YAML text says; what it leaves out is as usual. InputError that says what is wrong in it."""
    body = load_yaml(text, "The file of identity rules")
    if body is None:
        return IdentityRules()
    if not isinstance(body, dict):
        raise InputError("bad_identity_rules", "Identity rules are a set of keys such as rules and largest_person.")
    _known(body, _KEYS, "Identity rules have no key")
    rules = IdentityRules()
    if "automatic" in body:
        rules = replace(rules, automatic=_typed(body, "automatic", bool, "true or false"))
    if "most_people_per_value" in body:
        rules = replace(rules, most_people_per_value=_number(body, "most_people_per_value"))
    if "largest_person" in body:
        rules = replace(rules, largest_person=_number(body, "largest_person"))
    if "rules" in body:
        rules = replace(rules, rules={**rules.rules, **_by_kind(body, "rules", _rule)})
    if "attributes" in body:
        added = _by_kind(body, "attributes", _names)
        rules = replace(rules, attributes={kind: (*rules.attributes[kind], *added.get(kind, ())) for kind in KINDS})
    if "numbers_of" in body:
        rules = replace(rules, numbers_of=_by_kind(body, "numbers_of", _names))
    if "shared_mailboxes" in body:
        mailboxes = _names(body["shared_mailboxes"], "shared_mailboxes")
        rules = replace(rules, shared_mailboxes=SHARED_MAILBOXES | {name.casefold() for name in mailboxes})
    return _with_thresholds(rules, body["scored"]) if "scored" in body else rules


def write_identity(rules: IdentityRules) -> str:
    """The rules as the YAML that `parse_identity` reads back to equal ones."""
    usual = IdentityRules()
    lines = [
        f"automatic: {str(rules.automatic).lower()}",
        "rules:",
        *(f"  {kind}: {rules.rules[kind]}    # {KINDS[kind].meaning}" for kind in KINDS),
    ]
    added = {kind: [name for name in names if name not in usual.attributes[kind]] for kind, names in rules.attributes.items()}
    for title, named in (("attributes", added), ("numbers_of", dict(rules.numbers_of))):
        if any(named.values()):
            lines += [f"{title}:", *(f"  {kind}: [{', '.join(map(_quoted, names))}]" for kind, names in named.items() if names)]
    lines += [f"most_people_per_value: {rules.most_people_per_value}", f"largest_person: {rules.largest_person}"]
    if more := sorted(rules.shared_mailboxes - SHARED_MAILBOXES):
        lines.append(f"shared_mailboxes: [{', '.join(map(_quoted, more))}]")
    merge = "never" if rules.scored_merge is None else rules.scored_merge
    return "\n".join([*lines, "scored:", f"  merge: {merge}", f"  review: {rules.scored_review}", ""])


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _known(body: Mapping[Any, Any], known: tuple[str, ...], problem: str) -> None:
    for key in body:
        if key not in known:
            raise InputError("unknown_key", f"{problem} {str(key)!r}.", hint=did_you_mean(str(key), known))


def _typed(body: Mapping[str, Any], name: str, kind: type, said: str) -> Any:
    if not isinstance(body[name], kind):
        raise InputError("bad_identity_rules", f"This is {said}.", place=name)
    return body[name]


def _number(body: Mapping[str, Any], name: str) -> int:
    found = body[name]
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= 1000:
        raise InputError("bad_identity_rules", "This is a whole number of 1 to 1000.", place=name)
    return found


def _by_kind(body: Mapping[str, Any], name: str, read: Any) -> dict[str, Any]:
    found = _typed(body, name, dict, "a set of kinds of identifiers")
    _known(found, tuple(KINDS), "There is no kind of identifier")
    return {kind: read(value, f"{name}, {kind}") for kind, value in found.items()}


def _rule(value: Any, place: str) -> Rule:
    if value not in get_args(Rule):
        raise InputError("bad_identity_rules", f"A rule is {', '.join(get_args(Rule))}.", place=place)
    found: Rule = value
    return found


def _names(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise InputError("bad_identity_rules", "This is a list of names.", place=place)
    return tuple(item.strip() for item in value)


def _with_thresholds(rules: IdentityRules, body: Any) -> IdentityRules:
    if not isinstance(body, dict):
        raise InputError("bad_identity_rules", "These are the probabilities `merge` and `review`.", place="scored")
    _known(body, ("merge", "review"), "Scored matching has no threshold")
    merge, review = body.get("merge", "never"), body.get("review", rules.scored_review)
    for name, value in (("merge", merge), ("review", review)):
        if not (isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1) and (name, value) != ("merge", "never"):
            raise InputError("bad_identity_rules", "A threshold is above 0 and at most 1.", place=f"scored, {name}")
    return replace(rules, scored_merge=None if merge == "never" else float(merge), scored_review=float(review))
