import { deployedPipeline, diffDefinitions } from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { withSession } from "../session";
import { definitionFile, definitionOf } from "./definition-source";
import { diffLines } from "./diff-text";
import type { TargetOptions } from "./release-target";

/** `sagewright diff`: a pipeline against what is deployed, or against a file. */
export async function diffCommand(
  context: CommandContext<TargetOptions & { against?: string }>,
  name: string,
): Promise<undefined> {
  const { output, options, cwd } = context;
  const against = options.against ?? "deployed";
  const contract = options.contract === undefined ? {} : { contract: options.contract };
  const compare = (before: string, after: { name: string; json: string }) => {
    const diff = diffDefinitions(before, after.json);
    output.document({ pipeline: after.name, against, ...diff });
    for (const line of diffLines(diff)) output.line(line);
  };
  if (against !== "deployed") {
    compare(definitionFile(cwd, against), definitionOf(cwd, name, contract));
    return;
  }
  await withSession(
    context,
    async (session) => {
      const { target } = session;
      const compiled = definitionOf(cwd, name, { ...contract, target });
      const deployed = await deployedPipeline(session.clients, compiled.name);
      if (deployed === undefined) {
        throw new CliError({
          code: "pipeline_not_deployed",
          subject: compiled.name,
          message: `there is no such pipeline on ${session.place}`,
          fix: `publish it first: sagewright publish ${name}`,
          exitCode: exitCodes.usage,
        });
      }
      compare(deployed.PipelineDefinition ?? "", compiled);
    },
    { reading: true },
  );
}
