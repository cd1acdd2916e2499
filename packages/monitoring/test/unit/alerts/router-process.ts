import { AlertRouter, AlertStore, folderDocument, type Observation } from "@sagewright/monitoring";
import { alertsWith, secrets } from "./routing";

/** A router in a process of its own, which kills itself as an operating system would, at a write or a request. */
interface Given {
  readonly folder: string;
  readonly addresses: { readonly pagerduty: string; readonly slack: string; readonly jira: string };
  readonly now: string;
  readonly observations: readonly Observation[];
  readonly killAtStep: number;
}

const given = JSON.parse(process.argv[2] ?? "") as Given;
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === given.killAtStep) process.kill(process.pid, "SIGKILL");
}

async function main(): Promise<void> {
  const document = folderDocument(given.folder);
  const router = new AlertRouter({
    alerts: alertsWith(),
    store: new AlertStore({
      read: () => document.read(),
      write: async (text, version) => {
        const written = await document.write(text, version);
        step();
        return written;
      },
    }),
    secrets: async (name) => secrets[name] ?? "",
    clock: { now: () => new Date(given.now), sleep: async () => undefined },
    addresses: given.addresses,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      step();
      return response;
    },
  });
  await router.accept(...given.observations);
  const { waiting } = await router.deliver();
  // Claims of the killed ones have not run out yet: somebody comes back later.
  if (waiting > 0) process.kill(process.pid, "SIGKILL");
}

void main();
