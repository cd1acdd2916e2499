import { createSlots } from "../../../src/jobs/slots";

test("no more than the given number hold a place, in the order they came", async () => {
  const slots = createSlots(2);
  const order: string[] = [];
  const holders = new Map<string, () => void>();
  const take = async (name: string) => {
    holders.set(name, await slots.take());
    order.push(name);
  };
  const all = ["a", "b", "c", "d"].map(take);
  await Promise.all(all.slice(0, 2));
  expect(order).toEqual(["a", "b"]);
  holders.get("b")?.();
  holders.get("b")?.();
  await all[2];
  expect(order).toEqual(["a", "b", "c"]);
  holders.get("a")?.();
  await all[3];
  expect(order).toEqual(["a", "b", "c", "d"]);
});

test("who gives up waiting takes no place", async () => {
  const slots = createSlots(1);
  const leave = await slots.take();
  const impatient = new AbortController();
  const waiting = slots.take(impatient.signal);
  const patient = slots.take();
  impatient.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  leave();
  expect(await patient).toEqual(expect.any(Function));
  await expect(slots.take(impatient.signal)).rejects.toThrow("stopped");
});
