import type { Role, StoredKey } from "@sagewright/serving";
import { type Command, Option } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { type KeysOptions, withKeys } from "../keys/with-keys";
import { wholeNumber } from "../options/whole-number";
import { table } from "../terminal/format";

type Serving = typeof import("@sagewright/serving");
const roles: readonly Role[] = ["consumer", "analyst", "operator"];

/** `sagewright keys`: who may use the prediction API. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright keys create billing --role consumer\n  $ sagewright keys revoke 3f2a9c0d1e4b\n",
  );
  whose(command.command("create"))
    .description("Make a key and show it once. From the first key on, the API takes no request without one.")
    .argument("<name>", "who will have it")
    .addOption(
      new Option("--role <role>", "consumer predicts, analyst also reads statistics, operator also retrains")
        .choices(roles)
        .default("consumer"),
    )
    .option("--per-minute <number>", "requests a minute (default: 100)")
    .addHelpText(
      "after",
      "\nExample:\n  $ sagewright keys create billing --role consumer --per-minute 600\n  $ sagewright keys create billing --env prod\n",
    )
    .action(act(() => create));
  whose(command.command("list", { isDefault: true }))
    .description("List keys with role, rate and state; never the keys themselves.")
    .addHelpText("after", "\nExample:\n  $ sagewright keys list --json\n")
    .action(act(() => list));
  whose(command.command("revoke"))
    .description("End a key for good; running servers refuse it within a second, a deployed API within 30.")
    .argument("<id>", "as in the list")
    .addHelpText("after", "\nExample:\n  $ sagewright keys revoke 3f2a9c0d1e4b\n")
    .action(act(() => revoke));
  whose(command.command("rotate"))
    .description("Give a key a new secret under the same id, and show it once.")
    .argument("<id>", "as in the list")
    .option("--grace <seconds>", "how long the old one is still taken (default: 0)")
    .addHelpText("after", "\nExample:\n  $ sagewright keys rotate 3f2a9c0d1e4b --grace 3600\n")
    .action(act(() => rotate));
}

/** Adds the options that say whose keys a command is about. */
function whose(command: Command): Command {
  return command
    .optionsGroup("Whose keys (default: those of the server on this machine):")
    .option("--env <name>", "those of the API that is deployed in this environment of config/")
    .option("--profile <name>", "with --env: profile of ~/.aws/config (default: the environment's)")
    .option("--endpoint-url <url>", "with --env: what answers in place of AWS")
    .optionsGroup("Options:");
}

function create(
  context: CommandContext<KeysOptions & { role: Role; perMinute?: string }>,
  name: string,
): Promise<undefined> {
  const { createKey } = serving();
  const { role, perMinute } = context.options;
  const rate = perMinute === undefined ? {} : { perMinute: wholeNumber("--per-minute", perMinute, { minimum: 1 }) };
  return withKeys(context, async ({ keys, record, deployed }) => {
    const { text, key } = await createKey(keys, { name, role, ...rate, now: new Date() });
    await record({ what: "key_create", about: { key: key.id, role } });
    context.output.document({ id: key.id, name, role, perMinute: key.perMinute, key: text });
    context.output.line(
      `${pc.green("✓")} key ${pc.bold(key.id)} for ${name}: ${role}, ${key.perMinute} requests a minute`,
    );
    context.output.line(text);
    context.output.progress("It is shown this once. Send it as the header authorization: Bearer <key>.");
    if (deployed !== undefined) context.output.progress(`The API of ${deployed} takes it ${SOON}.`);
    return undefined;
  });
}

function list(context: CommandContext<KeysOptions>): Promise<undefined> {
  return withKeys(context, async ({ keys, again, deployed }) => {
    const shown = keys.list().map(({ hash: _, previous: __, ...key }) => key);
    context.output.document({ keys: shown });
    if (shown.length > 0) return show(context, shown);
    const so = deployed === undefined ? "is open to who reaches it" : `of ${deployed} lets nobody in`;
    context.output.line(`There are no keys, so the API ${so}. Next: sagewright keys create <name>${again}`);
    return undefined;
  });
}

function show({ output }: CommandContext, shown: readonly Omit<StoredKey, "hash" | "previous">[]): undefined {
  const rows = shown.map((key) => [
    key.id,
    key.name,
    key.role,
    String(key.perMinute),
    key.createdAt.slice(0, 10),
    key.revokedAt === undefined ? "valid" : `revoked ${key.revokedAt.slice(0, 10)}`,
  ]);
  const header = ["ID", "NAME", "ROLE", "A MINUTE", "CREATED", "STATE"];
  for (const line of table([header, ...rows], { right: [3] })) output.line(line);
}

function revoke(context: CommandContext<KeysOptions>, id: string): Promise<undefined> {
  const { revokeKey } = serving();
  return withKeys(context, async ({ keys, record, deployed }) => {
    const key = await revokeKey(keys, id, new Date());
    await record({ what: "key_revoke", about: { key: id } });
    context.output.document({ id, revokedAt: key.revokedAt });
    context.output.line(`${pc.green("✓")} key ${id} of ${key.name} is revoked`);
    if (deployed !== undefined) context.output.progress(`The API of ${deployed} refuses it ${SOON}.`);
    return undefined;
  });
}

function rotate(context: CommandContext<KeysOptions & { grace?: string }>, id: string): Promise<undefined> {
  const { rotateKey } = serving();
  const { grace } = context.options;
  const graceSeconds = grace === undefined ? 0 : wholeNumber("--grace", grace, { minimum: 0 });
  return withKeys(context, async ({ keys, record, deployed }) => {
    const { text, key } = await rotateKey(keys, id, { now: new Date(), graceSeconds });
    await record({ what: "key_rotate", about: { key: id, graceSeconds } });
    context.output.document({ id, rotatedAt: key.rotatedAt, key: text });
    context.output.line(`${pc.green("✓")} key ${id} of ${key.name} has a new secret`);
    context.output.line(text);
    context.output.progress("It is shown this once.");
    if (deployed !== undefined) context.output.progress(`The API of ${deployed} takes it ${SOON}.`);
    return undefined;
  });
}

/** The authorizer of a deployed API reads the keys so often. */
const SOON = "within 30 seconds";

function serving(): Serving {
  return require("@sagewright/serving") as Serving;
}
