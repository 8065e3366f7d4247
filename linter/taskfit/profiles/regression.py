"""A linear fit that is robust against outliers: Huber's loss, with the error of each coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskfit.extras import installation
from taskfit.record import NamedTuple

CONFIDENCE = 0.95
"""The confidence level of the errors: in 95 of 100 fits the true coefficient is within them."""

_TUNING = 1.345
"""Huber's constant: for normal noise, the fit is 95% as efficient as least squares."""

_NORMAL_MAD = 0.6745
"""The median absolute deviation of normal noise, in standard deviations."""


class Estimate(NamedTuple):
    """One coefficient."""

    value: float
    error: float
    """Half the width of its confidence interval."""


class Fit(NamedTuple):
    """Coefficients of a sum, and how well it fits."""

    coefficients: tuple[Estimate, ...]
    typical_miss: float
    """The median distance of the points from the fit, in their unit."""


def robust_fit(rows: Sequence[Sequence[float]], values: Sequence[float]) -> Fit | None:
    """The coefficients, none below 0, by which the columns add up to the values; `None` if they are ambiguous.

    Raises `ValueError` without scipy.
    """
    try:
        import numpy as np
        from scipy.optimize import least_squares
        from scipy.special import stdtrit
    except ImportError:
        raise ValueError(f"a fit needs scipy: {installation('fit')}") from None

    matrix: Any = np.asarray(rows, dtype=float)
    target: Any = np.asarray(values, dtype=float)
    points, columns = matrix.shape
    widths = np.linalg.norm(matrix, axis=0)
    if points <= columns or np.linalg.matrix_rank(matrix / np.where(widths > 0, widths, 1)) < columns:
        return None
    scaled = matrix / widths

    def residuals(coefficients: Any) -> Any:
        return scaled @ coefficients - target

    start, *_ = np.linalg.lstsq(scaled, target, rcond=None)
    found, scale = np.maximum(start, 0), 1.0
    for _ in range(10):  # the scale of the noise and the fit depend on each other
        scale = max(float(np.median(np.abs(residuals(found)))) / _NORMAL_MAD, 1e-9)
        before = found
        solution = least_squares(residuals, found, bounds=(0, np.inf), loss="huber", f_scale=_TUNING * scale)
        found = solution.x
        if np.allclose(before, found, rtol=1e-6):
            break
    clipped = np.clip(residuals(found) / scale, -_TUNING, _TUNING)
    inside = float(np.mean(np.abs(residuals(found) / scale) < _TUNING)) or 1.0
    spread = scale**2 * float(np.sum(clipped**2)) / (points - columns) / inside**2
    variances = spread * np.diag(np.linalg.inv(scaled.T @ scaled))
    quantile = float(stdtrit(points - columns, (1 + CONFIDENCE) / 2))  # the quantile of Student's t
    errors = quantile * np.sqrt(variances) / widths
    estimates = tuple(Estimate(float(v), float(e)) for v, e in zip(found / widths, errors, strict=True))
    return Fit(estimates, float(np.median(np.abs(residuals(found)))))
