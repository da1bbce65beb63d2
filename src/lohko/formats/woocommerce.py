"""WooCommerce: the customers of its Analytics pages, and orders as the widely used export plug-ins write them.

The core's headers are in the shop's language: Finnish ones are known, and in
others a row that is whole is told by the places of its columns. The core has no
full export of orders. Its list of orders in Analytics names no address, so nobody
could be told apart by it; it is refused and the plug-ins are named.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import ShareDown, When

WOOCOMMERCE_CUSTOMERS = Format(
    key="woocommerce-customers",
    title="WooCommerce customers",
    source="woocommerce",
    kind="customers",
    headers=(
        "Name", "Username", "Last Active", "Sign Up", "Email", "Orders", "Total Spend", "AOV", "Country / Region", "City", "Region", "Postal Code",
    ),
    needs=("Name", "Email", "Sign Up", "Total Spend", "AOV"),
    fields={
        "email": "Email",
        "name": "Name",
        "joined": "Sign Up",
        "country": "Country / Region",
        "city": "City",
        "region": "Region",
        "postcode": "Postal Code",
    },
    spellings={
        "Name": ("Nimi", "Namn"),
        "Username": ("Käyttäjätunnus", "Käyttäjänimi", "Användarnamn"),
        "Last Active": ("Viimeksi aktiivinen", "Viimeksi paikalla", "Senast aktiv"),
        "Sign Up": ("Rekisteröityminen", "Rekisteröitynyt", "Date registered", "Registrering"),
        "Email": ("Sähköposti", "E-post"),
        "Orders": ("Tilaukset", "Beställningar"),
        "Total Spend": ("Kokonaiskulutus", "Kulutettu yhteensä", "Ostot yhteensä"),
        "AOV": ("Tilauksen keskiarvo", "Keskiostos", "Keskimääräinen tilaus"),
        "Country / Region": ("Maa / Alue", "Maa/alue", "Land/Region"),
        "City": ("Kaupunki", "Paikkakunta", "Stad"),
        "Region": ("Alue", "Maakunta"),
        "Postal Code": ("Postinumero", "Postnummer"),
    },
    in_order=True,
    where="Analytics > Customers > Download",
)  # fmt: skip

# Begun and not paid: WooCommerce's own reports leave these out, as they do failed and cancelled orders; what is on hold is counted there.
_UNPAID = ("pending", "wc-pending", "pending payment", "odottaa maksua", "maksua odotetaan")
_PLACES = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")

_BILLED = ("First Name", "Last Name", "Company", "Address 1&2", "City", "State Code", "Postcode", "Country Code", "Email", "Phone")
_FINNISH = {
    "First Name": "Etunimi", "Last Name": "Sukunimi", "Company": "Yritys", "Address 1&2": "Osoite", "City": "Kaupunki", "Postcode": "Postinumero",
    "Country Code": "Maakoodi", "Email": "Sähköposti", "Phone": "Puhelin",
}  # fmt: skip

_BILLED_AS = {
    "billing_first_name": "First Name", "billing_last_name": "Last Name", "billing_company": "Company", "billing_address_1": "Address 1&2",
    "billing_city": "City", "billing_state": "State Code", "billing_postcode": "Postcode", "billing_country": "Country Code", "billing_phone": "Phone",
}  # fmt: skip
"""Headers that the plug-ins write with underscores, as Advanced Order Export does."""

WOOCOMMERCE_ORDERS = Format(
    key="woocommerce-orders",
    title="WooCommerce orders",
    source="woocommerce",
    kind="orders",
    headers=(
        "order_id", "order_number", "order_date", "status", "shipping_total", "tax_total", "discount_total", "order_total", "refunded_total",
        "order_currency", "payment_method", "customer_id", "billing_email", "billing_phone", *(f"billing_{part}" for part in _PLACES),
        *(f"shipping_{part}" for part in _PLACES), "customer_note",
    ),
    needs=("order_date", "billing_email", "order_total", ("order_number", "order_id")),
    fields={
        "order_id": ("order_number", "order_id"),
        "ordered_at": "order_date",
        "status": "status",
        "cancelled_at": "Not paid",
        "total": "order_total",
        "tax": "tax_total",
        "discount": "discount_total",
        "refunded": "refunded_total",
        "currency": "order_currency",
        "payment_method": "payment_method",
        "email": "billing_email",
        "phone": "billing_phone",
        "first_name": "billing_first_name",
        "last_name": "billing_last_name",
        "company": "billing_company",
        "address": "billing_address_1",
        "city": "billing_city",
        "region": "billing_state",
        "postcode": "billing_postcode",
        "country": "billing_country",
    },
    never=("customer_id",),  # the shop's account, 0 for all guests
    lacks=("Item Name", "Item Cost"),
    spellings={
        "order_number": ("order_number_formatted", "Tilausnumero", "Tilauksen numero"),
        "order_date": ("Tilauspäivä", "Tilauksen päiväys"),
        "status": ("order_status", "Tilauksen tila"),
        "order_total": ("Order Total Amount", "Tilauksen loppusumma", "Tilaus yhteensä"),
        "tax_total": ("order_tax", "total_tax", "Order Total Tax Amount", "Tilauksen vero yhteensä"),
        "discount_total": ("cart_discount", "order_discount", "Cart Discount Amount"),
        "refunded_total": ("order_refunded", "refund_total", "Order Refund Amount", "Palautettu summa"),
        "order_currency": ("currency",),
        "payment_method": ("payment_method_title", "Maksutapa"),
        "shipping_total": ("order_shipping", "Order Shipping Amount"),
        "billing_email": ("Email (Billing)", "Sähköposti (Laskutus)", "Billing Email Address"),
        **{ours: (f"{en} (Billing)", f"{_FINNISH.get(en, en)} (Laskutus)") for ours, en in _BILLED_AS.items()},
        "Item Name": ("Tuotteen nimi",),
        "Item Cost": ("Kappalehinta", "Tuotteen hinta"),
    },
    where="an export plug-in, one row per order",
    reshape=(When("Not paid", "status", _UNPAID),),
)  # fmt: skip

WOOCOMMERCE_ORDER_LINES = Format(
    key="woocommerce-order-lines",
    title="WooCommerce order lines",
    source="woocommerce",
    kind="order-lines",
    headers=(
        "Order Number", "Order Status", "Order Date", "Customer Note", *(f"{part} (Billing)" for part in _BILLED),
        *(f"{part} (Shipping)" for part in _BILLED[:8]), "Payment Method Title", "Cart Discount Amount", "Order Subtotal Amount",
        "Shipping Method Title", "Order Shipping Amount", "Order Refund Amount", "Order Total Amount", "Order Total Tax Amount", "SKU", "Item #",
        "Item Name", "Quantity (- Refund)", "Item Cost", "Coupon Code", "Discount Amount", "Discount Amount Tax",
    ),
    needs=("Order Number", "Order Date", "Email (Billing)", "Item Name", "Item Cost"),
    fields={
        "order_id": "Order Number",
        "ordered_at": "Order Date",
        "status": "Order Status",
        "cancelled_at": "Not paid",
        "email": "Email (Billing)",
        "phone": "Phone (Billing)",
        "first_name": "First Name (Billing)",
        "last_name": "Last Name (Billing)",
        "company": "Company (Billing)",
        "address": "Address 1&2 (Billing)",
        "city": "City (Billing)",
        "region": "State Code (Billing)",
        "postcode": "Postcode (Billing)",
        "country": "Country Code (Billing)",
        "payment_method": "Payment Method Title",
        "coupon": "Coupon Code",
        "product_id": "SKU",
        "product_name": "Item Name",
        "quantity": ("Quantity", "Quantity (- Refund)"),
        "unit_price": "Item Cost",
        "order_discount": "Cart Discount Amount",
        "order_tax": "Order Total Tax Amount",
        "order_shipping": "Order Shipping Amount",
        "order_total": "Order Total Amount",
        "refunded": "Order Refund Amount",
    },
    spellings={
        "Order Number": ("Tilausnumero", "Tilauksen numero"),
        "Order Status": ("Tilauksen tila",),
        "Order Date": ("Tilauspäivä", "Tilauksen päiväys"),
        **{f"{en} (Billing)": (f"{fi} (Laskutus)",) for en, fi in _FINNISH.items()},
        "Payment Method Title": ("Maksutapa",),
        "Item Name": ("Tuotteen nimi", "Tuote"),
        "Item Cost": ("Kappalehinta", "Tuotteen hinta"),
        "Quantity": ("Määrä",),
        "Order Total Amount": ("Tilauksen loppusumma", "Tilaus yhteensä"),
        "Order Total Tax Amount": ("Tilauksen vero yhteensä", "Verot yhteensä"),
        "Order Shipping Amount": ("Toimituskulut",),
        "Order Refund Amount": ("Palautettu summa",),
        "Cart Discount Amount": ("Alennus yhteensä",),
        "SKU": ("Tuotenumero",),
        "Coupon Code": ("Kuponkikoodi",),
    },
    whole=True,
    where="the plug-in Advanced Order Export for WooCommerce, one row per product",
    reshape=(
        ShareDown(
            "Order Number",
            own=("SKU", "Item ", "Quantity", "Discount Amount", "Cart Discount", "Order Subtotal", "Order Shipping", "Order Refund", "Order Total"),
        ),
        When("Not paid", "Order Status", _UNPAID),
    ),
)  # fmt: skip

WOOCOMMERCE_ANALYTICS_ORDERS = Format(
    key="woocommerce-analytics-orders",
    title="WooCommerce's own report of orders",
    source="woocommerce",
    kind="orders",
    headers=("Date", "Order #", "N. Revenue", "Status", "Customer", "Customer type", "Product(s)", "Items sold", "Coupon(s)", "Attribution"),
    needs=("Order #", "Customer type", "N. Revenue"),
    fields={},
    spellings={
        "Order #": ("Tilaus #", "Tilausnro"),
        "N. Revenue": ("Nettotulot", "Nettomyynti", "Net sales"),
        "Customer type": ("Asiakastyyppi",),
    },
    where="Analytics > Orders > Download",
    refused="it names customers without an address or number, so nobody could be told apart. "
    "export orders with a plug-in that gives the billing e-mail (Advanced Order Export for WooCommerce does), or connect the shop as a source.",
)  # fmt: skip
