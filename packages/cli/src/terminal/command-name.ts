const subcommand = /(?<!npx )\bsagewright (?=[a-z])/g;

/**
 * Commands in a text as the user can paste them: run through npm or npx, `sagewright` is not on the path, so each becomes
 * `npx sagewright`.
 */
export function pasteable(text: string, env: NodeJS.ProcessEnv = process.env): string {
  return env.npm_execpath === undefined ? text : text.replace(subcommand, "npx sagewright ");
}
