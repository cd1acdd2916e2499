import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectRows, DataSetError, readContract } from "@sagewright/contract";

/** The same files run through the Python side; see the README beside them. */
const folder = join(__dirname, "../../../../test/parity/fixtures/contract");

interface Fixture {
  readonly description: string;
  readonly contract: object;
  readonly csv?: string;
  readonly csvBase64?: string;
  readonly expected:
    | { readonly error: string }
    | {
        readonly accepted: readonly { line: number; values: unknown[]; target: number }[];
        readonly quarantined: readonly { line: number; code: string; column: string }[];
        readonly warnings: readonly string[];
      };
}

const fixtures = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file): [string, Fixture] => [file, JSON.parse(readFileSync(join(folder, file), "utf8"))]);

async function outcome(fixture: Fixture, pieces: (bytes: Buffer) => Iterable<Uint8Array>): Promise<unknown> {
  const { csv = "", csvBase64 } = fixture;
  const bytes = csvBase64 === undefined ? Buffer.from(csv) : Buffer.from(csvBase64, "base64");
  const contract = readContract(fixture.contract);
  try {
    const checked = await collectRows(contract, pieces(bytes));
    return {
      accepted: checked.rows.map(({ line, values, target }) => ({
        line,
        values: contract.columns.map((column) => values[column.name]),
        target,
      })),
      quarantined: checked.quarantine.map(({ line, problems: [{ code, column }] }) => ({ line, code, column })),
      warnings: checked.warnings.map((warning) => warning.code),
    };
  } catch (error) {
    if (error instanceof DataSetError) return { error: error.code };
    throw error;
  }
}

describe("shared fixtures", () => {
  test("there are some", () => expect(fixtures.length).toBeGreaterThan(40));

  test.each(fixtures)("%s", async (_, fixture) => {
    const plusZero = JSON.parse(JSON.stringify(fixture.expected));
    expect(JSON.parse(JSON.stringify(await outcome(fixture, (bytes) => [bytes])))).toEqual(plusZero);
  });

  test.each(fixtures)("%s, byte by byte", async (_, fixture) => {
    const bytewise = (bytes: Buffer) => Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(JSON.parse(JSON.stringify(await outcome(fixture, bytewise)))).toEqual(fixture.expected);
  });
});
