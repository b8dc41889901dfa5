"""A linear programme as rows over columns, and the solver (HiGHS) that takes it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np

#: What counts as nothing, where the solver's numbers are not whole.
TINY = 1e-6

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

WHOLE, BROKEN = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
#: What the solver calls a solution that keeps to every row.
FEASIBLE = 2


class Rows:
    """The rows of a model, gathered as coordinates."""

    def __init__(self) -> None:
        self.count = 0
        self.parts: list[tuple[Ints, Ints, Floats]] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []

    def add(
        self,
        groups: Ints,
        values: Floats,
        most: Floats,
        *,
        columns: Ints | None = None,
        offset: int = 0,
    ) -> None:
        """Add a row for each group that has columns: their sum is at most so much."""
        if not len(groups):
            return
        known, places = np.unique(groups, return_inverse=True)
        named = np.arange(len(groups)) if columns is None else columns
        self._append(places, named + offset, values, np.full(len(known), -math.inf), most[known])

    def tie(self, hours: Ints, used: Ints, values: Floats, low: float, high: float) -> None:
        """Add a row for each column of hours and the one that says whether it is used."""
        size = len(hours)
        places = np.concatenate([np.arange(size), np.arange(size)])
        columns = np.concatenate([hours, used])
        both = np.concatenate([np.ones(size), values])
        self._append(places, columns, both, np.full(size, low), np.full(size, high))

    def one(self, columns: Ints, values: Floats, low: float) -> None:
        """Add one row whose sum is at least so much."""
        places = np.zeros(len(columns), dtype=np.int64)
        self._append(places, columns, values, np.array([low]), np.array([math.inf]))

    def _append(
        self, places: Ints, columns: Ints, values: Floats, low: Floats, high: Floats
    ) -> None:
        self.parts.append((places + self.count, columns, values))
        self.low.append(low)
        self.high.append(high)
        self.count += len(low)


def solver_of(
    cost: Floats,
    upper: Floats,
    rows: Rows,
    kinds: Sequence[Any] = (),
    *,
    seconds: float = 600.0,
    gap: float = 0.0,
) -> Any:
    """Return the solver with a model; one thread and one seed, so that it always does the same."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), rows.count
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(len(cost)), upper
    model.row_lower_, model.row_upper_ = np.concatenate(rows.low), np.concatenate(rows.high)
    row, column, value = (np.concatenate(part) for part in zip(*rows.parts, strict=True))
    order = np.lexsort((column, row))
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.searchsorted(row[order], np.arange(rows.count + 1)).astype(np.int32)
    matrix.index_, matrix.value_ = column[order].astype(np.int32), value[order].astype(float)
    model.integrality_ = list(kinds)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, chosen in (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", 1),
        ("time_limit", float(seconds)),
        ("mip_rel_gap", float(gap)),
        ("mip_abs_gap", TINY),
    ):
        solver.setOptionValue(name, chosen)
    solver.passModel(model)
    return solver


def known_solution(values: Floats) -> Any:
    """Return an assignment of the columns as the solver takes it to begin with."""
    known = highspy.HighsSolution()
    known.col_value = values.tolist()
    return known
