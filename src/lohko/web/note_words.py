"""What the page of an import says of decisions that could have been taken otherwise (`landing/report.py`). English here, Finnish in `locale/`."""

from __future__ import annotations

from lohko.web.language import N_

NOTES = {
    "decimal_undecided": N_(
        "The numbers of column %(column)s can be read in two ways; which mark was taken for decimals stands under “How it was read”."
    ),
    "ends_open": N_("The file's last line has no line end; if it was cut there, its last row is not whole."),
    "hubspot_companies": N_(
        "The file names contacts' companies by their numbers alone: bring in companies too, or let HubSpot be a source."
    ),
    "hubspot_deals": N_(
        "Whose deal it is, the file says only of those whose associations were asked for (associations=contacts,companies)."
    ),
    "keys_left_out": N_("Rare keys of %(column)s were left out."),
    "klaviyo_metrics": N_(
        "The file does not say what its metrics are called, so events go by their numbers: ask Klaviyo with include=metric."
    ),
    "mailchimp_campaigns": N_("The file names no campaign, only its number, so these events say none."),
    "new_column": N_(
        "Column %(column)s is new: rows that are in already stay without it. If this file is the newer one, let it correct earlier rows."
    ),
    "no_value": N_("Words such as NA or - were taken to say that there is no value, in: %(column)s."),
    "order_tax_taken_off": N_(
        "The tax in column %(column)s was taken off the lines of orders whose total holds it, in proportion to their prices."
    ),
    "other_sheets": N_("Only one sheet of the workbook was read. To read another, bring the file in again and choose the sheet."),
    "pipedrive_names": N_(
        "Labels and own fields are numbers in Pipedrive's API, which the file does not explain, so they were left out; "
        "organisations are told by their numbers."
    ),
    "question_understood": N_("Column %(column)s was recognised as a question of a known kind."),
    "questions_left_out": N_("There are very many questions: the rarer ones have no column of their own."),
    "refunded_by_status": N_("No column holds refunded amounts; a row that column %(column)s calls refunded was given back in full."),
    "tax_beside": N_("The totals do not hold the tax in column %(column)s, so they are net as they are."),
    "tax_taken_off": N_("The tax in column %(column)s was taken off, so totals are net of it."),
    "vat_by_table": N_("The VAT that the prices hold was taken off by the Finnish rate of each row's class of goods and day."),
}
