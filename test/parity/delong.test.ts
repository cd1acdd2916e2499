import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type DeLongResult, deLongTest, lowerBound, type PairedScores } from "@sagewright/sagemaker";
import { jobPython } from "../support/cli";

/** DeLong's test beside a computation from its definition with numpy, scipy and scikit-learn, with ties, few rows and clear winners. */
let seed = 11;
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

function scores(rows: number, skill: [number, number], digits: number): PairedScores {
  const labels = Array.from({ length: rows }, (_, row) => row < 2 || (row > 3 && random() < 0.3));
  const shared = labels.map(() => random());
  const model = (strength: number) =>
    labels.map((label, row) => Number(((shared[row] ?? 0) + random() + (label ? strength : 0)).toFixed(digits)));
  return { labels, champion: model(skill[0]), challenger: model(skill[1]) };
}

const cases = [
  scores(12, [0.5, 0.5], 3),
  scores(200, [0.4, 0.5], 1),
  scores(200, [0.2, 1.2], 6),
  scores(1_000, [0.5, 0.5], 6),
  scores(1_000, [1, 0], 2),
  scores(2_000, [0, 1.5], 6),
];

test("agrees with numpy, scipy and scikit-learn to twelve digits, the one-sided bound of the gate included", () => {
  const program = join(__dirname, "delong.py");
  const answers = JSON.parse(execFileSync(jobPython, [program], { input: JSON.stringify(cases) }).toString());
  expect(answers).toHaveLength(cases.length);
  cases.forEach((given, index) => {
    const ours = deLongTest(given);
    for (const [name, theirs] of Object.entries<number>(answers[index])) {
      const level = /^lowerBound (.+)$/.exec(name)?.[1];
      const own = level === undefined ? ours[name as keyof DeLongResult] : lowerBound(ours, Number(level));
      const difference = Math.abs(own - theirs);
      expect({ index, name, close: difference <= 1e-12 + 1e-9 * Math.abs(theirs) }).toEqual({
        index,
        name,
        close: true,
      });
    }
  });
});
