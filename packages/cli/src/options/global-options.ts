/** An option that every command takes. */
export interface GlobalOption {
  flags: string;
  description: string;
  /** Left out of the help: accepted for scripts that give it. */
  hidden?: boolean;
}

/** Options of every command, in the order that help shows them. */
export const globalOptions: readonly GlobalOption[] = [
  { flags: "--json", description: "print one JSON document; --json=lines prints events before it" },
  { flags: "--json-lines", description: "as --json=lines", hidden: true },
  { flags: "--quiet", description: "no progress" },
  { flags: "--verbose", description: "show stacks of errors" },
  { flags: "--no-color", description: "no colours (also NO_COLOR=1)" },
  { flags: "--cwd <folder>", description: "work in this folder (default: here)" },
  { flags: "--state <folder>", description: "keep state here instead of .sagewright" },
  // Only `publish` asks, and its help explains them.
  { flags: "--yes", description: "answer yes to every question", hidden: true },
  { flags: "--no-input", description: "never ask", hidden: true },
];

/**
 * A command line as the parser reads it: global options that stand before the command move behind it, `help run`
 * becomes `run --help`, and `--json=lines` becomes a flag of its own, so that `--json` never swallows the word after it.
 */
export function normalised(argv: readonly string[]): string[] {
  const rest = argv.map((word) => (word === "--json=lines" ? "--json-lines" : word));
  const early: string[] = [];
  for (;;) {
    const taken = leadingGlobal(rest);
    if (taken === 0) break;
    early.push(...rest.splice(0, taken));
  }
  if (rest[0] === "help") return [...rest.slice(1), "--help"];
  return rest.length === 0 ? [] : [...rest, ...early];
}

/** How many words the global option at the front takes: none, the option, or the option and its value. */
function leadingGlobal([first = "", ...more]: readonly string[]): number {
  const name = first.split("=")[0];
  const option = globalOptions.find(({ flags }) => flags.split(" ")[0] === name);
  if (option === undefined) return 0;
  return option.flags.includes("<") && !first.includes("=") && more.length > 0 ? 2 : 1;
}
