import type { Clients, Outcome, Run, RunOptions } from "./clients.ts";

export const installers = ["pip 23.2", "newest pip", "uv"] as const;
export type Installer = (typeof installers)[number];

export interface Installation extends Outcome {
  /** Version by name (PEP 503) of what lies in the environment now. */
  readonly installed: Readonly<Record<string, string>>;
}

const LIST =
  "import importlib.metadata as m, json, re\n" +
  "print(json.dumps({re.sub('[-_.]+', '-', d.metadata['Name']).lower(): d.version for d in m.distributions()}))";

/** Installs into a new environment and says what lies there then. `words` are what all three take after `install`. */
export async function install(
  clients: Clients,
  installer: Installer,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Installation> {
  const venv = clients.makeVenv();
  const outcome = await runInstaller(clients, installer, venv.interpreter)(words, options);
  const { text } = await venv.run(["-c", LIST]);
  return { ...outcome, installed: JSON.parse(text) };
}

function runInstaller({ pip, oldPip, uv }: Clients, installer: Installer, interpreter: string): Run {
  if (installer === "uv") return (words, options) => uv(["pip", "install", "--python", interpreter, ...words], options);
  const run = installer === "newest pip" ? pip : oldPip;
  return (words, options) => run(["--python", interpreter, "install", ...words], options);
}
