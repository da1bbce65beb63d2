"""Every kind of source by its key. A kind is one file here and one line below."""

from __future__ import annotations

from lohko.sources import address, brevo, database, folder, hubspot, klaviyo, mailchimp, pipedrive, s3, shopify, stripe, woocommerce
from lohko.sources.kind import Kind

KINDS: dict[str, Kind] = {
    item.key: item
    for item in (
        shopify.KIND,
        woocommerce.KIND,
        klaviyo.KIND,
        mailchimp.KIND,
        brevo.KIND,
        pipedrive.KIND,
        hubspot.KIND,
        database.POSTGRES,
        database.MYSQL,
        database.SQLITE,
        stripe.KIND,
        folder.KIND,
        address.KIND,
        s3.KIND,
    )
}
