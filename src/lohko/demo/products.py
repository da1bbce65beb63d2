"""What the demo shop sells: outdoor and home goods of invented brands, at prices that look like prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """One thing to buy. `months` are those in which it sells best; `packs` are the usual quantities."""

    id: str
    name: str
    category: str
    brand: str
    price: Decimal
    months: frozenset[int]
    packs: tuple[Decimal, ...]


ONE = (Decimal(1),)
_PIECES = tuple(map(Decimal, (20, 50, 100, 200)))  # fasteners are sold by the piece, priced in thousandths
_METRES = tuple(map(Decimal, ("1.5", "2.5", "5", "12.5")))
_SUMMER, _WINTER, _ANY = frozenset({4, 5, 6, 7, 8}), frozenset({10, 11, 12, 1, 2}), frozenset(range(1, 13))
_GIFTS = frozenset({11, 12})

# Budget, middle and fine; the prices below are the middle one's.
BRANDS: dict[str, tuple[str, str, str]] = {
    "Vaatteet": ("Usvakoski", "Nietoskaari", "Tyrskyniitty"),
    "Jalkineet": ("Usvakoski", "Polkuhalla", "Tyrskyniitty"),
    "Retkeily": ("Havunruska", "Polkuhalla", "Kelohalla"),
    "Keittiö": ("Arkituuma", "Ruskapata", "Kelohalla"),
    "Tekstiilit": ("Arkituuma", "Villakuura", "Säkenpelto"),
    "Sisustus": ("Arkituuma", "Lumikuunna", "Säkenpelto"),
    "Puutarha": ("Havunruska", "Multavarsi", "Ruskapata"),
    "Tarvikkeet": ("Arkituuma", "Multavarsi", "Havunruska"),
}
_FACTORS = (Decimal("0.65"), Decimal(1), Decimal("1.7"))

_ITEMS: tuple[tuple[str, str, frozenset[int], str, tuple[Decimal, ...]], ...] = (
    ("Vaatteet", "Kuoritakki", _ANY, "149", ONE),
    ("Vaatteet", "Untuvatakki", _WINTER, "189", ONE),
    ("Vaatteet", "Merinovillapaita", _WINTER, "69", ONE),
    ("Vaatteet", "Retkihousut", _SUMMER, "89", ONE),
    ("Vaatteet", "Villasukat, 2 paria", _WINTER, "19.90", ONE),
    ("Vaatteet", "Pipo", _WINTER, "24.90", ONE),
    ("Jalkineet", "Vaelluskengät", _SUMMER, "139", ONE),
    ("Jalkineet", "Kumisaappaat", frozenset({3, 4, 9, 10}), "59", ONE),
    ("Jalkineet", "Talvikengät", _WINTER, "119", ONE),
    ("Jalkineet", "Sandaalit", _SUMMER, "49.90", ONE),
    ("Retkeily", "Teltta, 2 hengen", _SUMMER, "249", ONE),
    ("Retkeily", "Makuupussi −5 °C", _SUMMER, "119", ONE),
    ("Retkeily", "Retkikeitin", _SUMMER, "79", ONE),
    ("Retkeily", "Otsalamppu", _WINTER, "39.90", ONE),
    ("Retkeily", "Rinkka 65 l", _SUMMER, "169", ONE),
    ("Retkeily", 'Puukko 3,5"', _ANY, "44.90", ONE),
    ("Retkeily", "Ahkio", _WINTER, "595", ONE),
    ("Retkeily", "Köysi 8 mm, metritavara", _SUMMER, "1.95", _METRES),
    ("Keittiö", "Valurautapannu 28 cm", _GIFTS, "69", ONE),
    ("Keittiö", "Termospullo 1 l", _WINTER, "34.90", ONE),
    ("Keittiö", "Kahvimuki", _GIFTS, "14.90", (Decimal(1), Decimal(2), Decimal(4))),
    ("Keittiö", "Leikkuulauta; tammi", _GIFTS, "39.90", ONE),
    ("Keittiö", "Emalikattila 3 l", _ANY, "54.90", ONE),
    ("Tekstiilit", "Pellavalakanat", _ANY, "99", ONE),
    ("Tekstiilit", "Saunapyyhe", _ANY, "29.90", (Decimal(1), Decimal(2))),
    ("Tekstiilit", "Villahuopa", _WINTER, "79", ONE),
    ("Tekstiilit", "Pöytäliina", _GIFTS, "45", ONE),
    ("Sisustus", "Kynttilälyhty", _WINTER, "29.90", ONE),
    ("Sisustus", "Lampunvarjostin", _ANY, "49", ONE),
    ("Sisustus", "Lepotuoli", _ANY, "890", ONE),
    ("Sisustus", "Joulutähti 60 cm", _GIFTS, "35.90", ONE),
    ("Puutarha", "Istutuslapio", _SUMMER, "24.90", ONE),
    ("Puutarha", "Kasvatuslaatikko", frozenset({3, 4, 5}), "64.90", ONE),
    ("Puutarha", "Siemenpussi", frozenset({2, 3, 4, 5}), "3.50", (Decimal(1), Decimal(3), Decimal(5))),
    ("Puutarha", "Tulisija", _SUMMER, "159", ONE),
    ("Tarvikkeet", "Terassiruuvi 4,5 × 55", _SUMMER, "0.085", _PIECES),
    ("Tarvikkeet", "Naula 2,8 × 75", _SUMMER, "0.045", _PIECES),
    ("Tarvikkeet", 'Hylsysarja 1/2"', _ANY, "89", ONE),
    ("Tarvikkeet", "Pellavaöljy 1 l", _SUMMER, "17.90", ONE),
)
SAMPLE = Product("NAYTE-1", "Näytepussi: mehiläisvaha", "Tarvikkeet", "Havunruska", Decimal(0), _ANY, ONE)


def _price(middle: Decimal, factor: Decimal) -> Decimal:
    """A shop's price near middle x factor: thousandths below one euro, .90 up to a hundred, whole euros above."""
    raw = middle * factor
    if raw < 1:
        return raw.quantize(Decimal("0.001"))
    if raw < 10:
        return raw.quantize(Decimal("0.05")) if raw % Decimal("0.05") == 0 else raw.quantize(Decimal("0.1")) + Decimal("0.05")
    return raw.quantize(Decimal(1)) - Decimal("0.10") if raw < 100 else raw.quantize(Decimal(1))


def _products() -> tuple[Product, ...]:
    made = []
    for place, (category, name, months, price, packs) in enumerate(_ITEMS):
        for tier, brand in enumerate(BRANDS[category]):
            number = f"{category[:2].upper()}-{1000 + 10 * place + tier}".replace("Ä", "A")
            made.append(Product(number, name, category, brand, _price(Decimal(price), _FACTORS[tier]), months, packs))
    return tuple(made)


PRODUCTS: tuple[Product, ...] = _products()
"""Three products for every kind of thing, one a brand: `PRODUCTS[3 * i + tier]`."""
CATEGORIES: tuple[str, ...] = tuple(BRANDS)
