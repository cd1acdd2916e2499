import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "../../../../test/support/until";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { createManualClock } from "../../src/time/manual-clock";
import { temporaryState } from "../support/folder";
import { openHosting, pythonAtHand } from "../support/hosted-cloud";

/** Command lines of processes that mention the folder. */
const processesOf = (folder: string): string[] =>
  execFileSync("ps", ["ax", "-o", "command="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder) && !line.startsWith("ps "));

(pythonAtHand() ? test : test.skip)(
  "kill -9 in the middle of a canary leaves no process behind, and the canary goes on when the folder is opened",
  async () => {
    const state = temporaryState();
    const program = [
      join(__dirname, "../support/register-typescript.cjs"),
      join(__dirname, "endpoint-killed-child.ts"),
    ];
    const child = spawn(process.execPath, ["-r", ...program, state.folder], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    const gone = new Promise((resolve) => child.once("exit", resolve));
    for await (const line of createInterface({ input: child.stdout })) if (line === "baking") break;
    child.kill("SIGKILL");
    await gone;
    await until(() => processesOf(state.folder).length === 0);

    const runtime = createContainerRuntime();
    const clock = createManualClock();
    const cloud = openHosting(state.folder, runtime, {}, {}, { clock, processesPerVariant: 1 });
    try {
      const describeEndpoint = () => cloud.call("DescribeEndpoint", { EndpointName: "churn" });
      expect(await describeEndpoint()).toMatchObject({ EndpointStatus: "Updating", EndpointConfigName: "blue" });
      await cloud.recover();
      const answers: string[] = [];
      const request = { EndpointName: "churn", Body: Buffer.from("1"), ContentType: "text/csv" };
      for (let index = 0; index < 4; index += 1) {
        answers.push(Buffer.from((await cloud.call<{ Body: Uint8Array }>("InvokeEndpoint", request)).Body).toString());
      }
      expect(answers.sort()).toEqual(["blue", "blue", "green", "green"]);
      // Nobody baked it while the process was dead: the hour begins anew.
      await clock.advance(59 * 60_000);
      expect(await describeEndpoint()).toMatchObject({ EndpointStatus: "Updating" });
      await clock.advance(60_000);
      expect(await describeEndpoint()).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "green" });
    } finally {
      await cloud.close();
      await runtime.close();
      await state.remove();
    }
  },
  60_000,
);
