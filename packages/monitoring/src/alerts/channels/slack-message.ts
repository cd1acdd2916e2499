import { moment } from "../describe";
import type { Message } from "../state";
import type { Outgoing } from "./channel";

const BLOCK_LENGTH = 2_900;
const MOST_BLOCKS = 45;
const MARKS = { critical: ":red_circle:", performance: ":large_orange_circle:", minor: ":large_blue_circle:" } as const;
const STEPS = { open: "", update: "Update: ", reopen: "Again: ", close: "Over: ", note: "" } as const;

/** Text and blocks of a message. Nothing in it can address anybody: what comes from data is shown as it is. */
export function slackMessage({ messages }: Outgoing, { repeated }: { readonly repeated: boolean }): object {
  const [first] = messages;
  const more = messages.length > 1 ? ` and ${messages.length - 1} more alerts` : "";
  const again = repeated ? ["_Sent once more: it is not known whether the first arrived._"] : [];
  const paragraphs = [...again, ...messages.flatMap((message) => lines(message))];
  const shown = paragraphs.slice(0, MOST_BLOCKS);
  const rest = paragraphs.length - shown.length;
  return {
    text: plain(`${first.step === "note" ? first.what.join(" ") : `${STEPS[first.step]}${first.title}`}${more}`).slice(
      0,
      BLOCK_LENGTH,
    ),
    blocks: [...shown, ...(rest > 0 ? [`… ${rest} lines more`] : [])].map((text) => ({
      type: "section",
      text: { type: "mrkdwn", text: text.slice(0, BLOCK_LENGTH), verbatim: true },
    })),
  };
}

function lines(message: Message): string[] {
  if (message.step === "note") return [plain(message.what.join("\n"))];
  const mark = message.step === "close" ? ":white_check_mark:" : MARKS[message.severity];
  const head = `${mark} *${plain(`${STEPS[message.step]}${message.title}`)}*`;
  const runbook = /^https?:/.test(message.runbook)
    ? `<${plain(message.runbook)}|Run-book>`
    : `Run-book: ${plain(message.runbook)}`;
  const body = [
    ...message.what.slice(message.what.length > 1 ? 0 : 1).map((text) => `• ${plain(text)}`),
    `*How bad:* ${plain(message.extent.join(" "))}`,
    `*Since:* ${moment(message.since)}  *Model:* ${plain(message.model)}`,
    `*What to do:* ${plain(message.action.join(" "))} ${runbook}`,
  ];
  return [[head, ...body].join("\n")];
}

/** Slack's three control characters as text; markup in what people wrote loses its meaning. */
function plain(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*_~`]/g, "\u200b$&");
}
