import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Distribution } from "../support/distributions.ts";
import type { Clients, Outcome } from "./clients.ts";

/** A project as it looks after its build: pyproject.toml, and distributions in `dist`. Returns the folder. */
export function makeBuiltProject(home: string, [first, ...more]: readonly [Distribution, ...Distribution[]]): string {
  const folder = mkdtempSync(join(home, "project-"));
  mkdirSync(join(folder, "dist"));
  for (const { filename, bytes } of [first, ...more]) writeFileSync(join(folder, "dist", filename), bytes);
  writeFileSync(join(folder, "pyproject.toml"), pyproject(first.name, first.version));
  return folder;
}

/** A project before its build: the contents of a source distribution. Returns the folder. */
export function unpackSdist(home: string, { filename, bytes }: Distribution): string {
  const folder = mkdtempSync(join(home, "project-"));
  const { status, stderr } = spawnSync("tar", ["-xz", "-C", folder], { input: bytes });
  if (status !== 0) throw new Error(`tar: ${stderr}`);
  return join(folder, filename.replace(/\.tar\.gz$/, ""));
}

/** A project that is to depend on others. `more` are further tables of its pyproject.toml. Returns the folder. */
export function makeApplication(home: string, more = ""): string {
  const folder = mkdtempSync(join(home, "application-"));
  writeFileSync(join(folder, "pyproject.toml"), `${pyproject("application", "1.0")}${more}`);
  return folder;
}

function pyproject(name: string, version: string): string {
  return `[project]\nname = "${name}"\nversion = "${version}"\nrequires-python = ">=3.9"\n`;
}

export interface Upload {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export const uploaders = ["twine", "uv", "poetry", "pdm"] as const;
export type Uploader = (typeof uploaders)[number];

/** Uploads everything in the folder's `dist`, as one types it with each of them. */
export function upload(clients: Clients, uploader: Uploader, folder: string, to: Upload): Promise<Outcome> {
  const { url, user, password } = to;
  const options = { cwd: folder };
  switch (uploader) {
    case "twine":
      // The shell makes a list of dist/*; twine takes the pattern too.
      return clients.twine(["upload", "--repository-url", url, "-u", user, "-p", password, "dist/*"], options);
    case "uv":
      return clients.uv(["publish", "--publish-url", url, "-u", user, "-p", password], options);
    case "poetry":
      return clients.poetry(["publish", "-r", "cheeseshop", "-u", user, "-p", password], {
        ...options,
        env: { POETRY_REPOSITORIES_CHEESESHOP_URL: url },
      });
    case "pdm":
      return clients.pdm(["publish", "--no-build", "-r", url, "-u", user, "-P", password], options);
  }
}
