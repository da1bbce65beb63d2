"""Every step by name: what the command line, the socket and the web call. A step takes the work, a progress and plain values.

A step's module is imported when the step is first asked for: a command would
else wait a second for all that it does not use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, cast

Step = Callable[..., dict[str, Any]]

# The module of steps/, and the steps that are found in it.
_FOUND_IN: dict[str, tuple[str, ...]] = {
    "accountability": ("audit_list", "audit_verify", "processing_record"),
    "accounts": ("accounts",),
    "activate": ("audience", "audience_plan"),
    "backtest": ("backtest",),
    "backup": ("backup",),
    "books": ("books",),
    "building": ("draft_count", "draft_field", "draft_figures", "draft_funnel", "draft_growth", "draft_overlap", "draft_sample"),
    "changes": ("changes", "memberships"),
    "compare": ("compare",),
    "consents": ("consent_give", "consent_history", "consent_withdraw", "person_flag"),
    "completing": ("complete",),
    "contracts": ("apply_contracts", "contracts", "edit_contract", "learn_contract"),
    "counting": ("count_in_full",),
    "call_notes": ("call_note",),
    "coverage": ("coverage", "tree"),
    "drafts": ("draft_drop", "draft_edit", "draft_new", "draft_newer", "draft_save", "drafts_list"),
    "event_books": ("events_books",),
    "explain": ("explain", "explain_all"),
    "explore": ("explore_cohorts", "explore_cross", "explore_distribution", "explore_fields"),
    "explore_paths": ("explore_paths",),
    "explore_trend": ("explore_trend",),
    "feed": ("changes_after", "live_set", "live_status"),
    "gallery": ("gallery",),
    "goals": ("goal_set", "goals"),
    "guide": ("guide", "guide_mark"),
    "history": ("history", "reconstruct"),
    "ingest": ("ingest",),
    "intake": ("events_rejected", "events_retry", "events_take"),
    "keys": ("key_add", "key_list", "key_revoke"),
    "listed": ("ad_spend", "products"),
    "management": ("management",),
    "needs": ("needs",),
    "not_customers": ("exclude_customers", "include_customers", "not_customers"),
    "notices": ("follow", "notices"),
    "one_person": ("person_links", "person_values", "survivorship", "survivorship_preview"),
    "person_erase": ("person_erase",),
    "person_life": ("person_life",),
    "person_page": ("erasure_plan", "person_page"),
    "person_rights": ("person_correct", "person_export", "person_show"),
    "openid": ("openid_remove", "openid_set", "openid_show", "openid_test", "openid_unlink"),
    "places": ("postcode", "postcodes_update"),
    "quality": ("quality",),
    "rates": ("rates_add", "rates_import", "rates_list"),
    "read": ("count", "rfm", "rfm_rules", "status"),
    "recognise": ("recognise",),
    "reconcile": ("reconcile",),
    "refresh": ("refresh",),
    "refresh_plan": ("refresh_plan",),
    "rejected": ("rejected",),
    "reports": (
        "report",
        "report_link_add",
        "report_link_revoke",
        "report_links",
        "report_mail_add",
        "report_mail_list",
        "report_mail_remove",
        "report_send",
        "report_take_over",
    ),
    "retention": ("retention_list", "retention_run", "retention_set"),
    "retry": ("retry",),
    "review": ("review_decided", "review_keep_apart", "review_list", "review_merge", "review_split", "review_undo"),
    "roll_messages": ("events_roll_up",),
    "sales": ("sales",),
    "segment_about": ("segment_about", "segment_comment", "segment_describe"),
    "segment_members": ("segment_members", "segment_members_all"),
    "segment_page": ("segment_flow", "segment_overlap", "segment_profile", "segment_rfm", "segment_uses"),
    "segments": ("apply", "export", "members", "segments"),
    "service": ("find_customer", "service"),
    "sources": ("source_add", "source_kinds", "source_list", "source_remove", "source_schedule", "source_sync", "source_test"),
    "spark": (
        "spark_audience",
        "spark_copy",
        "spark_count",
        "spark_history",
        "spark_members",
        "spark_refresh",
        "spark_rfm",
    ),
    "spark_backtest": ("spark_backtest",),
    "spark_explain": ("spark_explain",),
    "special": ("special_basis", "special_list", "special_mark"),
    "suppression": ("suppression_lift", "suppression_list"),
    "unify": ("identity_rules", "unify"),
    "versions": ("segment_restore", "segment_versions"),
    "write_keys": ("event_key_add", "event_key_allow", "event_key_list", "event_key_origins", "event_key_revoke", "event_key_token"),
    "users": ("user_add", "user_disable", "user_list", "user_password", "user_role", "user_sign_out"),
}


class _Steps(Mapping[str, Step]):
    """The steps by name, each from its module when it is first asked for."""

    def __init__(self) -> None:
        self._module = {name: module for module, names in _FOUND_IN.items() for name in names}

    def __getitem__(self, name: str) -> Step:
        return cast(Step, getattr(import_module(f"lohko.steps.{self._module[name]}"), name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._module)

    def __len__(self) -> int:
        return len(self._module)

    def __contains__(self, name: object) -> bool:
        return name in self._module


STEPS: Mapping[str, Step] = _Steps()
