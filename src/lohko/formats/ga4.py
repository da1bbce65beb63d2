"""Google Analytics 4: the export to BigQuery, one row per event, as JSON lines or Parquet.

Names of columns as in Google's description of the export's schema; those after
`event_params` are partly from memory. What tells a row from all others is who, when,
what and the place in its batch, so loading the last four days again adds only events
that came late. A purchase stays an event: the shop's own orders are the truth about
money, and the analytics misses those who declined it, so both would count twice.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import Fingerprint, Items, KeyedList, Left, Parts

GA4_EVENTS = Format(
    key="ga4-events",
    title="the GA4 export to BigQuery",
    source="ga4",
    kind="events",
    headers=(
        "event_date", "event_timestamp", "event_name", "event_params", "event_previous_timestamp", "event_value_in_usd",
        "event_bundle_sequence_id", "event_server_timestamp_offset", "user_id", "user_pseudo_id", "privacy_info", "user_properties",
        "user_first_touch_timestamp", "user_ltv", "device", "geo", "app_info", "traffic_source", "stream_id", "platform",
        "event_dimensions", "ecommerce", "items", "collected_traffic_source", "is_active_user", "batch_event_index", "batch_page_id",
        "batch_ordering_id",
    ),
    needs=("event_name", "event_timestamp", "user_pseudo_id", "event_params"),
    fields={
        "message_id": "message id",
        "event": "event_name",
        "occurred_at": "event_timestamp",
        "customer_id": "user_id",
        "anonymous_id": "user_pseudo_id",
        "product_id": "product_id",
        "product_name": "product_name",
        "brand": "brand",
        "category": "category",
    },
    whole=True,
    where="Admin > BigQuery links; then the tables `events_YYYYMMDD` as JSON lines or Parquet (`bq extract`)",
    reshape=(
        Fingerprint(
            "message id",
            of=(
                "user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id", "batch_page_id", "batch_ordering_id",
                "batch_event_index",
            ),
            unless="batch_event_index",
            then=("event_params",),
        ),
        Parts(
            {
                "device": ("device.category",),
                "os": ("device.operating_system",),
                "browser": ("device.web_info.browser", "device.browser"),
                "device_language": ("device.language",),
                "country": ("geo.country",),
                "region": ("geo.region",),
                "city": ("geo.city",),
                "first_source": ("traffic_source.source",),
                "first_medium": ("traffic_source.medium",),
                "first_campaign": ("traffic_source.name",),
                "source": ("collected_traffic_source.manual_source",),
                "medium": ("collected_traffic_source.manual_medium",),
                "campaign": ("collected_traffic_source.manual_campaign_name",),
                "revenue": ("ecommerce.purchase_revenue",),
                "ads_consent": ("privacy_info.ads_storage",),
                "analytics_consent": ("privacy_info.analytics_storage",),
            }
        ),
        KeyedList("event_params"),
        KeyedList("user_properties", role="attribute"),
        Items("items", {"product_id": "item_id", "product_name": "item_name", "brand": "item_brand", "category": "item_category"}),
        Left(
            (
                "event_date", "event_previous_timestamp", "event_value_in_usd", "event_bundle_sequence_id", "event_server_timestamp_offset",
                "privacy_info", "user_first_touch_timestamp", "user_ltv", "device", "geo", "app_info", "traffic_source", "stream_id",
                "event_dimensions", "ecommerce", "collected_traffic_source", "is_active_user", "batch_event_index", "batch_page_id",
                "batch_ordering_id", "publisher", "session_traffic_source_last_click",
            ),
            but=(
                "device", "os", "browser", "device_language", "country", "region", "city", "first_source", "first_medium",
                "first_campaign", "source", "medium", "campaign", "revenue", "ads_consent", "analytics_consent",
            ),
        ),
    ),
)  # fmt: skip
