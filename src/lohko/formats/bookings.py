"""Bookings of hotels, cottages and activities: one row per booking, as property systems write them, and Booking.com's list."""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import CurrencyInCells

BOOKINGS = Format(
    key="booking-list",
    title="bookings",
    source="bookings",
    kind="bookings",
    headers=("Booking ID", "Booked at", "Arrival", "Departure", "Nights", "Guests", "Room", "Channel", "Total", "Status"),
    needs=("Arrival", "Departure"),
    lacks=("Book number",),
    spellings={
        "Booking ID": ("Reservation ID", "Booking number", "Reservation number", "Confirmation number", "Varausnumero", "Varaustunnus", "Varaus"),
        "Booked at": ("Booking date", "Reservation date", "Created", "Created at", "Booked on", "Varattu", "Varauspäivä", "Varausaika", "Varaus tehty"),
        "Arrival": ("Arrival date", "Check-in", "Check-in date", "Checkin", "Saapuminen", "Saapumispäivä", "Tulopäivä"),
        "Departure": ("Departure date", "Check-out", "Check-out date", "Checkout", "Lähtö", "Lähtöpäivä"),
        "Nights": ("Number of nights", "Length of stay", "Yöt", "Öitä", "Yöpymiset", "Yömäärä"),
        "Guests": ("Number of guests", "Persons", "Pax", "Henkilöt", "Henkilömäärä", "Henkilöitä", "Vieraita", "Vieraat"),
        "Room": ("Room type", "Unit", "Unit type", "Accommodation", "Huone", "Huonetyyppi", "Mökki", "Kohde"),
        "Channel": ("Source", "Booking channel", "Booking source", "Kanava", "Varauskanava"),
        "Total": ("Total price", "Price", "Amount", "Hinta", "Summa", "Yhteensä", "Kokonaishinta"),
        "Status": ("Booking status", "Reservation status", "Tila", "Varauksen tila"),
    },
    fields={},
    where="the booking or property system's list of reservations, as CSV or Excel",
)  # fmt: skip
BOOKING_COM = Format(
    key="booking-com",
    title="Booking.com reservations",
    source="booking.com",
    kind="bookings",
    headers=(
        "Book number", "Booked by", "Guest name(s)", "Check-in", "Check-out", "Booked on", "Status", "Rooms", "Persons", "Adults",
        "Children", "Children's age(s)", "Price", "Commission %", "Commission amount", "Payment status", "Payment method (payment provider)",
        "Remarks", "Booker country", "Travel purpose", "Device", "Unit type", "Duration (nights)", "Cancellation date", "Address",
        "Phone number",
    ),
    needs=("Book number", "Booked on", "Check-in"),
    fields={
        "booking_id": "Book number", "booked_at": "Booked on", "name": "Booked by", "arrival": "Check-in", "departure": "Check-out",
        "status": "Status", "guests": "Persons", "adults": "Adults", "children": "Children", "total": "Price", "room": "Unit type",
        "nights": "Duration (nights)", "cancelled_at": "Cancellation date", "country": "Booker country", "phone": "Phone number",
        "address": "Address", "purpose": "Travel purpose", "currency": "currency",
    },
    never=("Commission %", "Commission amount"),
    reshape=(CurrencyInCells("currency", "Price"),),
    where="Reservations > Download (the list has no e-mail addresses: guests are told apart by their phone number)",
)  # fmt: skip
