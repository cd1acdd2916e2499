import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { type ExitCode, exitCodes } from "../exit-codes";
import { stateFolder } from "../session";

/** One thing that has to be right for Sagewright to work. */
interface Finding {
  name: string;
  ok: boolean;
  detail: string;
  fix?: string;
}

const oldestNode = [20, 19] as const;
const enoughDiskBytes = 2 * 1024 ** 3;

/** `sagewright doctor`: looks and tells. */
export async function doctorCommand(context: CommandContext): Promise<ExitCode> {
  const state = stateFolder(context);
  const findings = [nodeFinding(), await pythonFinding(), diskFinding(state), stateFinding(state)];
  context.output.document({ ok: findings.every((finding) => finding.ok), findings });
  for (const { name, ok, detail, fix } of findings) {
    context.output.line(`${ok ? pc.green("✓") : pc.red("✗")} ${name.padEnd(8)} ${detail}`);
    if (fix !== undefined) context.output.line(`  ${pc.dim("fix")}      ${fix}`);
  }
  return findings.every((finding) => finding.ok) ? exitCodes.done : exitCodes.environment;
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const finding = { name: "Node", ok, detail: process.versions.node };
  return ok ? finding : { ...finding, fix: `install Node ${oldestNode.join(".")} or newer` };
}

async function pythonFinding(): Promise<Finding> {
  const { findEnvironment } = require("@sagewright/local") as typeof import("@sagewright/local");
  try {
    const environment = await findEnvironment({ image: "1.9-0" });
    if (environment === undefined)
      return {
        name: "Python",
        ok: false,
        detail: "no environment for image 1.9-0 yet",
        fix: "npm run setup, or run a pipeline: it is made on the way",
      };
    const differs =
      environment.differences.length > 0 ? `; differs from the image: ${environment.differences.join(", ")}` : "";
    return { name: "Python", ok: true, detail: `${environment.python}${differs}` };
  } catch (error) {
    return { name: "Python", ok: false, detail: (error as Error).message };
  }
}

function diskFinding(folder: string): Finding {
  const { bavail, bsize } = statfsSync(nearestExisting(folder));
  const free = bavail * bsize;
  const finding = {
    name: "Disk",
    ok: free >= enoughDiskBytes,
    detail: `${(free / 1024 ** 3).toFixed(1)} GiB free at ${folder}`,
  };
  return finding.ok ? finding : { ...finding, fix: "free some space: runs need 2 GiB to be comfortable" };
}

function stateFinding(folder: string): Finding {
  if (!existsSync(folder))
    return { name: "State", ok: true, detail: `${folder} is not there yet; the first run makes it` };
  const { inspectState } = require("@sagewright/local") as typeof import("@sagewright/local");
  const { ok, detail } = inspectState(folder);
  return { name: "State", ok, detail };
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(dirname(folder));
}
