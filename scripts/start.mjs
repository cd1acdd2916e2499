import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./processes.mjs";
import { runMain, setUp } from "./setup.mjs";

/** `npm start`: sets up what is missing, then runs the main job. Everything after `--` goes to `sagewright run`. */
await runMain(async () => {
  const { python } = await setUp();
  const cli = join(root, "packages/cli/bin/sagewright.js");
  const child = spawn(process.execPath, [cli, "run", "churn", "--serve", ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, SAGEWRIGHT_PYTHON: python },
  });
  // Ctrl-C reaches the child through the terminal: it ends its jobs, and then we end.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1))),
  );
});
