"""Notes of interviews and user tests: whom, when, what was said, tags."""

from __future__ import annotations

from lohko.formats.format import Format

NOTES = Format(
    key="interview-notes",
    title="interview and user-test notes",
    source="research",
    kind="notes",
    headers=("Participant", "Interview date", "Notes", "Tags", "Interviewer"),
    needs=("Interview date", "Notes"),
    spellings={
        "Participant": ("Interviewee", "Participant ID", "Tester", "Haastateltava", "Osallistuja", "Testaaja", "Testihenkilö"),
        "Interview date": ("Test date", "Session date", "Interviewed at", "Date of interview", "Date of session", "Haastattelupäivä", "Haastattelu pvm", "Haastattelun päivä", "Testipäivä", "Testauspäivä"),
        "Notes": ("Note", "Observation", "Observations", "Quote", "Transcript", "Muistiinpanot", "Muistiinpano", "Havainto", "Havainnot", "Sitaatti"),
        "Tags": ("Themes", "Labels", "Tunnisteet", "Teemat", "Avainsanat"),
        "Interviewer": ("Moderator", "Researcher", "Haastattelija", "Moderaattori", "Tutkija"),
    },
    fields={"customer_id": "Participant", "noted_at": "Interview date", "note": "Notes", "tags": "Tags", "author": "Interviewer"},
    where="the spreadsheet or research tool where notes are kept",
)  # fmt: skip
