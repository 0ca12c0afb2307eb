import { InvalidRequirement } from "../errors.ts";
import { pythonRepr } from "../python-repr.ts";
import { pythonStrip } from "../python-space.ts";
import { parseRequirement, printRequirement } from "../requirement.ts";
import { findVersion } from "../version.ts";
import { classifierFault } from "./classifiers.ts";
import { emailFault } from "./email-address.ts";
import type { Fault } from "./fault.ts";
import { firstAddress } from "./mailbox.ts";
import { firstOf, type Values } from "./standard-rules.ts";
import { isWebUrl } from "./web-url.ts";

/** What an index may allow beyond the reference's rules. */
export interface IndexRules {
  /** `1.0+ubuntu1`, which a public index leaves to those who rebuild (PEP 440, "Local version identifiers"). */
  readonly allowLocalVersions: boolean;
  /** `Private :: Do Not Upload` and its like. */
  readonly allowPrivateClassifiers: boolean;
}

/** Limits of the reference, in characters (code points). */
const MAX_SUMMARY = 512;
const MAX_LABEL = 32;

/** What an index asks beyond the standards; to be called with values the standards have nothing against. */
export function indexFaults(values: Values, rules: IndexRules): Fault[] {
  const of = (field: string) => values.get(field) ?? [];
  const faults: (Fault | undefined)[] = [rules.allowLocalVersions ? undefined : localVersionFault(of("version"))];
  const judge = (field: string, text: string | undefined) =>
    faults.push(text === undefined ? undefined : { field, text });
  judge("summary", firstOf(of("summary"), summaryFault));
  judge("author-email", firstOf(of("author-email"), mailboxFault));
  judge("maintainer-email", firstOf(of("maintainer-email"), mailboxFault));
  judge("classifier", classifierFault(of("classifier"), rules.allowPrivateClassifiers));
  judge("home-page", firstOf(of("home-page"), urlFault));
  judge("download-url", firstOf(of("download-url"), urlFault));
  judge("project-url", firstOf(of("project-url"), projectUrlFault));
  judge("requires-dist", firstOf(of("requires-dist"), directDependencyFault));
  judge("provides-dist", firstOf(of("provides-dist"), offeredFault));
  judge("obsoletes-dist", firstOf(of("obsoletes-dist"), offeredFault));
  judge("dynamic", firstOf(of("dynamic"), dynamicFault));
  if (values.has("license") && values.has("license-expression")) {
    judge(
      "license",
      "License is deprecated when License-Expression is present. Only License-Expression should be present.",
    );
  }
  return faults.filter((fault) => fault !== undefined);
}

/** `Label, URL` (core metadata, Project-URL), split at the first comma; the URL is empty when there is none. */
export function splitProjectUrl(value: string): readonly [label: string, url: string] {
  const comma = value.indexOf(",");
  if (comma < 0) return [pythonStrip(value), ""];
  return [pythonStrip(value.slice(0, comma)), pythonStrip(value.slice(comma + 1))];
}

function localVersionFault([version = ""]: readonly string[]): Fault | undefined {
  const parsed = findVersion(version);
  if (!parsed?.local) return undefined;
  const text = `The use of local versions in ${pythonRepr(parsed.text)} is not allowed.`;
  return { field: "version", text, link: "localVersions" };
}

function summaryFault(summary: string): string | undefined {
  return Array.from(summary).length > MAX_SUMMARY
    ? `'summary' field must be ${MAX_SUMMARY} characters or less.`
    : undefined;
}

function mailboxFault(value: string): string | undefined {
  const address = firstAddress(value);
  const fault = address === "" ? undefined : emailFault(address);
  return fault && `${pythonRepr(address)} is not a valid email address: ${fault}`;
}

function urlFault(url: string): string | undefined {
  return isWebUrl(url) ? undefined : `${pythonRepr(url)} is not a valid url.`;
}

function projectUrlFault(value: string): string | undefined {
  const [label, url] = splitProjectUrl(value);
  if (label === "") return "Must have a label";
  if (Array.from(label).length > MAX_LABEL) return `${pythonRepr(label)} must be ${MAX_LABEL} characters or less.`;
  return url === "" ? "Must have a URL" : urlFault(url);
}

/** An index serves what it lists; a requirement by address would lead installers elsewhere. */
function directDependencyFault(value: string): string | undefined {
  if (!value.includes("@")) return undefined;
  const requirement = parseRequirement(value);
  return requirement.url === null ? undefined : `Can't have direct dependency: ${printRequirement(requirement)}`;
}

function offeredFault(value: string): string | undefined {
  try {
    return parseRequirement(value).url === null ? undefined : `Can't have direct dependency: ${pythonRepr(value)}`;
  } catch (error) {
    if (!(error instanceof InvalidRequirement)) throw error;
    return `${pythonRepr(value)} is invalid: ${error.message}`;
  }
}

/** The one field that the standards let Dynamic name and the reference does not is Dynamic itself. */
function dynamicFault(value: string): string | undefined {
  return value.toLowerCase() === "dynamic"
    ? `Dynamic field ${pythonRepr(value)} is not a valid dynamic field.`
    : undefined;
}
