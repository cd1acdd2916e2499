import type { Tag } from "@aws-sdk/client-sagemaker";
import type { RoomDeps } from "../../../room";
import type { Operation, OperationTable } from "../../../service";
import { owners, tagRecords } from "./tag-operations";

type Fields = Readonly<Record<string, unknown>>;

/**
 * SageMaker's operations with what they do to tags: what is created has the tags of its request, and what is deleted takes
 * its tags along. A deletion that a kill cut short may leave tags behind; whoever comes under that name gets none of them.
 */
export function withTags(
  deps: Pick<RoomDeps, "store" | "region" | "accountId">,
  table: OperationTable,
): OperationTable {
  const records = tagRecords(deps);
  const forget = async (arn: string) => {
    if (records.has(arn)) await records.delete(arn);
  };
  const result = { ...table };
  for (const [kind, { operation: describe, member }] of Object.entries(owners)) {
    const resource = describe.slice("Describe".length);
    const arnOf = (input: Fields): string => {
      const name = String(input[member] ?? "");
      return name.startsWith("arn:") ? name : `arn:aws:sagemaker:${deps.region}:${deps.accountId}:${kind}/${name}`;
    };
    change(result, `Create${resource}`, async (input, perform) => {
      const isThere = await exists(table[describe], input[member], member);
      if (!isThere) await forget(arnOf(input));
      const output = await perform();
      const arn = String(output[`${resource}Arn`]);
      const tags = (input.Tags ?? []) as readonly Tag[];
      // Versions of a group have the tags of their group.
      if (tags.length > 0 && !/model-package\/.+\//.test(arn)) {
        const added = Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
        await records.put(arn, { arn, tags: { ...records.get(arn)?.tags, ...added } });
      }
      return output;
    });
    change(result, `Delete${resource}`, async (input, perform) => {
      const output = await perform();
      await forget(arnOf(input));
      return output;
    });
  }
  return result;
}

function change(
  table: OperationTable,
  name: string,
  around: (input: Fields, perform: () => Promise<Fields>) => Promise<object>,
): void {
  const operation = table[name];
  if (operation === undefined) return;
  table[name] = {
    ...operation,
    handle: (input: never, context) => around(input, async () => (await operation.handle(input, context)) as Fields),
  };
}

async function exists(describe: Operation | undefined, name: unknown, member: string): Promise<boolean> {
  if (name === undefined) return true;
  try {
    await describe?.handle({ [member]: name } as never, nobody);
    return true;
  } catch {
    return false;
  }
}

/** Describing asks for no caller. */
const nobody = { requestId: "", region: "", accountId: "", principalArn: "" };
