import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { faviconSvg } from "./logo.tsx";
import { pageScript } from "./page-script.ts";
import { stylesheet } from "./stylesheet.ts";

/** A static file, ready to send. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
  readonly gzip: Buffer;
  /** Of the content: an address that has it never gets other bytes. */
  readonly hash: string;
}

export const assets = [
  createAsset("site.css", "text/css; charset=utf-8", stylesheet),
  createAsset("site.js", "text/javascript; charset=utf-8", pageScript),
  createAsset("favicon.svg", "image/svg+xml", faviconSvg),
] as const;

function createAsset<Name extends string>(name: Name, type: string, text: string): Asset & { readonly name: Name } {
  const body = Buffer.from(text);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return { name, type, body, gzip: gzipSync(body, { level: 9 }), hash };
}

export type AssetName = (typeof assets)[number]["name"];

/** The path of a static file, without the base path. */
export function assetPath(name: AssetName): string {
  const asset = assets.find((one) => one.name === name);
  if (asset === undefined) throw new Error(`no static file ${name}`);
  return `/static/${asset.hash}/${name}`;
}
