import { countOf, formatBytes } from "../../web/index.ts";
import type { Report } from "./run-checks.ts";

/** Notes of one kind that are told one by one; more are counted. */
const NOTES = 10;

/** A line per finding, then what was looked at. */
export function describeReport({ checked, findings, repaired }: Report): string {
  const problems = findings.filter(({ kind }) => kind === "problem");
  const notes = findings.filter(({ kind }) => kind === "note");
  const { lost, found, removed } = repaired;
  const acts = [
    lost > 0 && `marked ${countOf(lost, "file")} as lost`,
    found > 0 && `marked ${countOf(found, "file")} as stored again`,
    removed > 0 && `removed ${countOf(removed, "file")} that nothing named`,
  ].filter(Boolean);
  const looked = `${countOf(checked.files, "file")} (${formatBytes(checked.bytes)}) and the journal of ${countOf(checked.projects, "project")}`;
  return [
    ...problems.map(({ sentence }) => `problem: ${sentence}`),
    ...notes.slice(0, NOTES).map(({ sentence }) => `note: ${sentence}`),
    ...(notes.length > NOTES ? [`note: and ${countOf(notes.length - NOTES, "more", "more")} like these`] : []),
    ...(acts.length > 0 ? [`Repaired: ${acts.join(", ")}.`] : []),
    `Looked at ${looked}: ${problems.length === 0 ? "no problems" : countOf(problems.length, "problem")}.`,
    "",
  ].join("\n");
}
