import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, inTurn, row } from "./measure.mjs";

/** The reference job on the bank set as a pipeline, every job isolated, beside one plain Python script with two processes. */
export async function run({ root, rounds, python, data }) {
  const cli = join(root, "packages/cli/bin/sagewright.js");
  const scratch = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const bank = join(data, "bank_churn.csv");
  try {
    const times = await inTurn(rounds, {
      script: () => execute(python, [join(root, "test/bench/reference_job.py"), bank, join(scratch, "script")]),
      pipeline: (round) =>
        execute(
          process.execPath,
          [
            cli,
            "run",
            join(root, "test/bench/reference-pipeline.ts"),
            "--data",
            bank,
            "--quiet",
            "--state",
            join(scratch, `state-${round}`),
          ],
          { cwd: root },
        ),
    });
    return [
      row("the reference job as a pipeline, whole process", {
        value: times.pipeline / 1000,
        unit: "s",
        peer: times.script / 1000,
        peerName: "the same work as one Python script with 2 processes",
        limit: 1.25,
        of: "ratio",
      }),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
