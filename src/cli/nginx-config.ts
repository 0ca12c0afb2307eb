import type { Command } from "commander";
import { baseUrlOf } from "./addresses.ts";
import { findStored } from "./config.ts";
import { takeSettings } from "./setting-flags.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLE = `
Example: cheeseshop nginx-config --data /srv/cheeseshop --public-url https://pypi.example.org/ > /etc/nginx/conf.d/cheeseshop.conf
The server has to run with --nginx and --trusted-proxy 127.0.0.1 (or wherever nginx asks from). See docs/operating.md.`;

/** `cheeseshop nginx-config`: a configuration for an nginx in front of this server, on standard output. */
export function addNginxConfig(program: Command, terminal: Terminal): void {
  const command = program
    .command("nginx-config")
    .description("print a configuration for an nginx in front of this server")
    .option("--listen <address>", "what nginx listens on, as its own directive takes it, such as 127.0.0.1:8000")
    .addHelpText("after", EXAMPLE);
  const load = takeSettings(command, "all", terminal);
  command.action(async (flags: { readonly listen?: string }) => {
    const loaded = load("other");
    const stored = await findStored(loaded.config);
    const { config } = stored ? loaded.withStored(stored) : loaded;
    const { writeConfiguration } = await import("./nginx/write-configuration.ts");
    terminal.print(writeConfiguration({ config, publicUrl: baseUrlOf(config), listen: flags.listen }));
    if (!config.nginx) terminal.complain("Start the server with --nginx, or nginx has to ask it for everything.\n");
    if (config.trustedProxy.length === 0) {
      terminal.complain(
        "Start the server with --trusted-proxy and nginx's address, or it takes nginx for every client.\n",
      );
    }
  });
}
