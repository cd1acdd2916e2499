import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DescribePipelineCommand,
  ListTagsCommand,
  UpdatePipelineCommand,
} from "@aws-sdk/client-sagemaker";
import {
  approve,
  type Clients,
  callerAccount,
  createClients,
  deleteEndpoint,
  deploy,
  describeModel,
  destroyClients,
  listEndpoints,
  listModels,
  readLogs,
  reject,
} from "@sagewright/sagemaker";
import { cli, scratchFolders } from "../support/cli";
import { type MotoServer, startMotoServer } from "../support/moto-server";
import { type ErrorDocument, tiny, tinyProduct } from "../support/tiny-product";

/** The same operations against moto, a double of AWS that others wrote, as far as it has them. */
jest.setTimeout(90_000);

const newFolder = scratchFolders();
const account = "123456789012";
const keys = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };
let moto: MotoServer;
let url: string;
let cwd: string;
let clients: Clients;

beforeAll(async () => {
  moto = await startMotoServer();
  url = moto.url;
  cwd = newFolder();
  await tinyProduct(cwd);
  mkdirSync(join(cwd, "config"));
  const environment = {
    name: "stand",
    account,
    region: "eu-central-1",
    role: "service-role/Jobs",
    tags: { team: "crm" },
    serving: { mode: "embedded" },
  };
  writeFileSync(join(cwd, "config", "stand.json"), JSON.stringify(environment));
  clients = createClients({
    region: "eu-central-1",
    endpoint: url,
    credentials: { accessKeyId: "key", secretAccessKey: "secret" },
    forcePathStyle: true,
    polling: { minimumMs: 20, maximumMs: 100 },
  });
});

afterAll(() => {
  destroyClients(clients);
  moto?.stop();
});

/** A command that finds moto by AWS's own variable, as it would AWS: the account is checked too. */
async function answer<T = ErrorDocument>(...words: string[]): Promise<{ code: number } & T> {
  const env = { ...keys, AWS_ENDPOINT_URL: url };
  const { code, json } = await cli([...words, "--env", "stand", "--json"], { cwd, env });
  return { code, ...json<T>() };
}

interface Publication {
  change: string;
  foreign: boolean;
  present: number;
  pipelineArn: string;
  uploaded: { objects: number };
}

const PipelineName = `${tiny}-training`;

test("the account is found", async () => {
  expect(await callerAccount(clients)).toBe(account);
});

test("publish creates, finds unchanged, asks, updates, and sees what somebody else published", async () => {
  const created = await answer<Publication>("publish", tiny);
  expect(created).toMatchObject({ code: 0, change: "created" });
  expect(created.uploaded.objects).toBeGreaterThan(0);
  const found = await clients.sagemaker.send(new DescribePipelineCommand({ PipelineName }));
  expect(found).toMatchObject({ RoleArn: `arn:aws:iam::${account}:role/service-role/Jobs` });
  expect(JSON.parse(found.PipelineDefinition ?? "")).toMatchObject({ Version: "2020-12-01" });
  const { Tags } = await clients.sagemaker.send(new ListTagsCommand({ ResourceArn: created.pipelineArn }));
  expect(Tags).toEqual([{ Key: "team", Value: "crm" }]);
  expect(await answer("publish", tiny)).toMatchObject({ code: 0, change: "unchanged", uploaded: { objects: 0 } });

  const file = join(cwd, "pipelines", tiny, "pipeline.ts");
  cpSync(file, `${file}.before`);
  writeFileSync(file, readFileSync(file, "utf8").replace("integer(10, 12)", "integer(10, 14)"));
  expect(await answer("publish", tiny)).toMatchObject({ code: 2, error: { code: "confirmation_needed" } });
  expect(await answer("publish", tiny, "--yes")).toMatchObject({
    code: 0,
    change: "updated",
    uploaded: { objects: 0 },
  });
  expect(await answer("diff", tiny)).toMatchObject({ code: 0, same: true });

  const spaced = JSON.stringify(JSON.parse(found.PipelineDefinition ?? ""), null, 3);
  await clients.sagemaker.send(new UpdatePipelineCommand({ PipelineName, PipelineDefinition: spaced }));
  expect(await answer("publish", tiny, "--yes")).toMatchObject({ code: 3, error: { code: "pipeline_changed" } });
  const forced = await answer<Publication>("publish", tiny, "--yes", "--force");
  expect(forced).toMatchObject({ code: 0, change: "updated", foreign: true });
  const now = await clients.sagemaker.send(new DescribePipelineCommand({ PipelineName }));
  expect(now.PipelineDefinition).toContain("14");
});

test("a run is started with its data and typed parameters, and listed", async () => {
  const { execution } = await answer<{ execution: string }>("run", tiny, "--detach", "--set", "MinimumAuc=0.7");
  expect(execution).toMatch(
    new RegExp(`^arn:aws:sagemaker:eu-central-1:${account}:pipeline/${PipelineName}/execution/`),
  );
  const { runs } = await answer<{ runs: { arn: string; pipeline: string }[] }>("runs", "list");
  expect(runs).toEqual([expect.objectContaining({ arn: execution, pipeline: PipelineName })]);
});

test("versions are listed, approved with the reason, and rejected", async () => {
  await clients.sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: tiny }));
  const image = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
  for (let version = 1; version <= 2; version += 1)
    await clients.sagemaker.send(
      new CreateModelPackageCommand({
        ModelPackageGroupName: tiny,
        ModelApprovalStatus: "PendingManualApproval",
        InferenceSpecification: {
          Containers: [{ Image: image, ModelDataUrl: `s3://bucket/${version}/model.tar.gz` }],
          SupportedContentTypes: ["text/csv"],
          SupportedResponseMIMETypes: ["text/csv"],
        },
      }),
    );
  const [second, first] = await listModels(clients, { group: tiny });
  expect([second?.version, first?.version].sort()).toEqual([1, 2]);
  await approve(clients, { arn: first?.arn ?? "", reason: "looked at it" });
  await reject(clients, { arn: second?.arn ?? "", reason: "weak in the south" });
  expect(await describeModel(clients, first?.arn ?? "")).toMatchObject({ approval: "Approved" });
  expect(await describeModel(clients, second?.arn ?? "")).toMatchObject({ approval: "Rejected" });
});

test("an approved version is deployed, found deployed, and taken down", async () => {
  const approved = (await listModels(clients, { group: tiny })).find(({ approval }) => approval === "Approved");
  const options = {
    endpoint: tiny,
    modelPackageArn: approved?.arn ?? "",
    roleArn: `arn:aws:iam::${account}:role/service-role/Jobs`,
  };
  expect(await deploy(clients, options)).toMatchObject({ change: "created" });
  expect(await deploy(clients, options)).toMatchObject({ change: "unchanged" });
  expect((await listEndpoints(clients)).map(({ EndpointName }) => EndpointName)).toEqual([tiny]);
  expect(await answer<{ endpoints: object[] }>("endpoints", "list")).toMatchObject({ code: 0 });
  expect(await deleteEndpoint(clients, tiny)).toBe(true);
  expect(await deleteEndpoint(clients, tiny)).toBe(false);
});

test("a job's log is read to its end, over its pages", async () => {
  const logGroupName = "/aws/sagemaker/TrainingJobs";
  const logStreamName = "train/algo-1-1";
  await clients.logs.send(new CreateLogGroupCommand({ logGroupName }));
  await clients.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const now = Date.now();
  const logEvents = Array.from({ length: 300 }, (_, index) => ({ timestamp: now + index, message: `line ${index}` }));
  await clients.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  const lines: string[] = [];
  for await (const { message } of readLogs(clients, { kind: "TrainingJob", name: "train" })) lines.push(message);
  expect(lines).toEqual(logEvents.map(({ message }) => message));
  for await (const line of readLogs(clients, { kind: "TrainingJob", name: "other" })) throw new Error(line.message);
});
