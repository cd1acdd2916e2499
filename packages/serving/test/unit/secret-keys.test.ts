import { createKey, revokeKey, secretKeyStore, type VersionedText } from "@sagewright/serving";

const from = "The secret";
const now = new Date("2026-11-21T12:00:00Z");
const wait = async () => undefined;

/** A text with versions, as Secrets Manager keeps one. */
function versioned(keys: readonly object[] = []) {
  let current = { text: JSON.stringify({ format: 1, keys, secret: "5e".repeat(32) }), version: "0" };
  let written = 0;
  const kept: VersionedText = {
    read: async () => current,
    async replace(text, version) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      if (version !== current.version) return undefined;
      written += 1;
      current = { text, version: String(written) };
      return current.version;
    },
  };
  const names = () => JSON.parse(current.text).keys.map(({ name }: { name: string }) => name);
  return { kept, names, written: () => written, put: (text: string, version: string) => (current = { text, version }) };
}

test("changes of many at once are all there in the end", async () => {
  const { kept, names, written } = versioned();
  const stores = await Promise.all(Array.from({ length: 8 }, () => secretKeyStore({ kept, from, attempts: 50, wait })));
  const make = (at: number) => createKey(stores[at % 8] as never, { name: `n${at}`, role: "consumer", now });
  const made = await Promise.all(Array.from({ length: 16 }, (_, at) => make(at)));
  expect(names().sort()).toEqual(Array.from({ length: 16 }, (_, at) => `n${at}`).sort());
  expect(written()).toBe(16);
  const reader = await secretKeyStore({ kept, from });
  for (const { key } of made) expect(reader.find(key.id)).toEqual(key);
});

test("what changes nothing writes nothing", async () => {
  const { kept, written } = versioned();
  const store = await secretKeyStore({ kept, from });
  await expect(revokeKey(store, "0".repeat(12), now)).rejects.toMatchObject({ code: "key_unknown" });
  expect(written()).toBe(0);
});

test("where others always come first the change is given up, and theirs stays", async () => {
  const { kept, names } = versioned();
  const store = await secretKeyStore({ kept: { ...kept, replace: async () => undefined }, from, attempts: 3, wait });
  const made = createKey(store, { name: "late", role: "consumer", now });
  await expect(made).rejects.toMatchObject({ code: "keys_busy" });
  expect(names()).toEqual([]);
});

test("a key made while the secret was replaced is not made: its hash would be of another secret", async () => {
  const { kept, put, names } = versioned();
  const store = await secretKeyStore({ kept, from, wait });
  put(JSON.stringify({ format: 1, keys: [], secret: "6f".repeat(32) }), "theirs");
  const made = createKey(store, { name: "orphan", role: "consumer", now });
  await expect(made).rejects.toMatchObject({ code: "secret_changed" });
  expect(names()).toEqual([]);
});

test("more than a secret can hold is refused before it is sent", async () => {
  const key = { role: "consumer", perMinute: 1, hash: "a".repeat(64), createdAt: now.toISOString() };
  const id = (at: number) => at.toString(16).padStart(12, "0");
  const keys = Array.from({ length: 345 }, (_, at) => ({ ...key, id: id(at), name: "k".repeat(20) }));
  const { kept, written } = versioned(keys);
  const store = await secretKeyStore({ kept, from });
  const made = createKey(store, { name: "one more", role: "consumer", now });
  await expect(made).rejects.toMatchObject({ code: "keys_full" });
  expect(written()).toBe(0);
});

test.each(["", "{", '{"format":1,"keys":[]}', '{"format":1,"keys":[],"secret":"short"}', "null"])(
  "%j holds no keys, which is said without a word of it",
  async (text) => {
    const { kept, put } = versioned();
    put(text, "1");
    const problem = await secretKeyStore({ kept, from }).catch((error: Error) => error);
    expect(problem).toMatchObject({
      code: "keys_invalid",
      message: "The secret holds no keys. Restore an earlier version of it.",
    });
    expect(problem).not.toHaveProperty("cause");
  },
);
