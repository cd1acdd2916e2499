import { join } from "node:path";
import type { Role } from "@sagewright/serving";
import { type Command, Option } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { wholeNumber } from "../options/whole-number";
import { stateFolder } from "../session";
import { table } from "../terminal/format";

type Serving = typeof import("@sagewright/serving");
const roles: readonly Role[] = ["consumer", "analyst", "operator"];

/** `sagewright keys`: who may use the prediction API. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright keys create billing --role consumer\n  $ sagewright keys revoke 3f2a9c0d1e4b\n",
  );
  command
    .command("create")
    .description("Make a key and show it once. From the first key on, the API takes no request without one.")
    .argument("<name>", "who will have it")
    .addOption(
      new Option("--role <role>", "consumer predicts, analyst also reads statistics, operator also retrains")
        .choices(roles)
        .default("consumer"),
    )
    .option("--per-minute <number>", "requests a minute (default: 100)")
    .addHelpText("after", "\nExample:\n  $ sagewright keys create billing --role consumer --per-minute 600\n")
    .action(act(() => create));
  command
    .command("list", { isDefault: true })
    .description("List keys with role, rate and state; never the keys themselves.")
    .addHelpText("after", "\nExample:\n  $ sagewright keys list --json\n")
    .action(act(() => list));
  command
    .command("revoke")
    .description("End a key for good; running servers refuse it within a second.")
    .argument("<id>", "as in the list")
    .addHelpText("after", "\nExample:\n  $ sagewright keys revoke 3f2a9c0d1e4b\n")
    .action(act(() => revoke));
  command
    .command("rotate")
    .description("Give a key a new secret under the same id, and show it once.")
    .argument("<id>", "as in the list")
    .option("--grace <seconds>", "how long the old one is still taken (default: 0)")
    .addHelpText("after", "\nExample:\n  $ sagewright keys rotate 3f2a9c0d1e4b --grace 3600\n")
    .action(act(() => rotate));
}

async function create(context: CommandContext<{ role: Role; perMinute?: string }>, name: string): Promise<undefined> {
  const { createKey } = serving();
  const { role, perMinute } = context.options;
  const rate = perMinute === undefined ? {} : { perMinute: wholeNumber("--per-minute", perMinute, { minimum: 1 }) };
  const { keys, audit } = await open(context);
  const { text, key } = await createKey(keys, { name, role, ...rate, now: new Date() });
  audit.record({ who: "command-line", what: "key_create", about: { key: key.id, role } });
  await audit.flush();
  context.output.document({ id: key.id, name, role, perMinute: key.perMinute, key: text });
  context.output.line(
    `${pc.green("✓")} key ${pc.bold(key.id)} for ${name}: ${role}, ${key.perMinute} requests a minute`,
  );
  context.output.line(text);
  context.output.progress("It is shown this once. Send it as the header authorization: Bearer <key>.");
}

async function list(context: CommandContext): Promise<undefined> {
  const { keys } = await open(context);
  const shown = keys.list().map(({ hash: _, previous: __, ...key }) => key);
  context.output.document({ keys: shown });
  if (shown.length === 0) {
    context.output.line("There are no keys, so the API is open to who reaches it. Next: sagewright keys create <name>");
    return;
  }
  const rows = shown.map((key) => [
    key.id,
    key.name,
    key.role,
    String(key.perMinute),
    key.createdAt.slice(0, 10),
    key.revokedAt === undefined ? "valid" : `revoked ${key.revokedAt.slice(0, 10)}`,
  ]);
  const header = ["ID", "NAME", "ROLE", "A MINUTE", "CREATED", "STATE"];
  for (const line of table([header, ...rows], { right: [3] })) context.output.line(line);
}

async function revoke(context: CommandContext, id: string): Promise<undefined> {
  const { revokeKey } = serving();
  const { keys, audit } = await open(context);
  const key = await revokeKey(keys, id, new Date());
  audit.record({ who: "command-line", what: "key_revoke", about: { key: id } });
  await audit.flush();
  context.output.document({ id, revokedAt: key.revokedAt });
  context.output.line(`${pc.green("✓")} key ${id} of ${key.name} is revoked`);
}

async function rotate(context: CommandContext<{ grace?: string }>, id: string): Promise<undefined> {
  const { rotateKey } = serving();
  const { grace } = context.options;
  const graceSeconds = grace === undefined ? 0 : wholeNumber("--grace", grace, { minimum: 0 });
  const { keys, audit } = await open(context);
  const { text, key } = await rotateKey(keys, id, { now: new Date(), graceSeconds });
  audit.record({ who: "command-line", what: "key_rotate", about: { key: id, graceSeconds } });
  await audit.flush();
  context.output.document({ id, rotatedAt: key.rotatedAt, key: text });
  context.output.line(`${pc.green("✓")} key ${id} of ${key.name} has a new secret`);
  context.output.line(text);
  context.output.progress("It is shown this once.");
}

function serving(): Serving {
  return require("@sagewright/serving") as Serving;
}

function open(context: CommandContext): ReturnType<Serving["openKeys"]> {
  return serving().openKeys(join(stateFolder(context), "serving"));
}
