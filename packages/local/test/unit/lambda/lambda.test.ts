import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import { until } from "../../../../../test/support/until";
import { systemClock } from "../../../src/clock";
import { createEventBus } from "../../../src/event-bus";
import type { Room, RoomDeps } from "../../../src/room";
import { lambdaRoom } from "../../../src/services/lambda/lambda-room";
import { unzip } from "../../../src/services/lambda/unzip";
import { createLogStreams } from "../../../src/services/logs/file-log-store";
import { Queues } from "../../../src/services/sqs/queues";
import { openStore } from "../../../src/state/store";
import { removeFolder } from "../../support/folder";
import { functionArchive } from "../../support/function-archive";

const python = process.env.SAGEWRIGHT_PYTHON ?? "python3";
const root = mkdtempSync(join(tmpdir(), "sagewright-lambda-"));
const store = openStore(join(root, "state"));
const logs = createLogStreams(store, systemClock);
const lines: string[] = [];
const deps = {
  store,
  logs: {
    ...logs,
    append: (_group: string, _stream: string, more: { message: string }[]) =>
      lines.push(...more.map(({ message }) => message)),
  },
  bus: createEventBus(),
  clock: systemClock,
  region: "us-east-1",
  accountId: "000000000000",
  metrics: { put: () => undefined },
} as unknown as RoomDeps;
const room: Room = lambdaRoom({ ...deps, python, queues: new Queues(deps) });
const zip = (files: Record<string, string>): Buffer => functionArchive(files, root);
afterAll(async () => {
  await room.close?.();
  await removeFolder(root);
});

const context = { requestId: "r", region: "us-east-1", accountId: "000000000000", principalArn: "arn" };
async function call<O>(name: string, input: object): Promise<O> {
  return (await room.operations[name]?.handle(input as never, context)) as O;
}

async function create(
  FunctionName: string,
  Runtime: string,
  Handler: string,
  files: Record<string, string>,
  more: object = {},
) {
  return call<Record<string, unknown>>("CreateFunction", {
    FunctionName,
    Runtime,
    Handler,
    Role: "arn:aws:iam::000000000000:role/r",
    Code: { ZipFile: zip(files) },
    ...more,
  });
}

async function invoke(FunctionName: string, event: unknown, more: Partial<InvocationRequest> = {}) {
  const answer = await call<InvocationResponse>("Invoke", {
    FunctionName,
    Payload: Buffer.from(JSON.stringify(event)),
    ...more,
  });
  const text = Buffer.from(answer.Payload ?? []).toString();
  return { ...answer, result: text === "" ? undefined : JSON.parse(text) };
}

const nodeCode = `
exports.handler = async (event, context) => {
  console.log("hello", event.name);
  return { greeting: process.env.GREETING + " " + event.name, function: context.functionName, left: context.getRemainingTimeInMillis() > 0 };
};
exports.callback = (event, context, done) => done(null, { sum: event.a + event.b });
exports.throws = async () => { throw new TypeError("no such customer"); };
exports.exits = async () => process.exit(3);
exports.waits = () => new Promise((resolve) => setTimeout(resolve, 60000));
exports.big = async () => "x".repeat(3_000_000);
`;

describe("Lambda functions", () => {
  it("runs a Node.js handler with its environment, and keeps its log", async () => {
    const made = await create(
      "greet",
      "nodejs24.x",
      "index.handler",
      { "index.js": nodeCode },
      { Environment: { Variables: { GREETING: "Hello" } } },
    );
    expect(made).toMatchObject({
      FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:greet",
      State: "Active",
      Timeout: 3,
      MemorySize: 128,
      Version: "$LATEST",
    });
    const answer = await invoke(
      "arn:aws:lambda:us-east-1:000000000000:function:greet",
      { name: "Ada" },
      { LogType: "Tail" },
    );
    expect(answer).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      result: { greeting: "Hello Ada", function: "greet", left: true },
    });
    expect(answer.FunctionError).toBeUndefined();
    expect(Buffer.from(answer.LogResult ?? "", "base64").toString()).toMatch(
      /^START RequestId: .*\nhello Ada\nEND RequestId/,
    );
    expect(lines).toContain("hello Ada");
  });

  it("runs callback handlers, and ES modules", async () => {
    await create("callback", "nodejs24.x", "index.callback", { "index.js": nodeCode });
    expect((await invoke("callback", { a: 2, b: 3 })).result).toEqual({ sum: 5 });
    await create("module", "nodejs24.x", "lib/index.handler", {
      "lib/index.mjs": "export const handler = async (event) => event.x * 2;",
    });
    expect((await invoke("module", { x: 21 })).result).toBe(42);
  });

  it("reports a thrown error, an exit and a timeout as Unhandled, in Lambda's shapes", async () => {
    await create("throws", "nodejs24.x", "index.throws", { "index.js": nodeCode });
    expect(await invoke("throws", {})).toMatchObject({
      StatusCode: 200,
      FunctionError: "Unhandled",
      result: {
        errorType: "TypeError",
        errorMessage: "no such customer",
        trace: expect.arrayContaining([expect.stringMatching(/no such customer/), expect.stringMatching(/index\.js/)]),
      },
    });
    await create("exits", "nodejs24.x", "index.exits", { "index.js": nodeCode });
    expect(await invoke("exits", {})).toMatchObject({
      FunctionError: "Unhandled",
      result: { errorType: "Runtime.ExitError", errorMessage: expect.stringMatching(/exit status 3$/) },
    });
    await create("waits", "nodejs24.x", "index.waits", { "index.js": nodeCode }, { Timeout: 1 });
    expect(await invoke("waits", {})).toMatchObject({
      FunctionError: "Unhandled",
      result: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
      },
    });
    await create("missing", "nodejs24.x", "nothing.handler", { "index.js": nodeCode });
    expect((await invoke("missing", {})).result.errorType).toBe("Runtime.ImportModuleError");
    await create("unnamed", "nodejs24.x", "index.nothing", { "index.js": nodeCode });
    expect((await invoke("unnamed", {})).result.errorType).toBe("Runtime.HandlerNotFound");
  });

  it("runs a Python handler", async () => {
    const code =
      "import os\ndef handler(event, context):\n    print('seen', event['x'])\n    return {'double': event['x'] * 2, 'name': context.function_name}\ndef broken(event, context):\n    raise ValueError('bad row')\n";
    await create("snake", "python3.12", "app.handler", { "app.py": code });
    expect(await invoke("snake", { x: 4 })).toMatchObject({ StatusCode: 200, result: { double: 8, name: "snake" } });
    await create("broken", "python3.12", "app.broken", { "app.py": code });
    expect(await invoke("broken", {})).toMatchObject({
      FunctionError: "Unhandled",
      result: { errorType: "ValueError", errorMessage: "bad row", stackTrace: [expect.stringContaining("broken")] },
    });
  });

  it("hands over large answers whole", async () => {
    await create("big", "nodejs24.x", "index.big", { "index.js": nodeCode }, { Timeout: 20 });
    expect((await invoke("big", {})).result).toHaveLength(3_000_000);
  });

  it("replaces code, lists, deletes, and refuses what is not there", async () => {
    await create("versions", "nodejs24.x", "index.handler", { "index.js": "exports.handler = async () => 1;" });
    await call("UpdateFunctionCode", {
      FunctionName: "versions",
      ZipFile: zip({ "index.js": "exports.handler = async () => 2;" }),
    });
    expect((await invoke("versions", {})).result).toBe(2);
    expect(await call("ListFunctions", { MaxItems: 2 })).toMatchObject({
      Functions: [{}, {}],
      NextMarker: expect.any(String),
    });
    await expect(create("versions", "nodejs24.x", "index.handler", { "index.js": "" })).rejects.toMatchObject({
      code: "ResourceConflictException",
      status: 409,
    });
    await call("DeleteFunction", { FunctionName: "versions" });
    await expect(call("GetFunction", { FunctionName: "versions" })).rejects.toMatchObject({
      code: "ResourceNotFoundException",
      status: 404,
      message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:versions",
    });
  });

  it("answers an Event at once and runs it behind", async () => {
    const mark = join(root, "mark");
    await create("later", "nodejs24.x", "index.handler", {
      "index.js": `exports.handler = async () => require("node:fs").writeFileSync(${JSON.stringify(mark)}, "done");`,
    });
    expect(await invoke("later", {}, { InvocationType: "Event" })).toMatchObject({ StatusCode: 202 });
    await until(() => existing(mark));
  });

  it("refuses archives that are none, or that leave their folder", () => {
    expect(() => unzip(Buffer.from("no zip"))).toThrow("Could not unzip uploaded file.");
    writeFileSync(join(root, "x"), "");
    expect(() => unzip(zip({ "../../evil.js": "x" }))).toThrow("leaves the archive");
  });
});

function existing(file: string): boolean {
  try {
    return readFileSync(file, "utf8") === "done";
  } catch {
    return false;
  }
}
