import { momentInWords } from "../../moments";
import type { Message } from "../state";
import type { Outgoing } from "./channel";

/** A section takes 3,000 characters, a message 50 blocks, and all blocks together about 13,000: beyond is `msg_blocks_too_long`. */
const BLOCK_LENGTH = 2_900;
const MOST_BLOCKS = 45;
const MOST_LENGTH = 11_500;
/** More alerts than this in one message have a line each. */
const MOST_WHOLE = 5;
const MARKS = { critical: ":red_circle:", performance: ":large_orange_circle:", minor: ":large_blue_circle:" } as const;
const STEPS = { open: "", update: "Update: ", reopen: "Again: ", close: "Over: ", note: "" } as const;

/** Text and blocks of a message. Nothing in it can address anybody: what comes from data is shown as it is. */
export function slackMessage({ messages }: Outgoing, { repeated }: { readonly repeated: boolean }): object {
  const [first] = messages;
  const more = messages.length > 1 ? ` and ${messages.length - 1} more alerts` : "";
  const again = repeated ? ["_Sent once more: it is not known whether the first arrived._"] : [];
  const brief = messages.length > MOST_WHOLE;
  const paragraphs = [...again, ...messages.flatMap((message) => (brief ? [headLine(message)] : lines(message)))];
  const shown = fitting(paragraphs.map((text) => text.slice(0, BLOCK_LENGTH)));
  const rest = paragraphs.length - shown.length;
  return {
    text: plain(`${first.step === "note" ? first.what.join(" ") : `${STEPS[first.step]}${first.title}`}${more}`).slice(
      0,
      BLOCK_LENGTH,
    ),
    blocks: [...shown, ...(rest > 0 ? [`… and ${rest} more: \`sagewright monitor alerts\` lists them`] : [])].map(
      (text) => ({
        type: "section",
        text: { type: "mrkdwn", text, verbatim: true },
      }),
    ),
  };
}

/** As many paragraphs as a message takes. */
function fitting(paragraphs: readonly string[]): string[] {
  let length = 0;
  const end = paragraphs.findIndex((text, index) => {
    length += text.length;
    return index >= MOST_BLOCKS || length > MOST_LENGTH;
  });
  return paragraphs.slice(0, end === -1 ? undefined : end);
}

/** An alert among many. */
function headLine(message: Message): string {
  if (message.step === "note") return plain(message.what.join(" ")).slice(0, 400);
  const since = message.step === "close" ? message.extent.join(" ") : `since ${momentInWords(message.since)}`;
  return `${head(message)} ${plain(since)} ${runbookLink(message)}`;
}

function head({ step, severity, title }: Message): string {
  const mark = step === "close" ? ":white_check_mark:" : MARKS[severity];
  return `${mark} *${brief(`${STEPS[step]}${title}`, 280)}*`;
}

function runbookLink({ runbook }: Message): string {
  return /^https?:/.test(runbook) ? `<${escaped(runbook)}|Run-book>` : `Run-book: ${plain(runbook)}`;
}

function lines(message: Message): string[] {
  if (message.step === "note") return [plain(message.what.join("\n"))];
  const { what, extent, severity, since, model, place, action } = message;
  const which = `*Model:* ${brief(model, 200)}${place === undefined ? "" : `  *Where:* ${plain(place)}`}`;
  const findings = what.slice(what.length > 1 ? 0 : 1).map((text) => `• ${brief(text, 200)}`);
  const facts =
    message.step === "close"
      ? [`${brief(extent.join(" "), 400)}  ${which}`]
      : [
          `*How bad:* ${brief(extent.join(" "), 400)} (${severity})`,
          `*Since:* ${momentInWords(since)}  ${which}`,
          `*What to do:* ${brief(action.join(" "), 400)} ${runbookLink(message)}`,
        ];
  return [[head(message), ...findings, ...facts].join("\n")];
}

/** The beginning of a text, so that what stands last, the run-book, stays within what a section takes. */
function brief(text: string, most: number): string {
  const whole = plain(text);
  return whole.length <= most ? whole : `${whole.slice(0, most - 1).replace(/&[a-z]*$/, "")}…`;
}

/** Slack's three control characters as text; markup in what people wrote loses its meaning. */
function plain(text: string): string {
  return escaped(text).replace(/[*_~`]/g, "\u200b$&");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
