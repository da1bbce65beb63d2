"""Every step by name: what the command line, the socket and the web call. A step takes the work, a progress and plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lohko.steps.accountability import audit_list, audit_verify, processing_record
from lohko.steps.accounts import accounts
from lohko.steps.activate import audience
from lohko.steps.backtest import backtest
from lohko.steps.backup import backup
from lohko.steps.books import books
from lohko.steps.changes import changes, memberships
from lohko.steps.compare import compare
from lohko.steps.consents import consent_give, consent_history, consent_withdraw, person_flag
from lohko.steps.contracts import apply_contracts, contracts, edit_contract, learn_contract
from lohko.steps.counting import count_in_full
from lohko.steps.coverage import coverage, tree
from lohko.steps.explain import explain, explain_all
from lohko.steps.goals import goals
from lohko.steps.history import history, reconstruct
from lohko.steps.ingest import ingest
from lohko.steps.listed import ad_spend, products
from lohko.steps.needs import needs
from lohko.steps.not_customers import exclude_customers, include_customers, not_customers
from lohko.steps.one_person import person_links, person_values, survivorship
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_correct, person_export, person_show
from lohko.steps.places import postcode, postcodes_update
from lohko.steps.quality import quality
from lohko.steps.rates import rates_add, rates_import, rates_list
from lohko.steps.read import count, rfm, rfm_rules, status
from lohko.steps.recognise import recognise
from lohko.steps.reconcile import reconcile
from lohko.steps.refresh import refresh
from lohko.steps.refresh_plan import refresh_plan
from lohko.steps.rejected import rejected
from lohko.steps.retention import retention_list, retention_run, retention_set
from lohko.steps.retry import retry
from lohko.steps.review import review_keep_apart, review_list, review_merge, review_split, review_undo
from lohko.steps.segments import apply, export, members, segments
from lohko.steps.sources import source_add, source_list, source_remove, source_sync, source_test
from lohko.steps.special import special_basis, special_list, special_mark
from lohko.steps.unify import identity_rules, unify

Step = Callable[..., dict[str, Any]]

STEPS: dict[str, Step] = {
    step.__name__: step
    for step in (
        ad_spend,
        accounts,
        apply,
        apply_contracts,
        audience,
        backtest,
        books,
        changes,
        compare,
        contracts,
        count,
        count_in_full,
        coverage,
        edit_contract,
        exclude_customers,
        explain,
        explain_all,
        export,
        goals,
        history,
        identity_rules,
        include_customers,
        ingest,
        learn_contract,
        members,
        person_erase,
        audit_list,
        audit_verify,
        backup,
        consent_give,
        consent_history,
        consent_withdraw,
        person_correct,
        person_export,
        person_flag,
        person_show,
        processing_record,
        retention_list,
        retention_run,
        retention_set,
        special_basis,
        special_list,
        special_mark,
        memberships,
        needs,
        not_customers,
        person_links,
        person_values,
        quality,
        recognise,
        products,
        postcode,
        postcodes_update,
        rates_add,
        rates_import,
        rates_list,
        reconcile,
        reconstruct,
        refresh,
        refresh_plan,
        rejected,
        retry,
        review_keep_apart,
        review_list,
        review_merge,
        review_split,
        review_undo,
        rfm,
        rfm_rules,
        segments,
        source_add,
        source_list,
        source_remove,
        source_sync,
        source_test,
        status,
        survivorship,
        tree,
        unify,
    )
}
