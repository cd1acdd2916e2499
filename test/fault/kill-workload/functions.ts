import { createHash } from "node:crypto";
import { type Actor, orNothing, type World } from "./world";

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
