import { ConfigurationMistakes } from "../platform/config/mistakes.ts";

/** Characters; a page repeats the reason of a yank with every file. */
const LONGEST = 500;

export const reasonOption = [
  "--reason <text>",
  "why, shown to everybody; '' for none; without it an earlier one stays",
] as const;

/** What `--reason` said, on one line. Throws ConfigurationMistakes. */
export function toReason(text: string | undefined): string | undefined {
  const reason = text?.replace(/\s+/g, " ").trim();
  if (reason === undefined || reason.length <= LONGEST) return reason;
  throw new ConfigurationMistakes([
    { place: "--reason", sentence: `has ${reason.length} characters; at most ${LONGEST} are shown` },
  ]);
}
