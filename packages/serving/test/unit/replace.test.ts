import { Agent, request } from "node:http";
import { createApi, embeddedBackend, serveNode } from "@sagewright/serving";
import { model } from "./serving";

const row = JSON.stringify({ plan: "basic", international: true, tenure: 3, minutes: 120.5 });

describe("replacing the model under load", () => {
  test("drops no request and mixes no versions within one answer", async () => {
    const { contract, predictor } = model("binary");
    // The threshold belongs to the version, so that an answer shows which model decided it.
    const version = (number: number) =>
      createApi({
        backend: embeddedBackend(predictor, contract),
        contract,
        model: { name: "churn", version: String(number), threshold: number / 1000 },
      });
    const server = await serveNode(version(1));
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const seen = new Map<string, number>();
    let running = true;
    let answers = 0;
    const ask = (path: string, body: string) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
        const call = request(`${server.url}${path}`, { agent, method: "POST", headers }, (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += chunk;
          });
          response.on("end", () => resolve({ status: response.statusCode, text }));
        });
        call.on("error", reject);
        call.end(body);
      });
    const client = async (batch: boolean): Promise<void> => {
      while (running) {
        const { status, text } = await ask(
          batch ? "/predict/batch" : "/predict",
          batch ? `[${Array(50).fill(row)}]` : row,
        );
        expect(status).toBe(200);
        const answer = JSON.parse(text);
        const predictions = batch
          ? answer.results.map(({ prediction }: { prediction: unknown }) => prediction)
          : [answer];
        for (const { modelVersion, decision } of predictions) {
          expect([modelVersion, decision.threshold]).toEqual([answer.modelVersion, Number(answer.modelVersion) / 1000]);
        }
        answers += 1;
        seen.set(answer.modelVersion, (seen.get(answer.modelVersion) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 12 }, (_, index) => client(index < 2));
    for (let number = 2; number <= 20; number++) {
      while (answers < number * 50) await new Promise((resolve) => setTimeout(resolve, 5));
      server.replace(version(number));
    }
    running = false;
    await Promise.all(clients);
    agent.destroy();
    await server.close();
    expect(seen.size).toBeGreaterThan(10);
    expect(answers).toBeGreaterThanOrEqual(1000);
  });
});
