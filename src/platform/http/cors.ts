import type { HeaderList } from "./answer.ts";

/** What every answer of a public index's API carries, errors included, so that pages elsewhere may read it. */
export const corsHeaders: HeaderList = [
  "Access-Control-Allow-Origin",
  "*",
  "Access-Control-Allow-Headers",
  "Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since",
  "Access-Control-Allow-Methods",
  "GET",
  "Access-Control-Max-Age",
  "86400",
  "Access-Control-Expose-Headers",
  "X-PyPI-Last-Serial",
];
