"""Survey tools: a column per question, or a row per answer.

Where a tool's exact headers could not be seen on a stored export they are from its
help pages and from memory; what matters is the column that says when it was answered.
SurveyMonkey writes a second row of headers (the choices): they name the columns
of a question, and the row itself is rejected as one that holds nothing.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import Answers, ByQuestion, Left, SecondHeader

_ANSWERED = ("Submitted at", "Response date", "Responded at", "Completed at", "Answer date", "Survey date", "Survey completed", "Vastattu", "Vastausaika", "Vastauspäivä", "Vastaamisaika", "Vastauspvm")  # fmt: skip
_RESPONDENT = ("Vastaajan tunniste", "Vastaajatunniste", "Vastaajan ID")
_QUESTION = ("Question text", "Question title", "Survey question", "Kysymys", "Kysymyksen teksti")
_ANSWER = ("Answer text", "Response", "Answer value", "Vastaus", "Vastauksen teksti")

SURVEY = Format(
    key="survey-wide",
    title="survey answers, a column per question",
    source="survey",
    kind="survey",
    headers=("Answered at",),
    needs=("Answered at",),
    lacks=("Question", "Respondent identifier"),
    spellings={"Answered at": _ANSWERED, "Question": _QUESTION, "Respondent identifier": _RESPONDENT},
    fields={"answered_at": "Answered at"},
    reshape=(Answers(),),
    where="any survey tool, as one row per respondent",
)
SURVEY_LONG = Format(
    key="survey-long",
    title="survey answers, a row per answer",
    source="survey",
    kind="survey",
    headers=("Answered at", "Question", "Answer"),
    needs=("Question", "Answer"),
    spellings={"Answered at": _ANSWERED, "Question": _QUESTION, "Answer": _ANSWER},
    fields={"answered_at": "Answered at", "question": "Question", "answer": "Answer"},
    reshape=(ByQuestion("Question", "Answer"), Answers(beside=("Question", "Answer"))),
    where="any survey tool, as one row per answer",
)
SURVEYMONKEY = Format(
    key="surveymonkey",
    title="SurveyMonkey responses",
    source="surveymonkey",
    kind="survey",
    headers=("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name", "Custom Data 1"),
    needs=("Respondent ID", "Collector ID"),
    spellings={"Start Date": ("Date Created",), "End Date": ("Date Modified",)},
    fields={"response_id": "Respondent ID", "customer_id": "Custom Data 1", "email": "Email Address", "answered_at": ("End Date", "Start Date")},
    never=("Collector ID", "Start Date", "IP Address"),
    reshape=(SecondHeader("Respondent ID"), Answers(), Left(("Collector ID", "Start Date", "IP Address"))),
    where="Analyze Results > Save as > Export file > All responses data > CSV",
)  # fmt: skip
TYPEFORM = Format(
    key="typeform",
    title="Typeform responses",
    source="typeform",
    kind="survey",
    headers=("#", "Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"),
    needs=("#", "Submit Date (UTC)"),
    spellings={
        "Email": (
            "Your e-mail",
            "Your e-mail address",
            "What is your email?",
            "What's your email address?",
            "Sähköpostisi",
            "Sähköpostiosoitteesi",
        )
    },
    fields={"response_id": "#", "answered_at": "Submit Date (UTC)", "email": "Email"},
    never=("Network ID", "Start Date (UTC)", "Stage Date (UTC)", "Response Type"),
    reshape=(Answers(), Left(("Network ID", "Start Date (UTC)", "Stage Date (UTC)", "Response Type"))),
    where="Results > Responses > Download > CSV",
)
GOOGLE_FORMS = Format(
    key="google-forms",
    title="Google Forms responses",
    source="google-forms",
    kind="survey",
    headers=("Timestamp", "Email Address"),
    needs=("Timestamp", "Email Address"),
    lacks=("Event", "Event Name", "Order ID"),
    spellings={"Timestamp": ("Aikaleima",), "Email Address": ("Sähköpostiosoite", "Username", "Käyttäjätunnus")},
    fields={"answered_at": "Timestamp", "email": "Email Address"},
    reshape=(Answers(),),
    where="Responses > Link to Sheets, then File > Download > CSV",
)
MICROSOFT_FORMS = Format(
    key="microsoft-forms",
    title="Microsoft Forms responses",
    source="microsoft-forms",
    kind="survey",
    headers=("ID", "Start time", "Completion time", "Email", "Name"),
    needs=("Start time", "Completion time"),
    spellings={
        "ID": ("Id", "Tunnus"),
        "Start time": ("Aloitusaika",),
        "Completion time": ("Valmistumisaika", "Päättymisaika"),
        "Email": ("Sähköposti",),
        "Name": ("Nimi",),
    },
    fields={"response_id": "ID", "answered_at": "Completion time", "email": "Email", "name": "Name"},
    never=("Start time",),
    reshape=(Answers(), Left(("Start time",))),
    where="Responses > Open in Excel",
)
WEBROPOL = Format(
    key="webropol",
    title="Webropol responses",
    source="webropol",
    kind="survey",
    headers=("Respondent identifier", "Answered at"),
    needs=("Respondent identifier",),
    spellings={"Respondent identifier": _RESPONDENT, "Answered at": _ANSWERED},
    fields={"response_id": "Respondent identifier", "answered_at": "Answered at"},
    reshape=(Answers(),),
    where="Raportointi > Vie > Excel (headers from memory)",
)
