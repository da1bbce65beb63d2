"""Splink by itself on the public sets, with the settings that its own documentation uses for each: what Lohko's scored matching is compared with.

The Febrl sets are compared with the settings that are shown for the third of them, which use the social security number that Lohko never reads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks.identity_sets import DATA, SETS, Figures, people_of_pairs
from lohko.engine.sql import render

_RAW = {
    "fake_1000": "SELECT first_name, surname, dob, city, email, cluster AS truth FROM read_csv(?, all_varchar = true)",
    "historical_50k": "SELECT first_name, surname, dob, birth_place, postcode_fake, occupation, cluster AS truth FROM read_parquet(?)",
    "febrl": """
        SELECT nullif(trim(given_name), '') AS given_name, nullif(trim(surname), '') AS surname, nullif(trim(street_number), '') AS street_number,
            nullif(trim(address_1), '') AS address_1, nullif(trim(suburb), '') AS suburb, nullif(trim(postcode), '') AS postcode,
            strftime(try_strptime(trim(date_of_birth), '%Y%m%d'), '%Y-%m-%d') AS date_of_birth, nullif(trim(soc_sec_id), '') AS soc_sec_id,
            regexp_extract(rec_id, 'rec-([0-9]+)', 1) AS truth
        FROM read_csv(?, all_varchar = true, normalize_names = true)
    """,
}


@dataclass(frozen=True)
class Alone:
    """How Splink is set: blocks, comparisons, what pairs surely are one, and on which pairs it is trained."""

    blocks: list[list[str]]
    comparisons: Callable[[Any], list[Any]]
    sure: list[list[str] | str]
    recall: float
    pairs: float
    trained_on: list[list[str]]


_FEBRL = Alone(
    blocks=[["soc_sec_id"], ["given_name"], ["surname"], ["date_of_birth"], ["postcode"]],
    comparisons=lambda by: [
        by.NameComparison("given_name"),
        by.NameComparison("surname"),
        by.DateOfBirthComparison("date_of_birth", input_is_string=True),
        by.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
        by.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        by.ExactMatch("postcode").configure(term_frequency_adjustments=True),
    ],
    sure=[["soc_sec_id"], ["given_name", "surname", "date_of_birth"]],
    recall=0.9,
    pairs=1e6,
    trained_on=[["given_name", "surname"], ["date_of_birth"]],
)  # fmt: skip
ALONE = {
    "fake_1000": Alone(
        blocks=[["first_name"], ["surname"], ["dob"], ["email"]],
        comparisons=lambda by: [
            by.ForenameSurnameComparison("first_name", "surname").configure(term_frequency_adjustments=True),
            by.DateOfBirthComparison("dob", input_is_string=True),
            by.ExactMatch("city").configure(term_frequency_adjustments=True),
            by.EmailComparison("email"),
        ],
        sure=[
            "l.first_name = r.first_name AND levenshtein(r.dob, l.dob) <= 1", "l.surname = r.surname AND levenshtein(r.dob, l.dob) <= 1",
            "l.first_name = r.first_name AND levenshtein(r.surname, l.surname) <= 2", "l.email = r.email",
        ],
        recall=0.7,
        pairs=1e6,
        trained_on=[["first_name", "surname"], ["dob"]],
    ),
    "historical_50k": Alone(
        blocks=[
            ["substr(first_name,1,3)", "substr(surname,1,4)"], ["surname", "dob"], ["first_name", "dob"], ["postcode_fake", "first_name"],
            ["postcode_fake", "surname"], ["dob", "birth_place"], ["substr(postcode_fake,1,3)", "dob"], ["substr(postcode_fake,1,3)", "first_name"],
            ["substr(postcode_fake,1,3)", "surname"], ["substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"],
        ],
        comparisons=lambda by: [
            by.ForenameSurnameComparison("first_name", "surname").configure(term_frequency_adjustments=True),
            by.DateOfBirthComparison("dob", input_is_string=True),
            by.PostcodeComparison("postcode_fake"),
            by.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            by.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        sure=[["first_name", "surname", "dob"], ["substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"], ["dob", "postcode_fake"]],
        recall=0.6,
        pairs=5e6,
        trained_on=[["first_name", "surname"], ["dob"]],
    ),
    "febrl1": _FEBRL,
    "febrl2": _FEBRL,
    "febrl3": _FEBRL,
}  # fmt: skip


def read_raw(name: str) -> dict[str, NDArray[Any]]:
    """The columns of a set as Splink's documentation names them, in small letters; `truth` says who is who."""
    rows = duckdb.connect().execute(_RAW.get(name, _RAW["febrl"]), [str(DATA / SETS[name].path)]).fetchnumpy()
    return {
        column: np.array([None if value is None else str(value).lower() for value in np.ma.asarray(values).tolist()], dtype=object)
        for column, values in rows.items()
    }


def alone(name: str, columns: dict[str, NDArray[Any]], threshold: float) -> tuple[Figures, Figures]:
    """By Splink: the pairs themselves, and the people that all pairs together make."""
    import splink.comparison_library as by
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    how, truth = ALONE[name], columns["truth"]
    connection = duckdb.connect()
    connection.register("given", {"place": np.arange(len(truth)), **{key: values for key, values in columns.items() if key != "truth"}})
    connection.execute("CREATE TABLE people AS SELECT * FROM given")
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="place",
        blocking_rules_to_generate_predictions=[block_on(*block) for block in how.blocks],
        comparisons=how.comparisons(by),
    )
    linker = Linker(DuckDBAPI(connection=connection).register("people"), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(
        [rule if isinstance(rule, str) else block_on(*rule) for rule in how.sure], recall=how.recall
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=how.pairs, seed=1)
    for rule in how.trained_on:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    told = linker.inference.predict(threshold_match_probability=threshold)
    rows = connection.execute(render("SELECT place_l, place_r FROM __t", {"__t": told.physical_name})).fetchnumpy()
    return people_of_pairs(rows["place_l"].astype(np.int64), rows["place_r"].astype(np.int64), truth)
