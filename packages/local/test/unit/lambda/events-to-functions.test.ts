import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lambda } from "@aws-sdk/client-lambda";
import { SQS } from "@aws-sdk/client-sqs";
import { type Cloud, openCloud } from "../../../src";
import { removeFolder } from "../../support/folder";
import { functionArchive } from "../../support/function-archive";

/** Functions that get events and queued messages, on a clock that is advanced by hand. */
const root = mkdtempSync(join(tmpdir(), "sagewright-mappings-"));
const arn = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const url = (queue: string) => `http://127.0.0.1/000000000000/${queue}`;
let cloud: Cloud;
let lambda: Lambda;
let sqs: SQS;

const open = async () => {
  cloud = await openCloud({
    stateDir: join(root, "state"),
    clock: "manual",
    startAt: new Date("2027-01-01T00:00:00Z"),
  });
  lambda = new Lambda(cloud.clientConfig());
  sqs = new SQS(cloud.clientConfig());
};
beforeAll(open);
afterAll(async () => {
  await cloud.close();
  await removeFolder(root);
});

/** Writes what it does into the queue `told`, through the cloud's own address. */
const teller = `
const { SQS } = require("@aws-sdk/client-sqs");
const sqs = new SQS();
const tell = (what) => sqs.sendMessage({ QueueUrl: process.env.AWS_ENDPOINT_URL + "/000000000000/told", MessageBody: JSON.stringify(what) });
`;

const create = (FunctionName: string, body: string, more: object = {}) =>
  lambda.createFunction({
    FunctionName,
    Runtime: "nodejs20.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/r",
    Code: { ZipFile: functionArchive({ "index.js": `${teller}exports.handler = async (event) => {${body}};` }, root) },
    Timeout: 30,
    MemorySize: 256,
    ...more,
  });

/** Takes everything that is visible out of a queue. */
async function taken(queue: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: url(queue), MaxNumberOfMessages: 10 });
    if (Messages.length === 0) return bodies;
    for (const { Body = "", ReceiptHandle } of Messages) {
      bodies.push(Body);
      await sqs.deleteMessage({ QueueUrl: url(queue), ReceiptHandle });
    }
  }
}
const told = async () => (await taken("told")).map((body) => JSON.parse(body));
const counts = async (queue: string) => {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: url(queue), AttributeNames: [...names] });
  return names.map((name) => Number(Attributes?.[name]));
};

test("a batch's failures come again when their time is over, and are dead letters in the end", async () => {
  for (const QueueName of ["told", "dead"]) await sqs.createQueue({ QueueName });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 2 });
  await sqs.createQueue({ QueueName: "work", Attributes: { VisibilityTimeout: "60", RedrivePolicy } });
  await create(
    "worker",
    `const failed = event.Records.filter(({ body }) => body === "bad");
     await tell(event.Records.map(({ body, eventSource, attributes, messageAttributes }) => [body, eventSource, attributes.ApproximateReceiveCount, messageAttributes.who?.stringValue]).sort());
     return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };`,
  );
  const MessageAttributes = { who: { DataType: "String", StringValue: "me" } };
  for (const MessageBody of ["good", "bad"]) {
    await sqs.sendMessage({ QueueUrl: url("work"), MessageBody, ...(MessageBody === "good" && { MessageAttributes }) });
  }
  const made = await lambda.createEventSourceMapping({
    FunctionName: "worker",
    EventSourceArn: arn("work"),
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  expect(made).toMatchObject({ State: "Creating", BatchSize: 10, EventSourceArn: arn("work") });
  await cloud.clock.advance(1_000);
  expect(await told()).toEqual([
    [
      ["bad", "aws:sqs", "1", null],
      ["good", "aws:sqs", "1", "me"],
    ],
  ]);
  expect(await counts("work")).toEqual([0, 1]);
  await cloud.clock.advance(60_000);
  expect(await told()).toEqual([[["bad", "aws:sqs", "2", null]]]);
  await cloud.clock.advance(60_000);
  expect(await told()).toEqual([]);
  expect(await taken("dead")).toEqual(["bad"]);
});

test("a mapping is disabled, filtered, listed and deleted, and goes on after the cloud was closed", async () => {
  const { EventSourceMappings: [mapping] = [] } = await lambda.listEventSourceMappings({ FunctionName: "worker" });
  const UUID = mapping?.UUID;
  expect(await lambda.updateEventSourceMapping({ UUID, Enabled: false })).toMatchObject({ State: "Disabling" });
  await sqs.sendMessage({ QueueUrl: url("work"), MessageBody: JSON.stringify({ kind: "a" }) });
  await sqs.sendMessage({ QueueUrl: url("work"), MessageBody: JSON.stringify({ kind: "b" }) });
  await cloud.clock.advance(1_000);
  expect([await counts("work"), await told()]).toEqual([[2, 0], []]);
  const Filters = [{ Pattern: JSON.stringify({ body: { kind: ["b"] } }) }];
  await lambda.updateEventSourceMapping({ UUID, Enabled: true, FilterCriteria: { Filters } });
  await cloud.clock.advance(1_000);
  const [, body] = ["a", "b"].map((kind) => JSON.stringify({ kind }));
  expect(await told()).toEqual([[[body, "aws:sqs", "1", null]]]);
  await cloud.close();
  await open();
  await sqs.sendMessage({ QueueUrl: url("work"), MessageBody: body });
  await cloud.clock.advance(1_000);
  expect(await told()).toEqual([[[body, "aws:sqs", "1", null]]]);
  expect(await counts("work")).toEqual([0, 0]);
  expect(await lambda.getEventSourceMapping({ UUID })).toMatchObject({ State: "Enabled", FilterCriteria: { Filters } });
  await lambda.deleteEventSourceMapping({ UUID });
  await expect(lambda.getEventSourceMapping({ UUID })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a function that throws keeps its whole batch; one that answers nonsense as well", async () => {
  await sqs.createQueue({ QueueName: "twice", Attributes: { VisibilityTimeout: "30" } });
  await create("throws", `await tell("called"); throw new Error("no");`);
  await lambda.createEventSourceMapping({ FunctionName: "throws", EventSourceArn: arn("twice") });
  await sqs.sendMessage({ QueueUrl: url("twice"), MessageBody: "x" });
  await cloud.clock.advance(40_000);
  expect(await told()).toEqual(["called", "called"]);
  await lambda.deleteFunction({ FunctionName: "throws" });
  await create("throws", `await tell("again"); return { batchItemFailures: [{ itemIdentifier: "nobody" }] };`);
  const { EventSourceMappings: [mapping] = [] } = await lambda.listEventSourceMappings({
    EventSourceArn: arn("twice"),
  });
  await lambda.updateEventSourceMapping({ UUID: mapping?.UUID, FunctionResponseTypes: ["ReportBatchItemFailures"] });
  await cloud.clock.advance(30_000);
  expect([await told(), await counts("twice")]).toEqual([["again"], [0, 1]]);
  await lambda.deleteEventSourceMapping({ UUID: mapping?.UUID });
});

test("mappings that cannot work are refused in Lambda's words", async () => {
  const ask = (input: object) => lambda.createEventSourceMapping({ FunctionName: "worker", ...input });
  await sqs.createQueue({ QueueName: "short", Attributes: { VisibilityTimeout: "10" } });
  await sqs.createQueue({ QueueName: "failures" });
  await expect(ask({ EventSourceArn: arn("short") })).rejects.toThrow(
    "Queue visibility timeout: 10 seconds is less than Function timeout: 30 seconds",
  );
  await expect(ask({ EventSourceArn: arn("nowhere") })).rejects.toThrow("AWS.SimpleQueueService.NonExistentQueue");
  await ask({ EventSourceArn: arn("work") });
  await expect(ask({ EventSourceArn: arn("failures"), BatchSize: 100 })).rejects.toThrow("must be greater than 0");
  await expect(
    ask({ EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/s", StartingPosition: "LATEST" }),
  ).rejects.toThrow("maps SQS queues");
  await expect(ask({ EventSourceArn: arn("work") })).rejects.toMatchObject({ name: "ResourceConflictException" });
});

test("an event is tried three times, minutes apart, and then goes to its destination and to the dead letters", async () => {
  await create("fails", `await tell("tried"); throw new TypeError("never");`, {
    DeadLetterConfig: { TargetArn: arn("dead") },
  });
  await lambda.putFunctionEventInvokeConfig({
    FunctionName: "fails",
    DestinationConfig: { OnFailure: { Destination: arn("failures") } },
  });
  const event = { customer: 7 };
  const { StatusCode } = await lambda.invoke({
    FunctionName: "fails",
    InvocationType: "Event",
    Payload: Buffer.from(JSON.stringify(event)),
  });
  expect(StatusCode).toBe(202);
  await cloud.clock.advance(30_000);
  expect(await told()).toEqual(["tried"]);
  // What has been acknowledged outlives the process.
  await cloud.close();
  await open();
  await cloud.clock.advance(180_000);
  expect(await told()).toEqual(["tried", "tried"]);
  expect((await taken("failures")).map((body) => JSON.parse(body))).toEqual([
    expect.objectContaining({
      requestContext: expect.objectContaining({ condition: "RetriesExhausted", approximateInvokeCount: 3 }),
      requestPayload: event,
      responsePayload: expect.objectContaining({ errorType: "TypeError", errorMessage: "never" }),
    }),
  ]);
  expect(await taken("dead")).toEqual([JSON.stringify(event)]);
});

test("who may call a function is kept and shown", async () => {
  const permission = { FunctionName: "worker", StatementId: "rule", Action: "lambda:InvokeFunction" };
  await lambda.addPermission({ ...permission, Principal: "events.amazonaws.com", SourceArn: "arn:aws:events:x" });
  await expect(lambda.addPermission({ ...permission, Principal: "*" })).rejects.toMatchObject({
    name: "ResourceConflictException",
  });
  const { Policy = "" } = await lambda.getPolicy({ FunctionName: "worker" });
  expect(JSON.parse(Policy).Statement).toEqual([
    expect.objectContaining({ Sid: "rule", Principal: { Service: "events.amazonaws.com" } }),
  ]);
  await lambda.removePermission({ FunctionName: "worker", StatementId: "rule" });
  await expect(lambda.getPolicy({ FunctionName: "worker" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});
