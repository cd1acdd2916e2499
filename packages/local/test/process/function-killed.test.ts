import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../test/support/until";
import { removeFolder } from "../support/folder";

/** Whether a process is there; one that waits for its parent to take note of its end is not. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && !existsSync("/proc/self");
  }
}

test("functions end with the cloud that called them, however it ends", async () => {
  const root = mkdtempSync(join(tmpdir(), "sagewright-function-"));
  const folder = join(root, "told");
  mkdirSync(folder);
  const register = join(__dirname, "../support/register-typescript.cjs");
  const program = join(__dirname, "function-killed-child.ts");
  const cloud = spawn(process.execPath, ["-r", register, program, join(root, "state"), folder], { stdio: "ignore" });
  const ended = new Promise((resolve) => cloud.once("close", resolve));
  try {
    const files = ["node", "python"].map((name) => join(folder, name));
    const said = () => files.map((file) => (existsSync(file) ? Number(readFileSync(file, "utf8")) : 0));
    await until(() => !said().includes(0));
    expect(said().map(runs)).toEqual([true, true]);
    cloud.kill("SIGKILL");
    await ended;
    await until(() => !said().some(runs));
  } finally {
    cloud.kill("SIGKILL");
    await removeFolder(root);
  }
});
