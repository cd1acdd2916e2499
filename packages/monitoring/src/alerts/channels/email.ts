import { MonitoringError } from "../../errors";
import { momentInWords } from "../../moments";
import type { Message } from "../state";
import { type Channel, SendError } from "./channel";

/** Publishes a text to those who subscribed, such as an SNS topic with the address. @throws Error of the service */
export type PublishMail = (mail: { readonly subject: string; readonly text: string }) => Promise<void>;

/** Mail through a topic. Topics know no idempotency: where the answer was lost, the same mail may come twice. */
export function email(publish: PublishMail): Channel {
  return {
    gathers: true,
    async send({ messages }) {
      const [first] = messages;
      const more = messages.length > 1 ? ` and ${messages.length - 1} more` : "";
      const subject = `${first.step === "close" ? "Over: " : ""}${first.title}${more}`;
      const text = messages
        .map((message) =>
          [
            `${message.step === "close" ? "Over: " : ""}${message.title}`,
            ...message.what,
            ...(message.step === "close" ? message.extent : facts(message)),
            `Model: ${message.model}`,
            ...(message.place === undefined ? [] : [`Where: ${message.place}`]),
          ].join("\n"),
        )
        .join("\n\n");
      // Subjects are ASCII, one line, 100 characters at most.
      const line = subject.replace(/[^\x20-\x7e]+/g, " ").slice(0, 100);
      await publish({ subject: line, text }).catch((error: Error) => {
        if (error instanceof MonitoringError) throw error;
        throw new SendError(`The mail's topic refused it (${error.name})`, { unsure: false });
      });
      return undefined;
    },
  };
}

function facts({ extent, severity, since, action, runbook }: Message): string[] {
  return [
    `How bad: ${extent.join(" ")} (${severity})`,
    `Since: ${momentInWords(since)}`,
    `What to do: ${action.join(" ")}`,
    `Run-book: ${runbook}`,
  ];
}
