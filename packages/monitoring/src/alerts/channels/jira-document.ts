import { momentInWords } from "../../moments";
import type { Message } from "../state";

const SUMMARY_LENGTH = 255;
const STEPS = { open: "", update: "Update: ", reopen: "It is back: ", close: "Over: ", note: "" } as const;

/** One line of at most 255 characters. */
export function jiraSummary({ title }: Message): string {
  const line = title.replace(/\s+/g, " ").trim();
  return line.length <= SUMMARY_LENGTH ? line : `${line.slice(0, SUMMARY_LENGTH - 1)}…`;
}

/** An issue's description in the Atlassian Document Format. */
export function jiraDescription(message: Message): object {
  return document([
    {
      type: "bulletList",
      content: message.what.map((text) => ({ type: "listItem", content: [paragraph(plain(text))] })),
    },
    ...facts(message),
  ]);
}

/** A comment in the Atlassian Document Format. */
export function jiraComment(message: Message): object {
  if (message.step === "note") return document([paragraph(plain(message.what.join(" ")))]);
  return document([paragraph(strong(`${STEPS[message.step]}${message.title}`)), ...facts(message)]);
}

function facts({ step, extent, since, model, place, action, runbook, severity }: Message): object[] {
  const which = [
    paragraph(strong("Model: "), plain(model)),
    ...(place === undefined ? [] : [paragraph(strong("Where: "), plain(place))]),
  ];
  if (step === "close") return [paragraph(plain(extent.join(" "))), ...which];
  return [
    paragraph(strong("How bad: "), plain(`${extent.join(" ")} (${severity})`)),
    paragraph(strong("Since: "), plain(momentInWords(since))),
    ...which,
    paragraph(strong("What to do: "), plain(`${action.join(" ")} `), link(runbook)),
  ];
}

const document = (content: readonly object[]): object => ({ type: "doc", version: 1, content });
const paragraph = (...content: readonly object[]): object => ({ type: "paragraph", content });
const plain = (text: string): object => ({ type: "text", text });
const strong = (text: string): object => ({ type: "text", text, marks: [{ type: "strong" }] });

function link(address: string): object {
  if (!/^https?:/.test(address)) return plain(`Run-book: ${address}`);
  return { type: "text", text: "Run-book", marks: [{ type: "link", attrs: { href: address } }] };
}
