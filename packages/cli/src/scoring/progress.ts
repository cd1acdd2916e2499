import pc from "picocolors";
import { count, duration } from "../terminal/format";
import type { Output } from "../terminal/output";

/** How far scoring a file has come. */
export interface ScoringProgress {
  /** Rows scored and put aside so far, with those of an interrupted run before. */
  readonly rows: number;
  readonly quarantined: number;
  /** Rows a second since this process began. */
  readonly rowsPerSecond: number;
  /** How much of the input is done, from 0 to 1. */
  readonly share: number;
  readonly remainingMs: number;
}

const REDRAW_MS = 100;
const LINE_MS = 5000;
const BAR_CELLS = 24;

/** Shows progress: one line that redraws itself on a terminal, else a line every few seconds. */
export class ScoringProgressView {
  #last: number;

  constructor(
    private readonly output: Output,
    private readonly now: () => number = Date.now,
  ) {
    this.#last = output.live ? 0 : now();
  }

  show(progress: ScoringProgress): void {
    const at = this.now();
    if (at - this.#last < (this.output.live ? REDRAW_MS : LINE_MS)) return;
    this.#last = at;
    this.output.event({ type: "progress", ...progress });
    if (this.output.live) this.output.progressStream.write(`\r\u001b[2K${progressLine(progress, true)}`);
    else this.output.progress(progressLine(progress, false));
  }

  /** Takes the redrawn line away. */
  end(): void {
    if (this.output.live && this.#last > 0) this.output.progressStream.write("\r\u001b[2K");
  }
}

/** "▸ 412,000 rows  38 %  512,000 rows/s  1.3 s left", with a bar in front on a terminal. */
export function progressLine(progress: ScoringProgress, bar: boolean): string {
  const { rows, quarantined, rowsPerSecond, share, remainingMs } = progress;
  const full = Math.round(share * BAR_CELLS);
  const cells = bar ? `${pc.cyan("━".repeat(full))}${pc.dim("━".repeat(BAR_CELLS - full))} ` : "";
  const refused = quarantined > 0 ? [`${count(quarantined)} refused`] : [];
  const parts = [
    `${count(rows)} rows`,
    ...refused,
    `${count(Math.round(rowsPerSecond))} rows/s`,
    `${duration(remainingMs)} left`,
  ];
  return `${cells}${String(Math.floor(share * 100)).padStart(3)} %  ${parts.join(", ")}`;
}
