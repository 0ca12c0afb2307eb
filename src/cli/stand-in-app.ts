import type { App } from "./worker.ts";
export async function buildApp(): Promise<App> {
  return {
    listener: (request, response) => {
      if (request.url === "/_health/") response.writeHead(200).end("OK\n");
      else if (request.url === "/slow/") {
        request.resume();
        request.on("end", () => response.writeHead(200).end(`done ${process.pid}\n`));
      } else response.writeHead(404).end(`${process.pid}\n`);
    },
    close: async () => {},
  };
}
