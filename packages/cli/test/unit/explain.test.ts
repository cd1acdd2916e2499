import { CliError, usageError } from "../../src/errors";
import { explain } from "../../src/explain";

const coded = (code: string, message = "It broke. Do it again.") => Object.assign(new Error(message), { code });

describe("what a user is told of an error", () => {
  test("our own as it is", () => {
    const error = usageError("--port: 'x' is no port", "give a number");
    expect(explain(error, false)).toEqual({
      code: "usage",
      message: "--port: 'x' is no port",
      fix: "give a number",
      exitCode: 2,
    });
  });

  test.each([
    ["no_python", 5],
    ["disk_full", 5],
    ["state_newer", 5],
    ["EACCES", 5],
    ["not_utf8", 3],
    ["target_one_class", 3],
    ["hyperparameter_unknown", 3],
    ["something_else", 1],
  ])("%s means exit code %i", (code, exitCode) => {
    expect(explain(coded(code), false)).toMatchObject({ code, exitCode });
  });

  test("a refusal by AWS by its name, exit code 6", () => {
    const refusal = Object.assign(new Error("no"), { name: "ResourceLimitExceeded", $metadata: {} });
    expect(explain(refusal, false)).toMatchObject({ code: "ResourceLimitExceeded", exitCode: 6 });
  });

  test("several problems as a list, each with its place", () => {
    const error = Object.assign(coded("contract_invalid"), {
      issues: [
        { path: ["columns", "age"], message: "is empty." },
        { path: "id", message: "id: is no column." },
      ],
    });
    expect(explain(error, false)).toMatchObject({
      message: "2 problems",
      why: "columns.age: is empty.\nid: is no column.",
      exitCode: 3,
    });
  });

  test("an interruption with the command that goes on", () => {
    expect(explain(new Error("aborted"), true, "sagewright run a --resume")).toEqual({
      code: "interrupted",
      message: "interrupted; what was done is kept",
      fix: "go on with: sagewright run a --resume",
      exitCode: 130,
    });
    expect(explain(new Error("aborted"), true)).toEqual({ code: "interrupted", message: "interrupted", exitCode: 130 });
  });

  test("an explained failure stays explained even when the user has pressed Ctrl-C", () => {
    expect(explain(new CliError({ code: "x", message: "m", exitCode: 3 }), true)).toMatchObject({ exitCode: 3 });
  });
});
