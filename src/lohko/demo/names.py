"""Names of the demo shop's customers: common Finnish ones with rough weights, and a few from the neighbours.

First names are by generation, as names go in and out of fashion. Any likeness
to a real person is by chance: first and last names are drawn independently.
"""

from __future__ import annotations


def _weighted(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and cumulative weights from "name weight" pairs."""
    words = text.split()
    total, sums = 0, []
    for weight in words[1::2]:
        total += int(weight)
        sums.append(total)
    return tuple(words[::2]), tuple(sums)


OLDER, MIDDLE, YOUNGER = "older", "middle", "younger"

WOMEN = {
    OLDER: _weighted(
        "Ritva 30 Leena 32 Pirjo 28 Sirpa 27 Marjatta 22 Anneli 24 Päivi 20 Tuula 25 Eija 22 Liisa 20 Raija 20 Kaija 14 "
        "Seija 18 Marja 20 Hannele 16 Irma 13 Helena 16 Aino 8 Anna-Liisa 6 Eeva 12 Maija 10 Terttu 6 Arja 13 Merja 18"
    ),
    MIDDLE: _weighted(
        "Tiina 30 Minna 28 Sari 28 Anne 26 Johanna 26 Päivi 20 Mari 22 Katja 20 Heidi 20 Susanna 18 Satu 18 Hanna 22 "
        "Jaana 16 Outi 13 Riikka 14 Sanna 18 Kirsi 16 Marika 12 Anu 12 Elina 16 Anna-Maija 4 Mervi 10 Niina 12 Krista 8"
    ),
    YOUNGER: _weighted(
        "Laura 24 Jenni 20 Emilia 18 Noora 14 Anna 20 Sofia 13 Emma 16 Sara 14 Iida 12 Veera 13 Roosa 10 Essi 10 Ella 8 "
        "Aino 12 Jenna 13 Henna 12 Katri 8 Suvi 10 Milla 9 Oona 7 Eveliina 8 Pinja 7 Venla 6 Ronja 6"
    ),
}
MEN = {
    OLDER: _weighted(
        "Kari 32 Timo 30 Matti 28 Seppo 26 Jukka 24 Pekka 24 Heikki 22 Markku 22 Hannu 20 Ari 18 Pertti 16 Antti 12 Erkki 14 "
        "Raimo 15 Ilkka 12 Reijo 12 Tapani 14 Esa 14 Jorma 15 Veikko 9 Eero 11 Risto 12 Olli 9 Martti 12"
    ),
    MIDDLE: _weighted(
        "Mika 30 Jari 26 Juha 30 Marko 26 Petri 24 Janne 24 Sami 22 Jani 20 Tomi 16 Harri 16 Pasi 18 Teemu 16 Kimmo 14 "
        "Antti 20 Tero 14 Vesa 14 Juha-Pekka 6 Toni 12 Mikko 22 Ville 14 Jarkko 12 Kalle 9 Tuomas 12 Arto 10"
    ),
    YOUNGER: _weighted(
        "Joni 16 Niko 16 Eetu 10 Aleksi 16 Jesse 13 Joonas 16 Lauri 16 Eero 9 Otto 8 Ville 14 Juho 16 Henri 13 Markus 13 "
        "Oskari 12 Tuomas 12 Elias 9 Onni 7 Santeri 9 Roope 8 Valtteri 9 Miika 8 Kasper 6 Leevi 5 Arttu 8"
    ),
}
SURNAMES = _weighted(
    "Korhonen 22 Virtanen 21 Mäkinen 20 Nieminen 20 Mäkelä 19 Hämäläinen 18 Laine 17 Heikkinen 17 Koskinen 17 Järvinen 16 "
    "Lehtonen 16 Lehtinen 15 Saarinen 15 Salminen 15 Heinonen 15 Niemi 15 Heikkilä 14 Kinnunen 14 Salonen 14 Turunen 14 "
    "Laitinen 14 Salo 13 Tuominen 13 Rantanen 13 Karjalainen 13 Jokinen 13 Mattila 12 Savolainen 12 Lahtinen 12 Ahonen 12 "
    "Ojala 11 Leppänen 11 Kallio 11 Hiltunen 11 Väisänen 11 Leinonen 11 Aaltonen 11 Miettinen 11 Pitkänen 10 Manninen 10 "
    "Lehto 10 Hakala 10 Koivisto 10 Anttila 10 Laaksonen 10 Hirvonen 10 Räsänen 9 Rissanen 9 Toivonen 9 Aalto 9 Mustonen 9 "
    "Hänninen 8 Rajala 8 Harju 8 Kettunen 8 Kärkkäinen 8 Lindholm 3 Peltonen 9 Nurmi 9 Partanen 8 Pulkkinen 8 Seppälä 9 "
    "Vainio 8 Eskelinen 7 Koponen 7 Rautio 6 Hyvönen 7 Kemppainen 8 Kokkonen 6 Moilanen 7 Oksanen 8 Parviainen 6 Suominen 7 "
    "Ylinen 4 Äijälä 1 Öhman 2 Mäki-Petäjä 1 Ala-Nissilä 1"
)
SWEDISH_WOMEN = _weighted("Maria 14 Anna 12 Eva 8 Kristina 8 Birgitta 6 Linda 8 Johanna 8 Sofia 7 Åsa 4 Emma 6 Ida 5 Märta 2 Gun-Britt 2")
SWEDISH_MEN = _weighted("Johan 10 Erik 12 Lars 10 Karl 6 Anders 9 Mikael 9 Henrik 7 Fredrik 6 Göran 5 Jonas 6 Åke 3 Oscar 4 Jan-Erik 3")
SWEDISH_SURNAMES = _weighted(
    "Johansson 14 Andersson 12 Karlsson 12 Lindholm 8 Nyström 9 Lindström 9 Söderholm 6 Nyman 8 Eriksson 9 Sundqvist 5 Holm 4 "
    "Österlund 4 Backman 5 Björklund 6 Grönroos 4 Häggblom 3 Sjöberg 5 Westerlund 4"
)
ESTONIAN_WOMEN = _weighted("Kristiina 8 Katrin 8 Liis 6 Piret 5 Triin 6 Maarika 3 Kadri 6 Õie 1")
ESTONIAN_MEN = _weighted("Martin 8 Rain 5 Priit 5 Toomas 6 Jaan 5 Tanel 5 Märt 3")
ESTONIAN_SURNAMES = _weighted("Tamm 8 Saar 7 Sepp 6 Mägi 6 Kask 5 Kukk 4 Rebane 4 Pärn 3 Õunapuu 2")
