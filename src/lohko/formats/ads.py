"""Advertising: what campaigns cost per day (about no person), and the people who filled in lead forms.

Reports end, or begin, with rows that add up the others; they do not count. What a tool calls its columns is from its
help pages and from memory where no stored export could be seen.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import CurrencyInHeader, Fixed, SumsWithout, WithoutPrefix

AD_SPEND = Format(
    key="ad-report",
    title="advertising costs per day and campaign",
    source="ads",
    kind="ad-spend",
    headers=("Day", "Platform", "Campaign", "Impressions", "Clicks", "Spend"),
    needs=("Spend", ("Impressions", "Clicks", "Campaign")),
    spellings={
        "Day": ("Date", "Päivä", "Päivämäärä", "pvm"),
        "Platform": ("Channel", "Network", "Alusta", "Kanava"),
        "Campaign": ("Campaign name", "Kampanja", "Kampanjan nimi"),
        "Impressions": ("Näyttökerrat", "Impressiot", "Näytöt"),
        "Clicks": ("Link clicks", "Klikkaukset", "Klikit"),
        "Spend": ("Ad spend", "Media cost", "Kulutus", "Mainoskulut", "Mediakulut", "Kustannus"),
    },
    fields={},
    where="any advertising tool's report by day and campaign",
)
META_ADS = Format(
    key="meta-ads",
    title="Meta Ads Manager",
    source="meta-ads",
    kind="ad-spend",
    headers=(
        "Campaign name", "Day", "Ad set name", "Ad name", "Reach", "Impressions", "Frequency", "Amount spent", "Link clicks", "Leads",
        "Purchases", "Purchases conversion value", "Reporting starts", "Reporting ends",
    ),
    needs=("Amount spent", "Reporting starts"),
    spellings={
        "Amount spent": ("Amount spent (EUR)", "Amount spent (USD)", "Amount spent (SEK)", "Amount spent (GBP)", "Amount spent (NOK)", "Amount spent (DKK)", "Käytetty summa (EUR)"),
        "Campaign name": ("Kampanjan nimi",), "Ad set name": ("Mainosjoukon nimi",), "Ad name": ("Mainoksen nimi",), "Day": ("Päivä",), "Impressions": ("Näyttökerrat",), "Link clicks": ("Linkin klikkaukset", "Clicks (all)"),
        "Leads": ("Liidit",), "Purchases": ("Ostot",), "Reporting starts": ("Raportointi alkaa", "Raportoinnin alku", "Raportoinnin alkamispäivä"), "Reporting ends": ("Raportointi päättyy", "Raportoinnin loppu", "Raportoinnin päättymispäivä"),
    },
    fields={
        "spend": "Amount spent", "day": ("Day", "Reporting starts"), "campaign": "Campaign name", "ad_group": "Ad set name", "ad": "Ad name",
        "impressions": "Impressions", "clicks": "Link clicks", "leads": "Leads", "conversions": "Purchases",
        "conversion_value": "Purchases conversion value", "currency": "currency", "platform": "platform",
    },
    never=("Reporting ends", "Reach", "Frequency"),
    reshape=(
        CurrencyInHeader("currency", "Amount spent"),
        Fixed("platform", "meta"),
        SumsWithout(("Campaign name", "Ad set name", "Ad name"), blank=("Day", "Reporting starts")),
    ),
    where="Ads Manager > Reports > Breakdown by day > Export table data > CSV",
)  # fmt: skip
GOOGLE_ADS = Format(
    key="google-ads",
    title="Google Ads report",
    source="google-ads",
    kind="ad-spend",
    headers=("Day", "Campaign", "Ad group", "Currency code", "Impr.", "Clicks", "Cost", "Conversions", "Conv. value"),
    needs=("Cost", "Impr.", ("Currency code", "Ad group", "Conv. value")),
    spellings={
        "Day": ("Päivä", "Date"), "Campaign": ("Kampanja",), "Ad group": ("Mainosryhmä",), "Currency code": ("Valuuttakoodi",),
        "Impr.": ("Impressions", "Näyttökerrat", "Näyttök.", "Näyttökert.", "Näytöt"), "Clicks": ("Klikkaukset",), "Cost": ("Kustannukset", "Kustannus", "Hinta"),
        "Conversions": ("Konversiot",), "Conv. value": ("Konversioarvo", "Konv. arvo", "Conversion value"),
    },
    fields={
        "spend": "Cost", "day": "Day", "campaign": "Campaign", "ad_group": "Ad group", "currency": "Currency code", "impressions": "Impr.",
        "clicks": "Clicks", "conversions": "Conversions", "conversion_value": "Conv. value", "platform": "platform",
    },
    reshape=(Fixed("platform", "google"),),
    where="Campaigns > Segment > Time > Day > Download > CSV",
)  # fmt: skip
TIKTOK_ADS = Format(
    key="tiktok-ads",
    title="TikTok Ads Manager",
    source="tiktok-ads",
    kind="ad-spend",
    headers=(
        "Campaign name", "Ad group name", "Ad name", "By Day", "Currency", "Cost", "Impressions", "Clicks (destination)", "CPC (destination)",
        "CTR (destination)", "Conversions",
    ),
    needs=("Cost", ("Clicks (destination)", "CPC (destination)", "CTR (destination)"), ("Campaign name", "Ad group name", "Ad name")),
    spellings={"By Day": ("Date", "Day", "Stat time day"), "Clicks (destination)": ("Destination clicks", "Clicks")},
    fields={
        "spend": "Cost", "day": "By Day", "campaign": "Campaign name", "ad_group": "Ad group name", "ad": "Ad name", "currency": "Currency",
        "impressions": "Impressions", "clicks": "Clicks (destination)", "conversions": "Conversions", "platform": "platform",
    },
    never=("CPC (destination)", "CTR (destination)"),
    reshape=(Fixed("platform", "tiktok"),),
    where="TikTok Ads Manager > Reporting > Custom reports, by day > Export (headers from memory)",
)  # fmt: skip
LINKEDIN_ADS = Format(
    key="linkedin-ads",
    title="LinkedIn Campaign Manager",
    source="linkedin-ads",
    kind="ad-spend",
    headers=(
        "Start Date (in UTC)", "Account Name", "Currency", "Campaign Group Name", "Campaign Name", "Total Spent", "Impressions", "Clicks",
        "Leads", "Conversions",
    ),
    needs=("Start Date (in UTC)", "Total Spent"),
    fields={
        "spend": "Total Spent", "day": "Start Date (in UTC)", "account": "Account Name", "currency": "Currency", "ad_group": "Campaign Group Name",
        "campaign": "Campaign Name", "impressions": "Impressions", "clicks": "Clicks", "leads": "Leads", "conversions": "Conversions",
        "platform": "platform",
    },
    reshape=(Fixed("platform", "linkedin"),),
    where="Campaign Manager > Export > Campaign performance, daily (headers from memory)",
)  # fmt: skip
META_LEADS = Format(
    key="meta-leads",
    title="Meta lead forms",
    source="meta-leads",
    kind="leads",
    headers=(
        "id", "created_time", "ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name", "form_id", "form_name",
        "is_organic", "platform", "email", "full_name", "phone_number",
    ),
    needs=("created_time", "form_id", "is_organic"),
    fields={
        "lead_id": "id", "submitted_at": "created_time", "ad": "ad_name", "ad_group": "adset_name", "campaign": "campaign_name",
        "campaign_id": "campaign_id", "form": "form_name", "platform": "platform", "email": "email", "name": "full_name",
        "phone": "phone_number",
    },
    never=("ad_id", "adset_id", "form_id"),
    reshape=(
        WithoutPrefix(("id", "ad_id", "adset_id", "campaign_id", "form_id", "phone_number"), r"^(l|ag|as|c|f|p):"),
    ),
    where="Business Suite > Instant forms > Download leads > CSV",
)  # fmt: skip
