import { chooseCoding } from "../platform/http/accept-encoding.ts";
import { type Answer, redirectAnswer } from "../platform/http/answer.ts";
import { conditional } from "../platform/http/conditional.ts";
import type { Http } from "../platform/http/create-app.ts";
import { PageNotFound } from "../platform/http/errors.ts";
import { route } from "../platform/http/route.ts";
import { type Asset, assetPath, assets } from "./assets.ts";
import type { Frame } from "./frame.ts";

interface StaticFile {
  readonly Params: { readonly hash: string; readonly file: string };
}

/** The stylesheet, the script and the icon, for everybody: nothing in them tells about an index. */
export function staticRoutes(http: Http, { basePath }: Pick<Frame, "basePath">): void {
  http.get<StaticFile>(
    "/static/:hash/:file",
    route(({ params, raw }) => {
      const asset = assets.find(({ name }) => name === params.file);
      if (asset === undefined) throw new PageNotFound();
      return conditional(raw.headers, assetAnswer(asset, params.hash, raw.headers["accept-encoding"]), {
        etag: etagOf(asset),
      });
    }),
  );

  http.get(
    "/favicon.ico",
    route(() => redirectAnswer(302, basePath + assetPath("favicon.svg"), ["Cache-Control", "max-age=86400, public"])),
  );
}

/** Weak, since it is the same for both codings. */
const etagOf = (asset: Asset) => `W/"${asset.hash}"`;

function assetAnswer(asset: Asset, hash: string, acceptEncoding: string | undefined): Answer {
  const isGzip = chooseCoding(acceptEncoding) === "gzip";
  // A page kept from before an update asks for the old address: it gets today's bytes, but may not keep them there.
  const caching = hash === asset.hash ? "max-age=31536000, public, immutable" : "no-cache";
  return {
    status: 200,
    headers: [
      "Content-Type",
      asset.type,
      "Cache-Control",
      caching,
      "ETag",
      etagOf(asset),
      "Vary",
      "Accept-Encoding",
      ...(isGzip ? ["Content-Encoding", "gzip"] : []),
    ],
    body: isGzip ? asset.gzip : asset.body,
  };
}
