"""Small inline SVG drawings for the model card."""

from __future__ import annotations

import html
from typing import Any

SIZE = 300
MARGIN = 40
BAR_HEIGHT = 20
LABEL_WIDTH = 220
BAR_WIDTH = 320


def roc_plot(points: list[list[float]], area: float) -> str:
    """The ROC curve. `points` are false positive rate, true positive rate, threshold."""
    path = " ".join(f"{_x(point[0])},{_y(point[1])}" for point in points)
    title = f"ROC curve, area {area:.4f}"
    return _square(title, "false positive rate", "true positive rate", f'<polyline class="line" points="{path}"/>')


def calibration_plot(bins: list[dict[str, Any]]) -> str:
    """Observed share of positives against the mean predicted probability; larger dots hold more rows."""
    largest = max((item["count"] for item in bins), default=1)
    dots = "".join(
        f'<circle class="mark" cx="{_x(item["mean_predicted"])}" cy="{_y(item["observed"])}" '
        f'r="{2 + 6 * (item["count"] / largest) ** 0.5:.1f}"><title>{item["count"]} rows</title></circle>'
        for item in bins
    )
    return _square("Calibration", "predicted probability", "observed share", dots)


def bars(items: list[tuple[str, float]]) -> str:
    """Horizontal bars with labels; negative values have no length."""
    largest = max([value for _, value in items] + [1e-12])
    rows = []
    for place, (name, value) in enumerate(items):
        top = place * BAR_HEIGHT
        length = max(0.0, value) / largest * BAR_WIDTH
        label = html.escape(name if len(name) <= 30 else f"{name[:29]}…")
        rows.append(f'<text x="{LABEL_WIDTH - 8}" y="{top + 14}" text-anchor="end">{label}</text>')
        rows.append(
            f'<rect class="mark" x="{LABEL_WIDTH}" y="{top + 4}" width="{length:.1f}" height="{BAR_HEIGHT - 8}"/>'
        )
    width, height = LABEL_WIDTH + BAR_WIDTH + 10, max(1, len(items)) * BAR_HEIGHT
    return f'<svg role="img" aria-label="Feature importance" viewBox="0 0 {width} {height}" width="{width}">{"".join(rows)}</svg>'


def _square(title: str, across: str, up: str, inside: str) -> str:
    edge = SIZE + MARGIN
    axes = f'<path class="axis" d="M{MARGIN} {MARGIN}V{edge}H{edge}"/><path class="half" d="M{MARGIN} {edge}L{edge} {MARGIN}"/>'
    words = (
        f'<text x="{MARGIN}" y="{MARGIN - 12}">{html.escape(title)}</text>'
        f'<text x="{edge}" y="{edge + 28}" text-anchor="end">{across}</text>'
        f'<text x="14" y="{MARGIN}" text-anchor="end" transform="rotate(-90 14 {MARGIN})">{up}</text>'
        f'<text x="{MARGIN}" y="{edge + 14}">0</text><text x="{edge}" y="{edge + 14}" text-anchor="end">1</text>'
    )
    box = edge + MARGIN
    return f'<svg role="img" aria-label="{html.escape(title)}" viewBox="0 0 {box} {box}" width="{box}">{axes}{inside}{words}</svg>'


def _x(value: float) -> str:
    return f"{MARGIN + value * SIZE:.1f}"


def _y(value: float) -> str:
    return f"{MARGIN + (1 - value) * SIZE:.1f}"
