import fc from "fast-check";
import { pageOf } from "../../../src/services/sagemaker/listing/page";

interface Item {
  readonly id: string;
  readonly time: number;
}

const items = fc
  .uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 })
  .chain((ids) => fc.tuple(...ids.map((id) => fc.integer({ min: 0, max: 3 }).map((time): Item => ({ id, time })))));

function all(list: readonly Item[], size: number, descending: boolean): string[] {
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = pageOf(
      list,
      { MaxResults: size, NextToken },
      { descending, key: ({ time }) => time, id: ({ id }) => id },
    );
    seen.push(...page.items.map(({ id }) => id));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return seen;
}

describe("a list in pages", () => {
  it("gives every item once, in order, whatever the page size", () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 10 }), fc.boolean(), (list, size, descending) => {
        const whole = all(list, 100, descending);
        expect(all(list, size, descending)).toEqual(whole);
        expect([...whole].sort()).toEqual(list.map(({ id }) => id).sort());
      }),
    );
  });

  it("neither repeats nor hides an item when another comes between two pages", () => {
    const order = { descending: true, key: ({ time }: Item) => time, id: ({ id }: Item) => id };
    const list: Item[] = [1, 2, 3, 4].map((time) => ({ id: `j${time}`, time }));
    const first = pageOf(list, { MaxResults: 2 }, order);
    const second = pageOf([...list, { id: "j5", time: 5 }], { MaxResults: 2, NextToken: first.NextToken }, order);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(["j4", "j3", "j2", "j1"]);
    expect(second.NextToken).toBeUndefined();
  });

  it("refuses a token of another make", () => {
    const order = { descending: false, key: ({ time }: Item) => time, id: ({ id }: Item) => id };
    expect(() => pageOf([], { NextToken: "forged" }, order)).toThrow('The NextToken "forged" is not valid.');
  });
});
