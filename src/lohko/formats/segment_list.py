"""An existing list of customers with a column that says which segment each is in: a picture of one day, to compare against."""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import SetPerPerson

SEGMENT_LIST = Format(
    key="segment-list",
    title="a list of customers with their segment",
    source="lists",
    kind="customers",
    headers=("Customer ID", "Segment"),
    needs=("Segment", ("Customer ID", "Email")),
    lacks=("Order ID", "Event", "Total", "Arrival"),
    spellings={
        "Customer ID": ("Customer number", "Customer", "Asiakasnumero", "Asiakastunnus", "Asiakas"),
        "Email": ("E-mail", "Email Address", "Sähköposti", "Sähköpostiosoite"),
        "Segment": ("Segments", "Segment name", "Customer segment", "Audience", "Segmentti", "Segmentin nimi", "Asiakassegmentti", "Kohderyhmä"),
        "Order ID": ("Order number", "Tilausnumero"),
        "Event": ("event_name", "Tapahtuma"),
        "Arrival": ("Arrival date", "Check-in", "Saapuminen", "Saapumispäivä", "Tulopäivä"),
        "Total": ("Summa", "Yhteensä"),
    },
    fields={"customer_id": "Customer ID", "email": "Email", "lists": "lists"},
    reshape=(SetPerPerson("lists", of="Segment", per=("Customer ID", "Email")),),
    where="any system that exports who is in which of its segments",
)  # fmt: skip
