import {
  boolean,
  type ColumnSpec,
  type Contract,
  category,
  defineContract,
  exampleRow,
  integer,
  type JsonRow,
  number,
} from "@sagewright/contract";
import { type Backend, ContractConflictError, createApi } from "@sagewright/serving";
import { Ajv2020 as Ajv } from "ajv/dist/2020";
import fc from "fast-check";
import { post } from "./serving";

// Hundreds of requests, on machines that are busy with other tests.
/**
 * For any two contracts: what the API's own description allows is answered as it describes, and nothing else is. The
 * customers are drawn from the contracts' rules, so that each of the many that break one rule breaks only that.
 */

type Any = ReturnType<typeof JSON.parse>;

const required = fc.boolean();
const texts = ["a", "b", "3", "yes"];
const column: fc.Arbitrary<ColumnSpec> = fc.oneof(
  fc
    .tuple(required, fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }), fc.boolean())
    .map(([isRequired, minimum, bounded]) =>
      integer({
        required: isRequired,
        ...(minimum === undefined ? {} : { minimum }),
        ...(bounded ? { maximum: (minimum ?? 0) + 9 } : {}),
      }),
    ),
  required.map((isRequired) => number({ required: isRequired, minimum: 0 })),
  fc
    .tuple(required, fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1 }), fc.boolean())
    .map(([isRequired, categories, open]) =>
      category(categories, { required: isRequired, unknown: open ? "ignore" : "refuse" }),
    ),
  required.map((isRequired) => boolean({ true: "yes", false: "no", required: isRequired })),
);

const columnsOf = (names: string[]) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), column), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name,
    })
    .map((entries) => Object.fromEntries(entries));

const contracts = fc.tuple(columnsOf(["p", "q", "r", "s"]), columnsOf(["r", "s", "t", "u"])).map(([own, other]) => ({
  own: defineContract({
    name: "own",
    id: ["id"],
    target: { column: "y", positive: "yes", negative: "no" },
    columns: own,
  }),
  other: defineContract({ name: "other", ignore: ["p"], target: { column: "z", kind: "regression" }, columns: other }),
}));

const backend = (score: number): Backend => ({ kind: "embedded", predict: () => score, ready: async () => undefined });
const odd = fc.constantFrom<unknown>("a", "3", 3, "x", "", "?", null, true, "no", 0, -6, 1.5, 1e300, 2 ** 53, [], {});

/** Customers that keep both contracts, or none of the second, and then perhaps one change. */
function customers({ own, other }: { own: Contract; other: Contract }): fc.Arbitrary<Record<string, unknown>> {
  const base = exampleRow(own);
  const both: JsonRow = { ...exampleRow(other), ...base };
  const change = fc.tuple(
    fc.constantFrom("p", "q", "r", "s", "t", "u", "id", "y", "z", "extra"),
    fc.option(odd, { nil: undefined }),
  );
  return fc.tuple(fc.constantFrom(base, both), fc.array(change, { maxLength: 2 })).map(([row, changes]) => {
    const changed = Object.entries({ ...row, ...Object.fromEntries(changes) });
    return Object.fromEntries(changed.filter(([, value]) => value !== undefined));
  });
}

test("any customer that the description allows gets the answer that it describes, any other 422", async () => {
  const seen = { conflicts: 0, plain: 0, valued: 0, refused: 0 };
  const cases = contracts.chain((pair) =>
    fc.tuple(fc.constant(pair), fc.array(customers(pair), { minLength: 8, maxLength: 8 })),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([{ own, other }, rows]) => {
      const api = apiOf(own, other);
      if (api === undefined) {
        seen.conflicts += 1;
        return;
      }
      const document: Any = await (await api.request("/openapi.json")).json();
      const ajv = new Ajv({ strict: false }).addSchema(document, "api");
      const allowed = ajv.getSchema("api#/components/schemas/Customer");
      const answers = ajv.getSchema("api#/components/schemas/Prediction");
      const { withLifetimeValue } = document.paths["/predict"].post.requestBody.content["application/json"].examples;
      for (const row of [withLifetimeValue.value, ...rows]) {
        const response = await api.request("/predict", post(row));
        const body: Any = await response.json();
        const valid = allowed?.(row);
        expect([response.status, row]).toEqual([valid ? 200 : 422, row]);
        if (valid) expect([answers?.(body), answers?.errors]).toEqual([true, null]);
        else expect(body.errors.length).toBeGreaterThan(0);
        seen[valid ? (body.lifetimeValue === null ? "plain" : "valued") : "refused"] += 1;
      }
    }),
    { numRuns: Number(process.env.SAGEWRIGHT_CONTRACT_CASES ?? 100), seed: 11 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});

function apiOf(own: Contract, other: Contract): ReturnType<typeof createApi> | undefined {
  try {
    return createApi({
      ...{ contract: own, backend: backend(0.4), model: { name: "own", version: "1" } },
      lifetimeValue: { contract: other, backend: backend(7), model: { name: "other", version: "2" } },
    });
  } catch (error) {
    if (error instanceof ContractConflictError) return undefined;
    throw error;
  }
}
