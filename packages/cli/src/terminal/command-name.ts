const subcommand = /(?<!npx )\bsagewright (?=[a-z])/g;
const plain = /^[\w@%+=:,./-]+$/;

/** Options of the command line that a command shown to the user must repeat, to mean the same folders. */
const placeOptions = ["--cwd", "--state"];

/**
 * Commands in a text as the user can paste them: run through npm or npx, `sagewright` is not on the path, so each becomes
 * `npx sagewright`; and each repeats `places`.
 */
export function pasteable(text: string, places = "", env: NodeJS.ProcessEnv = process.env): string {
  const name = env.npm_execpath === undefined ? "sagewright" : "npx sagewright";
  return text.replace(subcommand, `${name} ${places === "" ? "" : `${places} `}`);
}

/** The folders that a command line names, as words before the subcommand: `--state ./elsewhere`. */
export function placesOf(argv: readonly string[]): string {
  return placeOptions
    .flatMap((option) => {
      const at = argv.findLastIndex((word) => word === option || word.startsWith(`${option}=`));
      const folder = argv[at] === option ? argv[at + 1] : argv[at]?.slice(option.length + 1);
      return folder === undefined ? [] : [`${option} ${plain.test(folder) ? folder : shellQuoted(folder)}`];
    })
    .join(" ");
}

const shellQuoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
