import { localTarget } from "@sagewright/pipeline";
import { importClosure, shippedModules, stepCode } from "@sagewright/sklearn";

const text = (source: string): Uint8Array => new TextEncoder().encode(source);

/** The shipped modules with a comment added to one. */
const edited = (name: string) => ({
  ...shippedModules(),
  [name]: Buffer.concat([shippedModules()[name] ?? new Uint8Array(), text("# a comment\n")]),
});

const digests = (modules = shippedModules()) => {
  const code = stepCode(modules);
  return { prepare: code.prepare().digest, train: code.train().digest, evaluate: code.evaluate().digest };
};

describe("a step's code", () => {
  it("is the modules it imports, directly or not, and no others", () => {
    const modules = {
      "main.py": text('"""import fake"""\nimport json, one\nfrom two import thing as other\n'),
      "one.py": text("def late():\n    from three import x\n    return x\n"),
      "two.py": text("import numpy as np\nimport one as again\n"),
      "three.py": text("x = 1\n"),
      "unused.py": text("import main\n"),
    };
    expect(Object.keys(importClosure(modules, ["main.py"]))).toEqual(["main.py", "one.py", "three.py", "two.py"]);
    expect(() => importClosure(modules, ["absent.py"])).toThrow("absent.py is not among main.py, one.py,");
  });

  it("changes with the modules it holds and with no others", () => {
    const before = digests();
    expect(digests(edited("evaluate.py"))).toEqual({ ...before, evaluate: expect.not.stringMatching(before.evaluate) });
    expect(digests(edited("inference.py"))).toEqual({ ...before, train: expect.not.stringMatching(before.train) });
    expect(digests(edited("splits.py"))).toEqual({ ...before, prepare: expect.not.stringMatching(before.prepare) });
    const all = digests(edited("contract.py"));
    expect(Object.entries(before).filter(([step, digest]) => all[step as keyof typeof all] === digest)).toEqual([]);
  });

  it("holds the scripts where the container looks for them, without tests and caches", () => {
    const prepare = stepCode().prepare().objects(localTarget);
    expect(
      prepare.files.map(({ key }) => key.slice(prepare.uri.length - `s3://${localTarget.bucket}/`.length)),
    ).toEqual(expect.arrayContaining(["prepare.py", "contract.py", "splits.py"]));
    expect(Object.keys(shippedModules()).filter((name) => !/^[a-z_]+\.py$/.test(name))).toEqual([]);
  });

  it("carries in the model what inference.py imports", () => {
    const source = new TextDecoder().decode(shippedModules()["train.py"]);
    const listed = /SERVING_MODULES = \(([^)]*)\)/.exec(source)?.[1]?.match(/[a-z_]+\.py/g);
    expect([...(listed ?? [])].sort()).toEqual(Object.keys(importClosure(shippedModules(), ["inference.py"])));
  });
});
