"""Contacts counted by what tells them apart: small tables for the regressions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ibis.expr.types import Table

from domain.theme_figures import Sums
from journey.drivers.logit import Cells
from journey.measures.ask import DRIVERS, Factor
from journey.measures.totals import Floats, Ints, Mask, over_people, totals

RARE = 20
"""Levels with fewer known contacts share one column where they are only adjusted for."""


def counted(contacts: Table) -> Table:
    """Count prepared contacts by all factors and person.

    Returns
    -------
    Table
        The factors, ``person``, ``contacts``, ``known``, ``yes`` and ``open``.
    """
    by = contacts.group_by([*map(str, DRIVERS), "person"])
    return by.agg(
        contacts=contacts.count(),
        known=contacts.repeat_value.count(),
        yes=contacts.repeat_value.sum().fill_null(0.0),
        open=contacts.repeat_open.sum().fill_null(0),
    )


@dataclass(frozen=True)
class Counted:
    """The counts in memory; ``n`` rows.

    Attributes
    ----------
    names : dict
        Levels of each factor, sorted by code points.
    codes : dict of array, shape (n,)
        Level of each row.
    person : array, shape (n,)
    contacts, known, yes, open : array, shape (n,)
    """

    names: dict[Factor, list[str]]
    codes: dict[Factor, Ints]
    person: Ints
    contacts: Floats
    known: Floats
    yes: Floats
    open: Floats

    @classmethod
    def of(cls, table: Table) -> "Counted":
        """Load the result of ``counted``."""
        found = table.to_pyarrow()
        names, codes = {}, {}
        for factor in DRIVERS:
            levels, place = np.unique(found[str(factor)].to_pylist(), return_inverse=True)
            names[factor], codes[factor] = [str(level) for level in levels], place
        _, person = np.unique(found["person"].to_pylist(), return_inverse=True)
        numbers = {
            name: np.asarray(found[name].to_pylist(), dtype=float)
            for name in ("contacts", "known", "yes", "open")
        }
        return cls(names, codes, person, **numbers)

    def where(self, levels: Sequence[tuple[Factor, int]]) -> Mask:
        """Say which rows have all of some levels."""
        found = np.ones(len(self.person), bool)
        for factor, code in levels:
            found &= self.codes[factor] == code
        return found

    def sums(self, rows: Mask) -> Sums:
        """Sum repeat contact over the people of some rows."""
        person, known = self.person[rows], self.known[rows]
        return over_people(person, known, self.yes[rows], self.open[rows])

    @cached_property
    def patterns(self) -> tuple[Ints, Ints]:
        """Distinct rows of codes, shape (k, factors), and the pattern of each row."""
        codes = np.column_stack([self.codes[factor] for factor in DRIVERS])
        rows, place = np.unique(codes, axis=0, return_inverse=True)
        return rows, place.reshape(-1)

    def base(self, factors: Sequence[Factor]) -> Floats:
        """Give the columns that adjust for factors, one row a pattern: a one, then levels."""
        rows, _ = self.patterns
        columns = [np.ones(len(rows))]
        for factor in factors:
            columns += self._levels(factor, rows[:, DRIVERS.index(factor)])
        return np.column_stack(columns)

    def _levels(self, factor: Factor, place: Ints) -> list[Floats]:
        volume = totals(self.codes[factor], self.known, len(self.names[factor]))
        common = [code for code in np.argsort(-volume, kind="stable") if volume[code] >= RARE]
        columns = [(place == code).astype(float) for code in common[1:]]
        if 0 < len(common) < len(volume) and volume.sum() > volume[common].sum():
            columns.append((~np.isin(place, common)).astype(float))
        return columns

    def cells(self, design: Floats) -> Cells:
        """Put a design beside the counts whose outcome is known."""
        rows = self.known > 0
        _, person = np.unique(self.person[rows], return_inverse=True)
        _, pattern = self.patterns
        return Cells(design, pattern[rows], person, self.known[rows], self.yes[rows])
