"""Till receipts and invoices: no system's own, but lists that tills and accounting programs give in much the same words.

A till says the day and the hour in two columns, and most of its customers stay
unknown: those rows are kept and counted. An invoice's total is its gross sum less
the tax beside it, so a file that has only one of the two sums is no such list. A credit
note takes off also where its sums have no sign.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import Joined, Minus

TILL_RECEIPTS = Format(
    key="till-receipts",
    title="till receipts",
    source="till",
    kind="order-lines",
    headers=(
        "Receipt number", "Date", "Time", "Store", "Till", "Customer number", "Product number", "Product", "Quantity", "Unit price", "VAT %",
        "Line total", "Payment method",
    ),
    needs=("Receipt number", "Date", ("Till", "Store", "Cashier"), ("Product", "Product number"), ("Line total", "Unit price")),
    fields={
        "order_id": "Receipt number",
        "ordered_at": ("Date and time", "Date"),
        "channel": "Store",
        "customer_id": "Customer number",
        "email": "Email",
        "product_id": "Product number",
        "product_name": "Product",
        "category": "Product group",
        "quantity": "Quantity",
        "unit_price": "Unit price",
        "discount": "Discount",
        "tax": "VAT %",
        "line_total": "Line total",
        "payment_method": "Payment method",
    },
    spellings={
        "Receipt number": ("Receipt no", "Receipt", "Sale ID", "Kuittinumero", "Kuitin numero", "Kuitti"),
        "Date": ("Sale date", "Päivämäärä", "Pvm", "Päiväys"),
        "Time": ("Sale time", "Kellonaika", "Klo", "Aika"),
        "Store": ("Shop", "Location", "Myymälä", "Toimipiste"),
        "Till": ("Register", "Device", "POS", "Terminal", "Kassa", "Kassapääte"),
        "Cashier": ("Salesperson", "Staff", "Employee", "Myyjä", "Kassanhoitaja", "Henkilöstö", "Henkilökunta"),
        "Customer number": ("Customer no", "Customer", "Loyalty card", "Loyalty number", "Asiakasnumero", "Kanta-asiakasnumero", "Kanta-asiakaskortti"),
        "Email": ("Customer email", "Sähköposti"),
        "Product number": ("SKU", "Item number", "EAN", "Tuotenumero", "Tuotekoodi"),
        "Product": ("Item", "Product name", "Name", "Tuote", "Tuotenimi", "Nimike"),
        "Product group": ("Category", "Department", "Tuoteryhmä", "Osasto"),
        "Quantity": ("Qty", "Määrä", "Kpl"),
        "Unit price": ("Price", "Yksikköhinta", "à-hinta", "Hinta"),
        "Discount": ("Alennus",),
        "VAT %": ("VAT rate", "VAT", "ALV %", "ALV-%", "ALV-kanta", "ALV"),
        "Line total": ("Total", "Amount", "Price incl. VAT", "Rivisumma", "Summa", "Yhteensä", "Hinta sis. alv"),
        "Payment method": ("Payment", "Maksutapa"),
    },
    where="the till's or its back office's report of receipts with products",
    reshape=(Joined("Date and time", ("Date", "Time")),),
)  # fmt: skip

INVOICES = Format(
    key="invoices",
    title="invoices",
    source="invoicing",
    kind="orders",
    headers=(
        "Invoice number", "Invoice date", "Due date", "Customer number", "Customer", "Business ID", "Email", "Net total", "VAT total", "Gross total",
        "Currency", "Status",
    ),
    needs=("Invoice number", "Invoice date", "Due date", "Gross total", ("Customer number", "Email")),
    fields={
        "order_id": "Invoice number",
        "ordered_at": "Invoice date",
        "customer_id": "Customer number",
        "name": "Customer",
        "email": "Email",
        "address": "Address",
        "postcode": "Postcode",
        "city": "City",
        "total": "Gross total",
        "tax": "VAT total",
        "currency": "Currency",
        "status": "Status",
    },
    never=("Due date", "Net total", "Open", "Paid", "Type"),
    spellings={
        "Invoice number": ("Invoice no", "Invoice #", "Laskunumero", "Laskun numero", "Lasku"),
        "Invoice date": ("Laskupäivä", "Laskun päivä", "Laskun päiväys", "Laskutuspäivä"),
        "Due date": ("Eräpäivä", "Eräpvm"),
        "Customer number": ("Customer no", "Customer ID", "Customer code", "Asiakasnumero", "Asiakaskoodi"),
        "Customer": ("Customer name", "Asiakas", "Asiakkaan nimi"),
        "Business ID": ("Y-tunnus",),
        "Email": ("Customer email", "Sähköposti"),
        "Address": ("Osoite", "Katuosoite"),
        "Postcode": ("Postal code", "Postinumero"),
        "City": ("Postitoimipaikka", "Kaupunki"),
        "Net total": ("Net", "Net amount", "Veroton", "Veroton summa", "Netto"),
        "VAT total": ("VAT", "VAT amount", "Tax", "ALV", "Alv yhteensä", "Veron määrä"),
        "Gross total": ("Gross", "Gross amount", "Total incl. VAT", "Verollinen", "Verollinen summa", "Brutto"),
        "Currency": ("Valuutta",),
        "Status": ("Tila",),
        "Type": ("Invoice type", "Document type", "Laskutyyppi", "Laskun tyyppi", "Tyyppi", "Laji"),
        "Open": ("Balance", "Avoinna", "Avoin saldo"),
        "Paid": ("Maksettu",),
    },
    reshape=(Minus("Gross total", "Type", ("hyvityslasku", "hyvitys", "credit note", "credit memo", "credit invoice")),),
    where="the accounting or invoicing program's list of sales invoices",
)  # fmt: skip
