import * as client from "@aws-sdk/client-sagemaker";
import { checkedOperations } from "@sagewright/pipeline";
import table from "../../src/generated/sagemaker.json";

/** A structure as the AWS client exports it: kind, namespace, name, traits, member names, member types. */
type ClientStructure = readonly [number, string, string, unknown, readonly string[]];

const exported = client as unknown as Readonly<Record<string, unknown>>;
const shapes = table.shapes as Readonly<Record<string, { readonly t: string; readonly m?: object }>>;

describe("the constraint table", () => {
  it("knows every member that the AWS client can send or read", () => {
    const compared: string[] = [];
    const missing = Object.entries(shapes).flatMap(([name, { t, m }]) => {
      const structure = exported[`${name}$`] as ClientStructure | undefined;
      if (t !== "structure" || structure === undefined) return [];
      compared.push(name);
      return structure[4].filter((member) => !Object.hasOwn(m ?? {}, member)).map((member) => `${name}.${member}`);
    });
    expect(missing).toEqual([]);
    expect(compared.length).toBeGreaterThan(300);
  });

  it("names operations that the AWS client has", () => {
    expect(checkedOperations().filter((name) => !(`${name}Command` in exported))).toEqual([]);
  });

  it("says what made it", () => {
    expect(table.generatedBy).toBe("packages/pipeline/scripts/generate-constraints.py");
    expect(table.source).toMatch(/^sagemaker 2017-07-24 of botocore \d+\.\d+\.\d+$/);
  });
});
