"""Membership on the cluster: the tables that a refresh writes there, and what is asked of them.

`now` and `before` are the members by this run and the last, `moves` who entered and left by one, `told` any such table.
"""

from __future__ import annotations

MEMBERS = "`person_id` STRING, `name` STRING"
MOVED = f"{MEMBERS}, `entered` BOOLEAN"
# Whoever was erased since is not told of as having left: erasures name nobody.
ENTERED_AND_LEFT = """
SELECT coalesce(n.name, o.name) AS name, p.person_id, n.person_id IS NOT NULL AS entered
FROM now AS n FULL JOIN before AS o ON o.name = n.name AND o.person_id = n.person_id
JOIN person AS p ON p.person_id = coalesce(n.person_id, o.person_id)
WHERE n.person_id IS NULL OR o.person_id IS NULL
"""
SIZES = "SELECT name, count(*) AS n FROM now GROUP BY name"
MOVES = "SELECT name, entered, count(*) AS n FROM moves GROUP BY name, entered"
UNKNOWN = "SELECT count(*) AS n FROM told AS t LEFT JOIN person AS p ON p.person_id = t.person_id WHERE p.person_id IS NULL"
"""How many rows are of somebody who is not in the copy: merged people are, erased ones are not."""
KNOWN = "SELECT t.* FROM told AS t JOIN person AS p ON p.person_id = t.person_id"
