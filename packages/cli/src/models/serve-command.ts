import { join } from "node:path";
import { servingPaths } from "@sagewright/serving";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { placeOf } from "../monitor/capture-files";
import type { CloudOptions } from "../options/cloud-options";
import { portNumber } from "../options/port-number";
import { withSession } from "../session";
import { untilAborted } from "../terminal/until-aborted";
import { policyOf } from "./decision-policy";
import { findModel } from "./find-model";
import { followModel } from "./follow-model";
import { openModel, openValueModel, valueWords } from "./open-model";
import { startApi } from "./prediction-api";
import { openByDigest, servedBackend } from "./serve-backend";
import { captureOf } from "./serve-capture";
import { retraining } from "./serve-retrain";

/** Options of `sagewright serve`. */
export interface ServeOptions extends CloudOptions {
  port?: string;
  keys?: boolean;
  capture?: string;
  captureTo?: string;
  lifetimeValue?: string;
  backend?: string;
  endpoint?: string;
}

/** `sagewright serve`: the prediction API until Ctrl-C. */
export async function serveCommand(context: CommandContext<ServeOptions>, word: string): Promise<undefined> {
  const { keys } = context.options;
  const asked = {
    ...(context.options.port === undefined ? {} : { port: portNumber(context.options.port) }),
    ...(keys === true ? { keys } : {}),
  };
  await withSession(
    context,
    async (session) => {
      const { clients, stateDir } = session;
      const { output } = context;
      const onProgress = (line: string) => output.progress(line);
      const { capture: share, captureTo: to } = context.options;
      const usual = servingPaths(join(stateDir, "serving")).captures;
      const capture = captureOf({ share, to, usual, cwd: context.cwd, session, tell: onProgress });
      const details = await findModel(clients, word);
      const model = await openModel(clients, details.arn);
      const beside = context.options.lifetimeValue;
      const lifetimeValue = beside === undefined ? undefined : await openValueModel(clients, beside);
      const policy = policyOf(context.cwd, details.group);
      let turning = false;
      const turnTo = async (digest: string) => {
        if (turning) return;
        turning = true;
        try {
          const next = await openByDigest(clients, details.group, digest);
          server.replace(next);
          output.progress(`● ${details.group}/${next.details.version} answers now: the endpoint serves it`);
        } catch (error) {
          output.progress(`! the endpoint serves another model: ${(error as Error).message}`);
        } finally {
          turning = false;
        }
      };
      const { backend, endpoint } = context.options;
      const served = servedBackend({ clients, backend, endpoint, onOtherModel: (digest) => void turnTo(digest) });
      const server = await startApi(model, {
        stateDir,
        backend: served.open,
        retrain: retraining({
          ...{ session, group: details.group, contract: model.contract, onProgress },
          captures: to === undefined || to.startsWith("firehose:") ? undefined : placeOf(context.cwd, to),
        }),
        ...(policy === undefined ? {} : { policy }),
        ...(lifetimeValue === undefined ? {} : { lifetimeValue }),
        ...(capture === undefined ? {} : { capture }),
        onKeyed: () => onProgress("● a key was made: from now on every request needs one"),
        ...asked,
      });
      const valuedBy = lifetimeValue === undefined ? {} : { lifetimeValue: lifetimeValue.details.arn };
      output.document({ url: server.url, model: details.arn, backend: served.kind, ...valuedBy, keyed: server.keyed });
      output.line(`${pc.green("●")} ${details.group}/${details.version} answers at ${pc.bold(server.url)}`);
      if (lifetimeValue !== undefined) output.line(`${pc.dim("value")} ${valueWords(lifetimeValue)}`);
      output.line(`${pc.dim("docs")}  ${server.url}/docs`);
      if (server.keyed) output.line(`${pc.dim("keys")}  needed; make one with: sagewright keys create NAME`);
      output.progress(
        `POST /retrain trains again, ${server.keyed ? "for operators" : "for everyone on this machine"}.`,
      );
      // An endpoint that is not there, or serves another version, is told of now and not with the first customer.
      await served
        .open(model)
        .ready()
        .catch((error: Error) => output.progress(`! ${error.message}`));
      output.progress("Ctrl-C ends it.");
      const { signal } = context;
      const follow = { clients, model, replace: server.replace, tell: onProgress, signal };
      // A version that was named is served as it is; a group is served by its newest approved version, or by the endpoint's.
      const follows = word === details.group && served.kind === "embedded";
      await Promise.all([untilAborted(signal), ...(follows ? [followModel(follow)] : [])]);
      await server.close();
    },
    { reading: true },
  );
}
