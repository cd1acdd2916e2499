import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ContractJson, collectRows, DataSetError, readContract } from "@sagewright/contract";

interface Fixture {
  contract: ContractJson;
  csv?: string;
  csvBase64?: string;
}

const python = process.env.SAGEWRIGHT_PYTHON;
const fixtures = join(__dirname, "../../../../test/parity/fixtures/contract");

/** Prints, per fixture, the message of every row that prepare.py would quarantine. */
const script = `
import base64, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from contract import parse_contract
from failure import DataError
from quarantine import check_records
from records import read_records
def messages(path):
    case = json.loads(path.read_text())
    contract = parse_contract(json.dumps(case["contract"]).encode())
    data = base64.b64decode(case["csvBase64"]) if "csvBase64" in case else case["csv"].encode()
    try:
        return [item.problem.message for item in check_records(read_records(data, contract, "x"), contract).refused]
    except DataError:
        return None
print(json.dumps({path.name: messages(path) for path in sorted(Path(sys.argv[2]).glob("*.json"))}))
`;

async function messagesOf(name: string): Promise<string[] | undefined> {
  const fixture = JSON.parse(readFileSync(join(fixtures, name), "utf8")) as Fixture;
  const source = fixture.csv ?? Buffer.from(fixture.csvBase64 ?? "", "base64");
  try {
    const checked = await collectRows(readContract(JSON.stringify(fixture.contract)), source);
    return checked.quarantine.map(({ problems: [first] }) => first.message);
  } catch (error) {
    if (error instanceof DataSetError) return undefined;
    throw error;
  }
}

describe("the sentence about a quarantined row", () => {
  if (python === undefined) {
    console.warn("not compared with Python: SAGEWRIGHT_PYTHON is not set");
    return;
  }

  it("is the same in Python and TypeScript, for every fixture", async () => {
    const theirs = JSON.parse(
      execFileSync(python, ["-c", script, join(__dirname, "../../python"), fixtures], { encoding: "utf8" }),
    ) as Record<string, string[] | null>;
    let compared = 0;
    for (const name of readdirSync(fixtures).filter((each) => each.endsWith(".json"))) {
      const ours = await messagesOf(name);
      if (ours === undefined || theirs[name] === null) continue;
      expect([name, theirs[name]]).toEqual([name, ours]);
      compared += ours.length;
    }
    expect(compared).toBeGreaterThan(50);
  });
});
