import type { Tool } from "../peers/debian.ts";
import { startNginx } from "../peers/nginx.ts";
import { freePort } from "../processes.ts";
import { cpuOf } from "../usage.ts";
import { app } from "./uv.ts";

export interface Recorded {
  readonly simple: string;
  /** Seconds of its CPU so far. */
  cpu(): number;
}

/** nginx that sends what was recorded below `root`, as files. */
export async function startRecorded(nginx: Tool, root: string): Promise<Recorded> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const server = `
    server {
      listen 127.0.0.1:${port};
      root ${root};
      default_type application/octet-stream;
      location ~ ^/simple/([^/]+)/$ {
        default_type application/vnd.pypi.simple.v1+json;
        gzip_static on;
        try_files /simple/$1.page =404;
      }
    }`;
  const running = await startNginx(nginx, "nginx recorded", server);
  await running.answering(`${url}simple/${app.name}/`);
  return { simple: `${url}simple/`, cpu: () => cpuOf([running.pid]) };
}
