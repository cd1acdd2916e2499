import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./processes.mjs";
import { runMain } from "./setup.mjs";
import { elapsed, say } from "./terminal.mjs";

/** `npm test` here, `npm start -- --exit` in a fresh clone; the last line is the count over all suites. */
await runMain(async () => {
  const tests = await run("npm", ["test"], { onLine: (line) => console.log(line) });
  const counted = /^(\d+) passed, (\d+) failed$/m.exec(tests.output);
  const clone = mkdtempSync(join(tmpdir(), "sagewright-clone-"));
  const start = performance.now();
  let started = { code: 1, output: "" };
  try {
    const cloned = await run("git", ["clone", "--quiet", root, clone]);
    if (cloned.code === 0) {
      started = await run("npm", ["start", "--", "--exit"], { cwd: clone, onLine: (line) => console.log(line) });
    }
    say(`npm start -- --exit in a fresh clone: exit code ${started.code} after ${elapsed(start)}`);
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
  const passed = Number(counted?.[1] ?? 0) + (started.code === 0 ? 1 : 0);
  const failed = Number(counted?.[2] ?? 1) + (started.code === 0 ? 0 : 1);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && tests.code === 0 ? 0 : 1;
});
