import { request as httpRequest } from "node:http";
import { model, startApi } from "./serving";

const good = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const csvHead = "CustomerNumber,plan,international,tenure,minutes";

function send(api: Awaited<ReturnType<typeof startApi>>, type: string, body: string | Uint8Array, accept?: string) {
  const headers = { "content-type": type, ...(accept === undefined ? {} : { accept }) };
  return api.send("/predict/batch", { method: "POST", headers, body: body as string });
}

const lines = (body: string) =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a streamed batch", () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  test("of NDJSON gives scikit-learn's numbers, with bad rows beside the good ones", async () => {
    const { scored } = model("binary");
    const rows = [...scored.map(({ row }) => JSON.stringify(row)), "{", "", JSON.stringify({ ...good, tenure: -1 })];
    const answer = await send(api, "application/x-ndjson", `${rows.join("\r\n")}\n${JSON.stringify(good)}`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    const results = lines(answer.body);
    expect(results.slice(0, scored.length).map(({ prediction }) => prediction.churnProbability)).toEqual(
      scored.map(({ score }) => score),
    );
    const [broken, invalid, last] = results.slice(scored.length);
    expect(broken).toMatchObject({ line: scored.length + 1, problem: { code: "body_not_json" } });
    expect(invalid).toMatchObject({
      index: scored.length + 1,
      line: scored.length + 3,
      problem: { code: "row_invalid", errors: [{ path: "/tenure", code: "below_minimum" }] },
    });
    expect(last.prediction.churnProbability).toBeGreaterThan(0);
  });

  test("of CSV is answered in CSV, with reasons in the last column", async () => {
    const body = `tenure,extra,plan,international,minutes\n3,x,basic,yes,120.5\n-1,"a,b",basic,maybe,\n4,x\n`;
    const answer = await send(api, "text/csv", body);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
    const [head, first, second, third] = answer.body.split("\n");
    expect(head).toMatch(
      /line,predictionId,churnProbability,churn,riskTier,recommendation,confidence,modelVersion,errors$/,
    );
    const single = await api.send("/predict", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(good),
    });
    expect(first).toContain(`,${single.body.churnProbability},true,CRITICAL,`);
    expect(second).toMatch(/3,,,,,,,,"international: .*tenure: ""-1"" is below the minimum/);
    expect(third).toMatch(/4,,,,,,,,The record on line 4 has 2 fields and the header 5\./);
  });

  test("of CSV comes as NDJSON where only that is accepted", async () => {
    const answer = await send(
      api,
      "text/csv",
      "tenure,plan,international,minutes\n3,basic,yes,1\n",
      "application/x-ndjson",
    );
    expect(lines(answer.body)).toEqual([
      { index: 0, line: 2, prediction: expect.objectContaining({ modelVersion: "7" }) },
    ]);
  });

  test.each([
    { what: "an empty body", type: "application/x-ndjson", body: "", code: "batch_invalid", status: 422 },
    { what: "blank lines", type: "application/x-ndjson", body: "\n \n\r\n", code: "batch_invalid", status: 422 },
    { what: "an empty CSV", type: "text/csv", body: "", code: "batch_invalid", status: 422 },
    { what: "a header alone", type: "text/csv", body: `${csvHead}\n`, code: "batch_invalid", status: 422 },
    { what: "other columns", type: "text/csv", body: "a,b\n1,2\n", code: "batch_invalid", status: 422 },
    { what: "a zip", type: "text/csv", body: Buffer.from("PK\u0003\u0004\0\0"), code: "batch_invalid", status: 422 },
    { what: "another type", type: "application/xml", body: "<a/>", code: "content_type_unsupported", status: 415 },
  ])("of $what is refused as a whole", async ({ type, body, code, status }) => {
    const answer = await send(api, type, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("keeps no line that is too long", async () => {
    const body = `${JSON.stringify(good)}\n"${"x".repeat(1_000_000)}"\n${JSON.stringify(good)}\n`;
    const results = lines((await send(api, "application/x-ndjson", body)).body);
    expect(results.map(({ line, problem }) => [line, problem?.code])).toEqual([
      [1, undefined],
      [2, "line_too_long"],
      [3, undefined],
    ]);
  });

  test("with a quote left open ends with the reason", async () => {
    const body = `plan,international,tenure,minutes\nbasic,yes,3,1\n"${"x".repeat(3_000_000)}`;
    const answer = await send(api, "text/csv", body);
    const last = answer.body.trimEnd().split("\n").at(-1);
    expect(last).toMatch(/^,.*A record is longer than 1048576 bytes; is a quote left open\?/);
  });

  test("is answered while it arrives, and read no faster than its answers are taken", async () => {
    const row = Buffer.from(`${JSON.stringify(good)}\n`.repeat(1000));
    const { hostname, port } = new URL(api.url);
    let sent = 0;
    const outcome = await new Promise<{ early: boolean; stalledAt: number; answered: number }>((resolve, reject) => {
      const headers = { "content-type": "application/x-ndjson", "transfer-encoding": "chunked" };
      const call = httpRequest({ hostname, port, path: "/predict/batch?drivers=4", method: "POST", headers });
      let total = 0;
      const push = (): void => {
        while (total < 120) {
          total += 1;
          sent += 1000;
          if (!call.write(row)) {
            call.once("drain", push);
            return;
          }
        }
        call.end();
      };
      push();
      call.on("error", reject);
      call.on("response", (response) => {
        const early = total < 120;
        response.pause();
        setTimeout(() => {
          const stalledAt = sent;
          let answered = 0;
          response.on("data", (chunk: Buffer) => {
            for (const byte of chunk) if (byte === 10) answered += 1;
          });
          response.on("end", () => resolve({ early, stalledAt, answered }));
          response.resume();
        }, 600);
      });
    });
    expect(outcome.early).toBe(true);
    expect(outcome.stalledAt).toBeLessThan(100_000);
    expect(outcome.answered).toBe(120_000);
  });

  test("that breaks off leaves the server answering", async () => {
    const { hostname, port } = new URL(api.url);
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/x-ndjson", "transfer-encoding": "chunked" };
      const call = httpRequest({ hostname, port, path: "/predict/batch", method: "POST", headers });
      call.on("error", () => resolve());
      call.on("close", () => resolve());
      call.write(`${JSON.stringify(good)}\n`);
      setTimeout(() => call.destroy(), 50);
    });
    expect((await api.send("/health")).status).toBe(200);
  });
});
