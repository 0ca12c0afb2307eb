import type { Addresses, Index } from "../indexes/index.ts";
import { Command, type Frame, helpPath, Switch } from "../web/index.ts";
import { installWays } from "./install-ways.ts";

interface InstallSwitchProps {
  readonly frame: Frame;
  readonly addresses: Addresses;
  readonly index: Pick<Index, "name" | "isPrivate">;
  readonly requirement: string;
}

/** The line to install with, for the tool one uses; where reading needs a token, also how to give it. */
export function InstallSwitch({ frame, addresses, index, requirement }: InstallSwitchProps) {
  const simpleUrl = addresses.absolute(addresses.simple(index.name));
  const ways = installWays({ indexName: index.name, simpleUrl }, requirement);
  return (
    <Switch
      name="install"
      legend="Install with"
      choices={ways.map(({ id, lines, access }) => ({
        id,
        label: id,
        content: (
          <>
            {index.isPrivate && (
              <>
                <p class="small muted">
                  {access.how} <a href={helpPath(frame, "private-indices")}>More about tokens</a>
                </p>
                <Command lines={access.lines} />
              </>
            )}
            <Command lines={lines} />
          </>
        ),
      }))}
    />
  );
}
