import { Parser } from "htmlparser2";
import type { NormalizedName } from "../packaging-standards/index.ts";
import {
  type BelievedPage,
  believePage,
  checkApiVersion,
  checkCount,
  type PageContext,
  parseSerial,
} from "./believe-page.ts";
import { distributionOf } from "./distribution-of.ts";
import { UpstreamTrouble } from "./errors.ts";
import type { RawFile } from "./listed-files.ts";
import { percentDecode } from "./percent-decode.ts";

type Attributes = Readonly<Record<string, string>>;

interface Anchor {
  readonly attributes: Attributes;
  text: string;
}

interface Document {
  readonly anchors: readonly Anchor[];
  /** By name in lower case; the first of each. */
  readonly metas: ReadonlyMap<string, string>;
  readonly baseHref: string | undefined;
  /** The reference ends its pages with it. */
  readonly serial: string | undefined;
}

/**
 * Reads a project's page in HTML (PEP 503, 592, 629, 658, 714, 740, 792). It is believed when it says that it is of an index, or
 * lists a distribution of this very project; anything else that comes with status 200 is not, and throws UpstreamTrouble.
 */
export function parseHtmlPage(body: Buffer, headerSerial: number | null, context: PageContext): BelievedPage {
  const { project, url, shown } = context;
  const { anchors, metas, baseHref, serial } = readDocument(new TextDecoder().decode(body), shown);
  const version = metas.get("pypi:repository-version");
  if (version !== undefined) checkApiVersion(version, shown);
  const base = (baseHref === undefined ? null : URL.parse(baseHref, url)) ?? url;
  const files = anchors.map((anchor) => readAnchor(anchor, project, base));
  const isOurs = files.some(({ filename }) => Boolean(distributionOf(project, filename)?.version));
  if (!isOurs && (version === undefined || files.length > 0)) {
    throw new UpstreamTrouble("not-an-index-page", `${shown} is no page of this project.`);
  }
  const raw = {
    displayName: undefined,
    serial: headerSerial ?? parseSerial(serial),
    status: metas.get("pypi:project-status")?.trim(),
    statusReason: metas.get("pypi:project-status-reason"),
    files,
    base,
  };
  return believePage(raw, context);
}

function readDocument(html: string, shown: string): Document {
  const anchors: Anchor[] = [];
  const metas = new Map<string, string>();
  let baseHref: string | undefined;
  let serial: string | undefined;
  let open: Anchor | undefined;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === "a" && attributes["href"] !== undefined) {
        open = { attributes, text: "" };
        checkCount(anchors.push(open), shown);
      } else if (name === "base") baseHref ??= attributes["href"];
      else if (name === "meta") {
        const key = attributes["name"]?.toLowerCase();
        if (key !== undefined && !metas.has(key)) metas.set(key, attributes["content"] ?? "");
      }
    },
    ontext(text) {
      if (open !== undefined && open.text.length < 1024) open.text += text;
    },
    onclosetag(name) {
      if (name === "a") open = undefined;
    },
    oncomment(text) {
      serial = /^\s*SERIAL (\d+)\s*$/.exec(text)?.[1] ?? serial;
    },
  });
  parser.end(html);
  return { anchors, metas, baseHref, serial };
}

function readAnchor({ attributes, text }: Anchor, project: NormalizedName, base: URL): RawFile {
  const href = (attributes["href"] ?? "").trim();
  const metadata = (attributes["data-core-metadata"] ?? attributes["data-dist-info-metadata"])?.trim();
  return {
    filename: filenameOf(href, text.trim(), project, base),
    url: href,
    hashes: digests(href.includes("#") ? href.slice(href.indexOf("#") + 1) : ""),
    requiresPython: attributes["data-requires-python"],
    yanked: attributes["data-yanked"],
    hasMetadata: metadata !== undefined && metadata !== "" && metadata !== "false",
    metadataHashes: digests(metadata ?? ""),
    provenance: attributes["data-provenance"],
  };
}

/** Installers take the end of the address, which a listing does not abbreviate; the text where the address does not end so. */
function filenameOf(href: string, text: string, project: NormalizedName, base: URL): string {
  const last = percentDecode(URL.parse(href, base)?.pathname.split("/").at(-1) ?? "");
  return distributionOf(project, last)?.version || distributionOf(project, text) === undefined ? last : text;
}

/** `sha256=…`, in a fragment perhaps with others after `&`. */
function digests(text: string): Record<string, string> {
  const pairs = text.split("&").map((part) => part.split("="));
  return Object.fromEntries(
    pairs.flatMap(([name = "", value, ...more]) => (value && more.length === 0 ? [[name.trim(), value.trim()]] : [])),
  );
}
