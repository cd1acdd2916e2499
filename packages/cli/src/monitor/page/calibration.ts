import type { CalibrationBin } from "@sagewright/monitoring";
import { count, percent } from "../../terminal/format";
import { figure } from "./figure";
import { html, type Markup, text } from "./markup";
import { intervalText } from "./over-time";
import { linear } from "./scale";

const SIZE = 320;
const PLOT = { left: 44, right: SIZE - 20, top: 12, bottom: SIZE - 34 };

/** What came of predictions of about the same score: observed shares with intervals, against the diagonal. Square. */
export function calibrationFigure(bins: readonly CalibrationBin[]): Markup {
  const x = linear([0, 1], [PLOT.left, PLOT.right]);
  const y = linear([0, 1], [PLOT.bottom, PLOT.top]);
  const measured = bins.filter(({ rows }) => rows > 0);
  const marks = measured.map(({ meanScore, observed, rows }) => {
    if (observed.value === null) return undefined;
    const said = `scores about ${percent(meanScore)}: ${percent(observed.value)} happened, n ${count(rows)}`;
    return html`<g><title>${text(said)}</title><path class="interval" d="M${x(meanScore)} ${y(observed.low)}V${y(observed.high)}"/><circle class="dot" cx="${x(meanScore)}" cy="${y(observed.value)}" r="4"/></g>`;
  });
  const ticks = x.ticks.map(
    (tick) =>
      html`<text x="${x(tick)}" y="${PLOT.bottom + 15}" text-anchor="middle">${text(share(tick))}</text><text x="${PLOT.left - 6}" y="${y(tick) + 4}" text-anchor="end">${text(share(tick))}</text>`,
  );
  return figure({
    title: titleOf(measured),
    description: "Observed share against mean predicted probability, with 95 % intervals; on the diagonal both agree.",
    counts: `n ${count(measured.reduce((sum, { rows }) => sum + rows, 0))} labelled; across: predicted, upwards: what happened`,
    width: SIZE,
    height: SIZE,
    shapes: html`<path class="axis" d="M${PLOT.left} ${PLOT.top}V${PLOT.bottom}H${PLOT.right}"/><path class="diagonal" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>${ticks}${marks}`,
    table: {
      heads: ["predicted", "observed", "95 % interval", "rows"],
      rows: measured.map(({ meanScore, observed, rows }) => [
        percent(meanScore),
        observed.value === null ? "" : percent(observed.value),
        intervalText(observed),
        count(rows),
      ]),
    },
    name: "calibration",
  });
}

const share = (tick: number) => `${Math.round(tick * 100)} %`;

/** The finding: where prediction and outcome part beyond their interval, by how much. */
function titleOf(bins: readonly CalibrationBin[]): string {
  const off = bins.filter(({ meanScore, observed }) => {
    return observed.value !== null && (meanScore < observed.low || meanScore > observed.high);
  });
  if (off.length === 0) return "Probabilities agree with what happened, within their intervals.";
  const gap = ({ meanScore, observed }: CalibrationBin) => Math.abs((observed.value ?? meanScore) - meanScore);
  const [worst] = off.sort((a, b) => gap(b) - gap(a));
  const happened = worst?.observed.value ?? 0;
  return `Of predictions about ${percent(worst?.meanScore ?? 0)}, ${percent(happened)} happened: outside the interval in ${off.length} of ${bins.length} bins.`;
}
