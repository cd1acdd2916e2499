import { Lambda } from "@aws-sdk/client-lambda";
import { openCloud } from "../../src";
import { functionArchive } from "../support/function-archive";

/** Calls two functions that never end; each says its process's id in a file of `folder`. */
async function main(stateDir: string, folder: string): Promise<void> {
  const cloud = await openCloud({ stateDir });
  const lambda = new Lambda(cloud.clientConfig());
  const settings = { Role: "arn:aws:iam::000000000000:role/r", Timeout: 600 };
  const node = `require("node:fs").writeFileSync("${folder}/node", String(process.pid)); exports.handler = () => new Promise(() => setTimeout(() => {}, 600000));`;
  const python = `import os, time\nopen("${folder}/python", "w").write(str(os.getpid()))\ndef handler(event, context): time.sleep(600)\n`;
  await lambda.createFunction({
    ...settings,
    FunctionName: "node",
    Runtime: "nodejs20.x",
    Handler: "index.handler",
    Code: { ZipFile: functionArchive({ "index.js": node }, folder) },
  });
  await lambda.createFunction({
    ...settings,
    FunctionName: "python",
    Runtime: "python3.12",
    Handler: "app.handler",
    Code: { ZipFile: functionArchive({ "app.py": python }, folder) },
  });
  for (const FunctionName of ["node", "python"]) lambda.invoke({ FunctionName }).catch(() => undefined);
}

void main(process.argv[2] ?? "", process.argv[3] ?? "");
