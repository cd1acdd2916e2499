"""The model card: what the model is, how good, for whom less so, in a page a person reads before approving it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from contract import Contract
from drawing import bars, calibration_plot, roc_plot
from verdict import verdict

MOST_FEATURES = 20
MOST_SEGMENTS = 60

Cells = Sequence[str]
Section = tuple[str, str, Cells, list[Cells]]
"""Title, introducing sentence, column heads and rows."""


def sections(report: dict[str, Any], contract: Contract) -> list[Section]:
    """The card's tables; both renderings are made of these."""
    parts: list[Section] = [
        ("Quality on the test split", _summary(report), ("metric", "value", "95 % interval"), _metrics(report))
    ]
    if report["kind"] == "binary":
        parts.append(_decisions(report))
        parts.append(_thresholds(report))
        parts.append(_lift(report))
    unit = "ROC AUC" if report["kind"] == "binary" else "mean absolute error"
    parts.append(
        (
            "What the model looks at",
            f"Loss of {unit} when a feature's values are shuffled between rows.",
            ("feature", "loss", "±"),
            [
                (item["feature"], _figure(item["mean"]), _figure(item["std"]))
                for item in report["importance"][:MOST_FEATURES]
            ],
        )
    )
    if report["segments"]:
        parts.append(_segments(report))
    parts.append(
        (
            "Hyperparameters",
            f"Estimator {report['model']['estimator']}, scikit-learn {report['model']['versions']['scikit-learn']}.",
            ("name", "value"),
            [(name, str(value)) for name, value in sorted(report["model"]["hyperparameters"].items())],
        )
    )
    parts.append(
        (
            "Features",
            f"Contract {contract.name}, target {contract.target.column}.",
            ("feature", "type", "range or categories", "unit"),
            [(column.name, column.type, _range(column), column.unit) for column in contract.columns],
        )
    )
    return parts


def markdown_card(report: dict[str, Any], contract: Contract) -> str:
    """The card in Markdown."""
    lines = [f"# Model card: {contract.name}", "", verdict(report), "", f"Manifest `{report['model']['manifest_sha256']}`.", ""]
    for warning in report["warnings"]:
        lines += [f"> **Warning** `{warning['code']}` {warning['message']}", ""]
    for title, sentence, heads, rows in sections(report, contract):
        lines += [f"## {title}", "", sentence, "", _row(heads), _row(["---"] * len(heads))]
        lines += [_row(cell.replace("|", "\\|") for cell in row) for row in rows]
        lines.append("")
    return "\n".join(lines)


def html_card(report: dict[str, Any], contract: Contract) -> str:
    """The card as one HTML page that needs nothing else: styles and drawings are inside."""
    parts = [f"<h1>Model card: {_text(contract.name)}</h1>", f'<p class="verdict">{_text(verdict(report))}</p>']
    parts.append(f"<p>Manifest <code>{_text(report['model']['manifest_sha256'])}</code></p>")
    for warning in report["warnings"]:
        parts.append(f'<p class="warning"><strong>{_text(warning["code"])}</strong> {_text(warning["message"])}</p>')
    for title, sentence, heads, rows in sections(report, contract):
        parts.append(f"<section><h2>{_text(title)}</h2><p>{_text(sentence)}</p>")
        parts.append(_drawing(title, report))
        head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in heads)
        body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
        parts.append(
            f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>'
        )
    return PAGE.format(title=_text(contract.name), body="\n".join(part for part in parts if part))


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model card: {title}</title><style>
:root{{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d0d7de;--accent:#0b62c4;--soft:#f3f5f7;--alarm:#8a4b00}}
@media(prefers-color-scheme:dark){{:root{{--ink:#e6edf3;--paper:#14181d;--line:#3a424c;--accent:#6cb0ff;--soft:#1e242b;--alarm:#ffb454}}}}
body{{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:56rem;margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.6rem}}h2{{font-size:1.2rem;margin-top:2rem}}code{{font-size:.85rem;overflow-wrap:anywhere}}
table{{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}}th,td{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}}
th{{background:var(--soft)}}.wide{{overflow-x:auto}}.warning{{border-left:4px solid var(--alarm);background:var(--soft);padding:.5rem .8rem}}
.verdict{{font-size:1.1rem}}
.drawings{{display:flex;flex-wrap:wrap;gap:1rem}}svg{{max-width:100%;height:auto}}svg text{{fill:var(--ink);font:12px system-ui,sans-serif}}
.axis{{stroke:var(--line);fill:none}}.line{{stroke:var(--accent);fill:none;stroke-width:2}}.mark{{fill:var(--accent)}}.half{{stroke:var(--line);stroke-dasharray:4}}
</style></head><body>
{body}
</body></html>
"""


def _drawing(title: str, report: dict[str, Any]) -> str:
    if title == "Quality on the test split" and report["kind"] == "binary":
        plots = roc_plot(report["curves"]["roc"], report["metrics"]["roc_auc"]) + calibration_plot(
            report["calibration"]["bins"]
        )
        return f'<div class="drawings">{plots}</div>'
    if title == "What the model looks at":
        return bars([(item["feature"], item["mean"]) for item in report["importance"][:MOST_FEATURES]])
    return ""


def _summary(report: dict[str, Any]) -> str:
    if report["kind"] == "binary":
        share = report["positives"] / report["rows"]
        return f"{report['rows']} rows, {report['positives']} of them positive ({share:.1%}); never used in training."
    return f"{report['rows']} rows, never used in training. The baseline always answers the training mean."


def _metrics(report: dict[str, Any]) -> list[Cells]:
    metrics = report["metrics"]
    rows: list[Cells] = []
    for name, value in metrics.items():
        if not name.endswith(("_low", "_high")):
            low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
            rows.append((name, _figure(value), "" if low is None else f"{_figure(low)} to {_figure(high)}"))
    if "calibration" in report:
        rows.append(("calibration error", _figure(report["calibration"]["ece"]), ""))
    return rows


def _decisions(report: dict[str, Any]) -> Section:
    counts, threshold = report["confusion"], report["threshold"]
    sentence = (
        f"Positive from {threshold['value']:.4f} on, chosen on the {threshold['split']} split by {threshold['method']}."
    )
    rows: list[Cells] = [
        ("actually positive", str(counts["tp"]), str(counts["fn"])),
        ("actually negative", str(counts["fp"]), str(counts["tn"])),
    ]
    return "Decisions", sentence, ("", "decided positive", "decided negative"), rows


def _thresholds(report: dict[str, Any]) -> Section:
    names = ("precision", "recall", "f1", "accuracy")
    rows: list[Cells] = [
        (item["method"], f"{item['value']:.4f}", *(f"{item[name]:.4f}" for name in names))
        for item in report["threshold"]["candidates"]
    ]
    return "Other thresholds", "What each would have decided on the test split.", ("method", "threshold", *names), rows


def _lift(report: dict[str, Any]) -> Section:
    rows: list[Cells] = [
        (
            str(item["decile"]),
            str(item["rows"]),
            str(item["positives"]),
            f"{item['lift']:.2f}",
            f"{item['captured']:.1%}",
        )
        for item in report["lift"]
    ]
    sentence = "Rows by score, highest tenth first: positives compared with the average, and the share found so far."
    return "Lift", sentence, ("tenth", "rows", "positives", "lift", "captured"), rows


def _segments(report: dict[str, Any]) -> Section:
    shown = report["segments"][:MOST_SEGMENTS]
    if report["kind"] == "regression":
        rows: list[Cells] = [
            (i["column"], i["value"], str(i["rows"]), _figure(i["mae"]), _figure(i["mean"])) for i in shown
        ]
        return "Segments", "Figures per group.", ("column", "value", "rows", "MAE", "mean target"), rows
    rows = [
        (
            item["column"],
            item["value"],
            str(item["rows"]),
            str(item["positives"]),
            "one outcome only" if item["roc_auc"] is None else f"{item['roc_auc']:.4f}",
            "" if item["roc_auc"] is None else f"{item['roc_auc_low']:.4f} to {item['roc_auc_high']:.4f}",
        )
        for item in shown
    ]
    return "Segments", "ROC AUC per group.", ("column", "value", "rows", "positives", "ROC AUC", "95 % interval"), rows


def _range(column: Any) -> str:
    if column.type == "category":
        shown = ", ".join(column.categories[:8])
        return shown if len(column.categories) <= 8 else f"{shown} and {len(column.categories) - 8} more"
    if column.minimum is None and column.maximum is None:
        return ""
    low = "" if column.minimum is None else f"{column.minimum:g}"
    high = "" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} to {high}".strip()


def _figure(value: float) -> str:
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4f}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(value: str) -> str:
    return html.escape(str(value))
