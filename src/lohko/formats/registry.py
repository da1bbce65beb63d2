"""Every recognised export: one row per format. `docs/guide/files.md` says how to add one."""

from __future__ import annotations

from lohko.formats.activities import CALENDLY_EVENTS, PIPEDRIVE_ACTIVITIES, TRUSTPILOT_REVIEWS
from lohko.formats.ads import AD_SPEND, GOOGLE_ADS, LINKEDIN_ADS, META_ADS, META_LEADS, TIKTOK_ADS
from lohko.formats.bookings import BOOKING_COM, BOOKINGS
from lohko.formats.brevo import BREVO_CONTACTS
from lohko.formats.counter import INVOICES, TILL_RECEIPTS
from lohko.formats.crm import HUBSPOT_COMPANIES, HUBSPOT_DEALS, PIPEDRIVE_DEALS, PIPEDRIVE_ORGANISATIONS
from lohko.formats.finnish_shops import MYCASHFLOW_ORDERS, VILKAS_ORDERS
from lohko.formats.format import Format
from lohko.formats.ga4 import GA4_EVENTS
from lohko.formats.ga4_report import GA4_REPORT
from lohko.formats.hubspot import HUBSPOT_CONTACTS
from lohko.formats.klaviyo import KLAVIYO_PROFILES
from lohko.formats.mailchimp import MAILCHIMP_CLEANED, MAILCHIMP_SUBSCRIBED, MAILCHIMP_UNSUBSCRIBED
from lohko.formats.newsletters import ACTIVECAMPAIGN_CONTACTS, KIT_SUBSCRIBERS
from lohko.formats.notes import NOTES
from lohko.formats.payments import PAYPAL_ACTIVITY, SQUARE_CUSTOMERS, SQUARE_ITEMS
from lohko.formats.pipedrive import PIPEDRIVE_PERSONS
from lohko.formats.products import GOOGLE_MERCHANT, SHOPIFY_PRODUCTS
from lohko.formats.salesforce import SALESFORCE_PEOPLE
from lohko.formats.segment_list import SEGMENT_LIST
from lohko.formats.shopify import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS
from lohko.formats.stripe import STRIPE_CUSTOMERS, STRIPE_PAYMENTS
from lohko.formats.survey import GOOGLE_FORMS, MICROSOFT_FORMS, SURVEY, SURVEY_LONG, SURVEYMONKEY, TYPEFORM, WEBROPOL
from lohko.formats.tickets import TICKETS, ZENDESK_TICKETS
from lohko.formats.woocommerce import WOOCOMMERCE_ANALYTICS_ORDERS, WOOCOMMERCE_CUSTOMERS, WOOCOMMERCE_ORDER_LINES, WOOCOMMERCE_ORDERS

FORMATS: tuple[Format, ...] = (
    SHOPIFY_CUSTOMERS,
    SHOPIFY_ORDERS,
    WOOCOMMERCE_CUSTOMERS,
    WOOCOMMERCE_ORDERS,
    WOOCOMMERCE_ORDER_LINES,
    WOOCOMMERCE_ANALYTICS_ORDERS,
    STRIPE_PAYMENTS,
    STRIPE_CUSTOMERS,
    PAYPAL_ACTIVITY,
    SQUARE_ITEMS,
    SQUARE_CUSTOMERS,
    MYCASHFLOW_ORDERS,
    VILKAS_ORDERS,
    TILL_RECEIPTS,
    INVOICES,
    MAILCHIMP_SUBSCRIBED,
    MAILCHIMP_UNSUBSCRIBED,
    MAILCHIMP_CLEANED,
    BREVO_CONTACTS,
    KLAVIYO_PROFILES,
    ACTIVECAMPAIGN_CONTACTS,
    KIT_SUBSCRIBERS,
    HUBSPOT_CONTACTS,
    PIPEDRIVE_PERSONS,
    HUBSPOT_COMPANIES,
    HUBSPOT_DEALS,
    PIPEDRIVE_ORGANISATIONS,
    PIPEDRIVE_DEALS,
    PIPEDRIVE_ACTIVITIES,
    SALESFORCE_PEOPLE,
    GA4_REPORT,
    GA4_EVENTS,
    SURVEY,
    SURVEY_LONG,
    SURVEYMONKEY,
    TYPEFORM,
    GOOGLE_FORMS,
    MICROSOFT_FORMS,
    WEBROPOL,
    BOOKINGS,
    BOOKING_COM,
    TICKETS,
    ZENDESK_TICKETS,
    NOTES,
    AD_SPEND,
    META_ADS,
    GOOGLE_ADS,
    LINKEDIN_ADS,
    TIKTOK_ADS,
    META_LEADS,
    SHOPIFY_PRODUCTS,
    GOOGLE_MERCHANT,
    CALENDLY_EVENTS,
    TRUSTPILOT_REVIEWS,
    SEGMENT_LIST,
)
