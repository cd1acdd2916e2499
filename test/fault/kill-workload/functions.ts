import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { pause } from "./ledger";
import { type Actor, accountArn, orNothing, type World } from "./world";

/** Writes down the ids of what it is called with, be it an event or a queue's messages. */
export const scribeCode = `
const { appendFileSync } = require("node:fs");
exports.handler = async ({ id, Records = [] }) => {
  const ids = id === undefined ? Records.map(({ body }) => body) : [id];
  appendFileSync(process.env.BOOK, ids.map((each) => each + "\\n").join(""));
};`;

/** The function of {@link called}, and a queue that is mapped to it. */
export async function prepareFunctions({ clients }: World, ZipFile: Buffer, BOOK: string): Promise<void> {
  await clients.sqs.createQueue({ QueueName: "calls", Attributes: { VisibilityTimeout: "3" } });
  await clients.lambda.createFunction({
    FunctionName: "scribe",
    Runtime: "nodejs20.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/x",
    Code: { ZipFile },
    Environment: { Variables: { BOOK } },
  });
  await clients.lambda.createEventSourceMapping({ FunctionName: "scribe", EventSourceArn: accountArn("sqs", "calls") });
}

/** Events and mapped messages reach a function, at least once. */
export function called(world: World, book: string): Actor {
  const expected = new Set<string>();
  const event = (id: string) =>
    world.clients.lambda.invoke({
      FunctionName: "scribe",
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify({ id })),
    });
  const message = (id: string) =>
    world.clients.sqs.sendMessage({ QueueUrl: "http://127.0.0.1/000000000000/calls", MessageBody: id });
  const written = () => new Set(existsSync(book) ? readFileSync(book, "utf8").split("\n") : []);
  return {
    name: "called functions",
    async step() {
      const id = world.name("call");
      await world.random.one([event, message, message])(id);
      expected.add(id);
      world.ledger.acknowledged += 1;
      // Each is a process: as many as the machine can run.
      await pause(150);
    },
    async atRest() {
      const missing = () => [...expected].filter((id) => !written().has(id));
      for (let tries = 0; tries < 100 && missing().length > 0; tries += 1) await pause(100);
      const lost = missing().map((id) => `${id} never reached its function`);
      expected.clear();
      return lost;
    },
  };
}

/** Functions: created, changed, called, deleted. */
export function functions(world: World, codes: readonly Buffer[]): Actor {
  const { ledger, random } = world;
  return {
    name: "lambda",
    async step() {
      const FunctionName = `f${random.below(2)}`;
      const key = `function ${FunctionName}`;
      const known = ledger.known<[string, string]>(key);
      const read = () =>
        orNothing(
          world.clients.lambda
            .getFunctionConfiguration({ FunctionName })
            .then((it) => [it.Environment?.Variables?.NOTE, it.CodeSha256]),
        );
      const NOTE = `n${random.below(1e6)}`;
      const Environment = { Variables: { NOTE } };
      const ZipFile = random.one(codes);
      const sha = createHash("sha256").update(ZipFile).digest("base64");
      if (known === undefined) {
        return ledger.write([{ key, read, to: [NOTE, sha] }], () =>
          world.clients.lambda.createFunction({
            FunctionName,
            Runtime: "nodejs20.x",
            Handler: "index.handler",
            Role: "arn:aws:iam::000000000000:role/x",
            Code: { ZipFile },
            Environment,
          }),
        );
      }
      const way = random();
      if (way < 0.2) {
        return ledger.write([{ key, read, to: undefined }], () =>
          world.clients.lambda.deleteFunction({ FunctionName }),
        );
      }
      if (way < 0.5) {
        return ledger.write([{ key, read, to: [known[0], sha] }], () =>
          world.clients.lambda.updateFunctionCode({ FunctionName, ZipFile }),
        );
      }
      if (way < 0.8) {
        return ledger.write([{ key, read, to: [NOTE, known[1]] }], () =>
          world.clients.lambda.updateFunctionConfiguration({ FunctionName, Environment }),
        );
      }
      const { Payload } = await world.clients.lambda.invoke({ FunctionName });
      const answer = Buffer.from(Payload ?? []).toString();
      if (answer !== JSON.stringify(known[0])) throw new Error(`${FunctionName} answered ${answer}, not ${known[0]}`);
    },
  };
}
