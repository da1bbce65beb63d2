"""Scored matching of people, by Splink on an in-memory DuckDB of its own (the extra `identity`).

Splink's model (Fellegi and Sunter) is trained on the data itself, without labels: how
often values agree among pairs at random, and among pairs that are one person. Which
pairs are compared at all (blocking) and how each value is compared is chosen here for people. Nothing is merged here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from lohko.base.errors import InputError
from lohko.engine.sql import render

FIELDS = ("first_name", "last_name", "birthday", "email", "phone", "postcode", "city", "address")
"""What people are compared by, where it is there: texts, a birthday as 2026-11-28."""

_BLOCKS: tuple[tuple[str, ...], ...] = (
    ("email",),
    ("phone",),
    ("first_name", "last_name"),
    ("last_name", "birthday"),
    ("first_name", "birthday"),
    ("birthday", "postcode"),
    ("last_name", "postcode"),
    ("first_name", "postcode"),
    ("last_name", "city"),
    ("first_name", "city"),
    ("address",),
)
"""Pairs that agree in all values of one of these are compared. Each block alone may miss somebody; few people escape all of them."""

_BLOCKS_OF_FEW: tuple[tuple[str, ...], ...] = (("last_name",), ("birthday",))
_FEW = 100_000
"""Up to so many people are compared by wider blocks too, which grow faster than the people do."""

_TRAINING: tuple[tuple[str, ...], ...] = (("first_name", "last_name"), ("birthday",))
"""Trained on pairs that agree in these: what one block agrees in, the other has to tell about."""

_SURE: tuple[tuple[str, ...], ...] = (
    ("email",),
    ("phone", "last_name"),
    ("first_name", "last_name", "birthday"),
    ("last_name", "birthday", "postcode"),
    ("first_name", "birthday", "postcode"),
)
"""Pairs that agree so are taken to be one person when the share of matches is estimated, of which about so many are found."""

_RECALL = 0.7
_SAMPLED = 50_000
"""Of more people than this a sample is trained on."""
_PAIRS_AT_RANDOM = 1_000_000


@dataclass(frozen=True)
class Scored:
    """Pairs of places in the given columns, the first smaller, and how likely each is one person."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    probability: NDArray[np.float64]


def score(columns: Mapping[str, NDArray[Any]], threshold: float, *, seed: int = 1) -> Scored:
    """The pairs that are one person with at least that probability. `columns` are of FIELDS, of one length, None where unknown."""
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    except ImportError as error:
        raise InputError(
            "no_splink", "Scored matching needs the extra `identity`.", hint="`pip install lohko[identity]` brings Splink, which does it."
        ) from error
    logging.getLogger("splink").setLevel(logging.ERROR)
    used = {name for name, values in columns.items() if _tells(values)}
    size = len(next(iter(columns.values()), ()))
    blocks = _within(_BLOCKS + (_BLOCKS_OF_FEW if size <= _FEW else ()), used)
    if not used or not blocks:
        return Scored(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))
    connection = duckdb.connect()
    try:
        _fill(connection, columns, used)
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="place",
            blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
            comparisons=_comparisons(used),
            retain_intermediate_calculation_columns=False,
            retain_matching_columns=False,
        )
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register("people"), settings, log_level=logging.ERROR)
        _train(linker, block_on, used, seed, size)
        told = linker.inference.predict(threshold_match_probability=threshold)
        rows = connection.execute(render("SELECT place_l, place_r, match_probability FROM __t", {"__t": told.physical_name})).fetchnumpy()
    finally:
        connection.close()
    low, high = np.minimum(rows["place_l"], rows["place_r"]), np.maximum(rows["place_l"], rows["place_r"])
    return Scored(low.astype(np.int64), high.astype(np.int64), rows["match_probability"].astype(np.float64))


def _tells(values: NDArray[Any]) -> bool:
    known = [value for value in values.tolist() if value is not None]
    return len(known) * 20 >= len(values) and len(set(known)) > 1


def _within(blocks: Sequence[tuple[str, ...]], used: set[str]) -> list[tuple[str, ...]]:
    return [block for block in blocks if set(block) <= used]


def _fill(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, NDArray[Any]], used: set[str]) -> None:
    """The table `people`: what is blocked on and compared, folded already, under the names of the fields."""
    size = len(next(iter(columns.values())))
    data: dict[str, NDArray[Any]] = {"place": np.arange(size, dtype=np.int64)}
    connection.register("given", data | {name: values for name, values in columns.items() if name in used})
    connection.execute("CREATE TABLE people AS SELECT * FROM given")
    connection.unregister("given")


def _comparisons(used: set[str]) -> list[Any]:
    """How each value is compared: equal, nearly so, or other; that a rare name agrees says more than that a common one does."""
    import splink.comparison_library as by

    known: dict[str, Callable[[], Any]] = {
        "first_name": lambda: by.NameComparison("first_name").configure(term_frequency_adjustments=True),
        "last_name": lambda: by.NameComparison("last_name").configure(term_frequency_adjustments=True),
        "birthday": lambda: by.DateOfBirthComparison("birthday", input_is_string=True),
        "email": lambda: by.EmailComparison("email"),
        "phone": lambda: by.LevenshteinAtThresholds("phone", [1, 2]),
        "postcode": lambda: by.LevenshteinAtThresholds("postcode", [1, 2]),
        "city": lambda: by.JaroWinklerAtThresholds("city", [0.88]).configure(term_frequency_adjustments=True),
        "address": lambda: by.JaroWinklerAtThresholds("address", [0.9, 0.8]),
    }
    return [known[name]() for name in FIELDS if name in used]


def _train(linker: Any, block_on: Any, used: set[str], seed: int, size: int) -> None:
    share = min(1.0, _SAMPLED / max(size, 1))
    if sure := _within(_SURE, used):
        linker.training.estimate_probability_two_random_records_match([block_on(*rule) for rule in sure], recall=_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=_PAIRS_AT_RANDOM, seed=seed)
    for rule in _within(_TRAINING, used):
        if len(used - set(rule)) > 0:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule), record_sample_proportion=share)
