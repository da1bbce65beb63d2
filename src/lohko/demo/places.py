"""Where the demo shop's customers live: the largest towns of Finland with some of their postcodes.

Population is in thousands, rounded, and only weighs how often a town is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Town:
    """A town, its weight, its postcodes, and the share of its people whose language is Swedish."""

    name: str
    thousands: int
    postcodes: tuple[str, ...]
    swedish: float = 0.01


def _town(name: str, thousands: int, postcodes: str, swedish: float = 0.01) -> Town:
    return Town(name, thousands, tuple(postcodes.split()), swedish)


TOWNS: tuple[Town, ...] = (
    _town("Helsinki", 675, "00100 00150 00170 00200 00250 00300 00350 00400 00500 00510 00530 00550 00600 00700 00800 00840 00900 00980", 0.06),
    _town("Espoo", 315, "02100 02130 02150 02170 02200 02230 02320 02600 02610 02650 02760 02940", 0.07),
    _town("Tampere", 255, "33100 33180 33200 33210 33270 33400 33500 33540 33580 33720 33820"),
    _town("Vantaa", 247, "01300 01350 01360 01370 01400 01450 01510 01600 01620 01700", 0.02),
    _town("Oulu", 215, "90100 90120 90140 90230 90420 90500 90570 90650"),
    _town("Turku", 202, "20100 20200 20300 20380 20500 20540 20610 20720 20810", 0.05),
    _town("Jyväskylä", 147, "40100 40200 40320 40500 40520 40600 40630 40740"),
    _town("Kuopio", 124, "70100 70110 70200 70300 70420 70500 70780 70820"),
    _town("Lahti", 121, "15100 15110 15150 15200 15300 15500 15610"),
    _town("Pori", 83, "28100 28120 28200 28300 28360 28430 28540"),
    _town("Joensuu", 78, "80100 80110 80130 80160 80200 80230"),
    _town("Kouvola", 79, "45100 45130 45160 45200 46400 46800"),
    _town("Lappeenranta", 73, "53100 53200 53300 53500 53600 53850"),
    _town("Vaasa", 68, "65100 65200 65230 65280 65320 65370", 0.23),
    _town("Hämeenlinna", 68, "13100 13130 13200 13210 13500 13600"),
    _town("Seinäjoki", 66, "60100 60120 60200 60220 60320 60510"),
    _town("Rovaniemi", 65, "96100 96190 96200 96300 96400 96500"),
    _town("Mikkeli", 52, "50100 50120 50170 50190 50500 50600"),
    _town("Kotka", 51, "48100 48130 48200 48220 48400 48600"),
    _town("Salo", 51, "24100 24130 24240 24260 24280 24800"),
    _town("Porvoo", 51, "06100 06150 06200 06400 06450", 0.28),
    _town("Kokkola", 48, "67100 67200 67300 67600 67700", 0.12),
    _town("Hyvinkää", 47, "05800 05810 05820 05830 05880 05900"),
    _town("Lohja", 46, "08100 08150 08200 08350 08700", 0.03),
    _town("Nurmijärvi", 45, "01800 01840 01900 05200"),
    _town("Järvenpää", 46, "04400 04410 04420 04430 04440"),
    _town("Rauma", 39, "26100 26200 26510 26660"),
    _town("Kirkkonummi", 41, "02400 02410 02430 02450 02460 02480", 0.15),
    _town("Tuusula", 42, "04300 04310 04320 04340"),
    _town("Kerava", 38, "04200 04220 04230 04250 04260"),
    _town("Kajaani", 36, "87100 87200 87250 87400 87500"),
    _town("Kaarina", 36, "20660 20760 20780 21500", 0.03),
    _town("Nokia", 36, "37100 37120 37130 37150"),
    _town("Ylöjärvi", 33, "33470 33480"),
    _town("Kangasala", 33, "36200 36220 36240 36270"),
    _town("Savonlinna", 31, "57100 57130 57200 57220 57510"),
    _town("Vihti", 29, "03100 03150 03250 03400"),
    _town("Riihimäki", 28, "11100 11120 11130 11310 11710"),
    _town("Raasepori", 27, "10300 10600 10650", 0.64),
    _town("Raisio", 25, "21200 21260 21280"),
    _town("Imatra", 25, "55100 55120 55400 55420 55800"),
    _town("Lempäälä", 25, "33880 37500 37550 37560"),
    _town("Raahe", 24, "92100 92120 92130 92150"),
    _town("Sastamala", 24, "38100 38200 38210 38220"),
    _town("Hollola", 23, "15860 15880 16710"),
    _town("Sipoo", 22, "01120 01150 04130", 0.28),
    _town("Siilinjärvi", 21, "70900 70910 71800"),
    _town("Tornio", 21, "95400 95420 95450"),
    _town("Iisalmi", 20, "74100 74120 74130 74510"),
    _town("Valkeakoski", 21, "37600 37630 37700"),
    _town("Naantali", 20, "21100 21110 21160", 0.02),
    _town("Kurikka", 20, "61300"),
    _town("Mäntsälä", 21, "04600 04660 04680"),
    _town("Kemi", 20, "94100 94200 94600 94700"),
    _town("Varkaus", 19, "78200 78210 78300 78850"),
    _town("Jämsä", 19, "42100 42300"),
    _town("Pietarsaari", 19, "68600 68620 68630", 0.55),
    _town("Hamina", 19, "49400 49410 49460"),
    _town("Laukaa", 19, "41330 41340"),
    _town("Heinola", 18, "18100 18120 18200"),
    _town("Maarianhamina", 12, "22100", 0.85),
    _town("Inari", 7, "99800 99870"),
)  # fmt: skip

SWEDEN: tuple[tuple[str, str], ...] = (
    ("114 55", "Stockholm"),
    ("118 20", "Stockholm"),
    ("411 03", "Göteborg"),
    ("211 22", "Malmö"),
    ("903 26", "Umeå"),
    ("972 34", "Luleå"),
)
ESTONIA: tuple[tuple[str, str], ...] = (
    ("10117", "Tallinn"),
    ("10145", "Tallinn"),
    ("13415", "Tallinn"),
    ("51003", "Tartu"),
    ("80010", "Pärnu"),
)
