"""Support tickets: one row per ticket, whose later states take the place of the earlier ones."""

from __future__ import annotations

from lohko.formats.format import Format

TICKETS = Format(
    key="ticket-list",
    title="support tickets",
    source="support",
    kind="tickets",
    headers=("Ticket ID", "Created at", "Requester email", "Subject", "Status", "Priority", "Channel", "Solved at"),
    needs=("Ticket ID",),
    lacks=("Ticket created - Date",),
    spellings={
        "Ticket ID": ("Ticket number", "Ticket", "Ticket no", "Case number", "Case ID", "Tikettinumero", "Tiketin numero", "Tiketti", "Palvelupyyntö", "Tukipyyntö"),
        "Created at": ("Created", "Created time", "Opened at", "Date opened", "Luotu", "Avattu", "Saapunut"),
        "Requester email": ("Requester e-mail", "Contact email", "Customer email", "Pyytäjän sähköposti", "Asiakkaan sähköposti"),
        "Subject": ("Title", "Aihe", "Otsikko"),
        "Status": ("State", "Tila"),
        "Priority": ("Prioriteetti", "Kiireellisyys"),
        "Channel": ("Source", "Kanava"),
        "Solved at": ("Resolved at", "Resolved time", "Closed at", "Closed time", "Ratkaistu", "Suljettu"),
    },
    fields={"email": "Requester email", "created_at": "Created at"},
    where="the help desk's list of tickets, as CSV",
)  # fmt: skip
ZENDESK_TICKETS = Format(
    key="zendesk-tickets",
    title="Zendesk Explore tickets",
    source="zendesk",
    kind="tickets",
    headers=(
        "Ticket ID", "Ticket status", "Ticket group", "Assignee name", "Ticket created - Date", "Ticket solved - Date", "Ticket brand",
        "Ticket channel", "Ticket form", "Ticket priority", "Ticket subject", "Ticket type", "Requester name", "Requester email",
        "Ticket organization name", "Ticket satisfaction rating", "Ticket tags",
    ),
    needs=("Ticket ID", "Ticket created - Date"),
    spellings={"Ticket organization name": ("Ticket organisation name",), "Ticket created - Date": ("Ticket created - Timestamp",), "Ticket solved - Date": ("Ticket solved - Timestamp",)},
    fields={
        "ticket_id": "Ticket ID", "created_at": "Ticket created - Date", "solved_at": "Ticket solved - Date", "status": "Ticket status",
        "channel": "Ticket channel", "priority": "Ticket priority", "subject": "Ticket subject", "topic": "Ticket type",
        "email": "Requester email", "name": "Requester name", "company": "Ticket organization name", "satisfaction": "Ticket satisfaction rating",
        "tags": "Ticket tags",
    },
    where="Explore > a report of tickets with the requester's e-mail > Export > CSV",
)  # fmt: skip
