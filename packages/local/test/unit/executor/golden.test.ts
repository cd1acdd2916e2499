import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { JsonObject, PipelineDefinition } from "@sagewright/pipeline";
import { advance } from "../../../src/executor/reducer/advance";
import type { Command } from "../../../src/executor/reducer/commands";
import { planOf } from "../../../src/executor/reducer/plan";
import { hasEnded } from "../../../src/executor/reducer/state";
import { stepKinds } from "../../../src/executor/steps";
import { started } from "../../support/definitions";

const folder = resolve(
  process.env.SAGEWRIGHT_TEST_DATA ?? resolve(__dirname, "../../../../../../shared/data"),
  "../golden/accepted",
);

interface Golden {
  readonly name: string;
  readonly definition: PipelineDefinition;
}

const emulated = ({ definition }: Golden) =>
  [...planOf(definition).steps.values()].every((step) => stepKinds.has(step.definition.Type));
const goldens: Golden[] = existsSync(folder)
  ? readdirSync(folder)
      .map((name) => ({ name, definition: JSON.parse(readFileSync(join(folder, name), "utf8")) as PipelineDefinition }))
      .filter(emulated)
  : [];
if (goldens.length === 0) console.log(`${folder} is not there: the definitions that AWS's SDK printed are not run.`);

/** A result that has everything the golden definitions refer to. */
function resultOf({ call, name }: Extract<Command, { type: "start" }>): JsonObject {
  return {
    ...call.input,
    TrainingJobName: name,
    TrainingJobStatus: "Completed",
    ModelName: name,
    ModelArtifacts: { S3ModelArtifacts: `s3://bucket/${name}/output/model.tar.gz` },
    OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
    TransformOutput: { S3OutputPath: "s3://bucket/transform" },
    FinalMetricDataList: [{ MetricName: "validation:rmse", Value: 0.1 }],
    TrainingJobSummaries: [{ TrainingJobName: "best" }, { TrainingJobName: "second" }],
    ProcessingJobName: name,
    ProcessingJobStatus: "Completed",
    ExitMessage: "well",
    OutputParameters: {},
    CreationTime: "2026-11-21T00:00:00Z",
  };
}

test("definitions that AWS's SDK printed run to their end, every reference resolved", () => {
  for (const { name, definition } of goldens) {
    const parameters = Object.fromEntries(
      (definition.Parameters ?? []).map(({ Name, Type, DefaultValue }) => [
        Name,
        DefaultValue ?? { String: "text", Integer: 1, Float: 0.5, Boolean: true }[Type],
      ]),
    );
    let { state, commands } = advance(undefined, started(definition, { parameters }));
    const queue = [...commands];
    for (let command = queue.shift(); command; command = queue.shift()) {
      const { step } = command;
      const at = state.startedAt;
      if (command.type === "start") {
        const event = { type: "finished" as const, at, step, attempt: command.attempt, outcome: "Succeeded" as const };
        ({ state, commands } = advance(state, { ...event, properties: resultOf(command) }));
      } else if (command.type === "read") {
        const values = Object.fromEntries(command.reads.map(({ key }) => [key, 0.9]));
        ({ state, commands } = advance(state, { type: "values", at, step, values }));
      } else if (command.type === "look-up") {
        ({ state, commands } = advance(state, { type: "cache-miss", at, step, reason: "first_run" }));
      } else commands = [];
      queue.push(...commands);
    }
    expect({ name, ended: hasEnded(state) }).toEqual({ name, ended: true });
    const broken = Object.entries(state.steps).filter(
      ([step, { phase }]) => phase === "failed" && planOf(definition).steps.get(step)?.definition.Type !== "Fail",
    );
    expect({ name, broken }).toEqual({ name, broken: [] });
  }
  if (existsSync(folder)) expect(goldens.length).toBeGreaterThan(10);
});
