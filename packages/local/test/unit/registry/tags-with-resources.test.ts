import { rmSync } from "node:fs";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { openCloud } from "../../../src/cloud";
import type { OperationTable } from "../../../src/service";
import { withTags } from "../../../src/services/sagemaker/registry/tags-with-resources";
import { openStore } from "../../../src/state/store";
import { folderPerTest } from "../../support/folder";

const folder = folderPerTest();
const arn = "arn:aws:sagemaker:us-east-1:000000000000:model/churn";
const account = { region: "us-east-1", accountId: "000000000000" };
const context = { requestId: "r", principalArn: "arn", ...account };

test("what is created has the tags of its request, and what is deleted takes them along", async () => {
  const cloud = await openCloud({ stateDir: folder.path });
  const sagemaker = new SageMaker(cloud.clientConfig());
  const model = {
    ModelName: "churn",
    ExecutionRoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    PrimaryContainer: { Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3" },
  };
  const tags = async () => (await sagemaker.listTags({ ResourceArn: arn })).Tags;
  try {
    await sagemaker.createModel({ ...model, Tags: [{ Key: "team", Value: "crm" }] });
    expect(await tags()).toEqual([{ Key: "team", Value: "crm" }]);
    await expect(sagemaker.createModel({ ...model, Tags: [{ Key: "a", Value: "b" }] })).rejects.toThrow();
    expect(await tags()).toEqual([{ Key: "team", Value: "crm" }]);
    await sagemaker.deleteModel({ ModelName: "churn" });
    await sagemaker.createModel(model);
    expect(await tags()).toEqual([]);
  } finally {
    await cloud.close();
    rmSync(folder.path, { recursive: true, force: true });
  }
});

test("tags that a deletion left behind when it was killed are nobody's", async () => {
  const store = openStore(folder.path);
  const models = new Set<unknown>();
  const table: OperationTable = {
    DescribeModel: {
      handle({ ModelName }: { ModelName: string }) {
        if (!models.has(ModelName)) throw new Error("no such model");
        return {};
      },
    },
    CreateModel: {
      handle({ ModelName }: { ModelName: string }) {
        models.add(ModelName);
        return { ModelArn: arn };
      },
    },
  };
  const tags = store.collection<{ tags: object }>("tags");
  await tags.put(arn, { tags: { former: "1" } });
  await withTags({ store, ...account }, table).CreateModel?.handle({ ModelName: "churn" } as never, context);
  expect(tags.get(arn)).toBeUndefined();
  store.close();
});
