import { PassThrough } from "node:stream";
import { progressLine, ScoringProgressView } from "../../../src/scoring/progress";
import { Output } from "../../../src/terminal/output";

const progress = { rows: 412_000, quarantined: 0, rowsPerSecond: 205_999.6, share: 0.4129, remainingMs: 2849 };

/** A view on a stream in memory, at a clock that the test sets. */
function view(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const output = new Output({ mode: "text", quiet: false, streams: { stdout: new PassThrough(), stderr } });
  const clock = { now: 1_000_000 };
  return { clock, written: () => String(stderr.read() ?? ""), view: new ScoringProgressView(output, () => clock.now) };
}

test("a line says rows, rate and the time that is left", () => {
  expect(progressLine(progress, false)).toBe(" 41 %  412,000 rows, 206,000 rows/s, 2.8 s left");
  expect(progressLine({ ...progress, quarantined: 1200 }, false)).toContain("412,000 rows, 1,200 refused, ");
});

test("a terminal redraws one line at most ten times a second and takes it away at the end", () => {
  const { clock, view: shown, written } = view(true);
  shown.show(progress);
  const drawn = written();
  expect([drawn.startsWith("\r\u001b[2K"), drawn.includes(" 41 %")]).toEqual([true, true]);
  clock.now += 99;
  shown.show(progress);
  expect(written()).toBe("");
  clock.now += 1;
  shown.show(progress);
  expect(written()).not.toContain("\n");
  shown.end();
  expect(written()).toBe("\r\u001b[2K");
});

test("elsewhere there is a plain line every five seconds", () => {
  const { clock, view: shown, written } = view(false);
  shown.show(progress);
  clock.now += 4999;
  shown.show(progress);
  expect(written()).toBe("");
  clock.now += 1;
  shown.show(progress);
  expect(written()).toBe(" 41 %  412,000 rows, 206,000 rows/s, 2.8 s left\n");
  shown.end();
  expect(written()).toBe("");
});
