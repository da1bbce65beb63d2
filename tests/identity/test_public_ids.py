"""The ids that people have outside."""

import uuid

from lohko.state.people import public_ids


def test_they_are_random_uuids_and_no_two_are_alike():
    """Of version 4 and the usual variant, as written by the standard library."""
    found = list(public_ids(10_000))
    read = [uuid.UUID(one) for one in found]
    assert found == [str(one) for one in read] and len(set(found)) == 10_000
    assert {(one.version, one.variant) for one in read} == {(4, uuid.RFC_4122)}
    assert all(len({one[place] for one in found}) == 16 for place in range(36) if place not in (8, 13, 14, 18, 19, 23))
    assert len({one[19] for one in found}) == 4
