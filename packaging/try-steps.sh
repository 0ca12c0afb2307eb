#!/usr/bin/env bash
# Runs what the Dockerfile and its health check do, without a container engine: in a new folder, as an ordinary user, on
# the machine's own npm. Then uploads a wheel, reads it back, and stops the server. Takes about two minutes.
#
#   packaging/try-steps.sh [SCRATCH]     SCRATCH: a folder that is not there yet (default: a temporary one, removed at the end)
#
# Not tried here, for want of an engine: the base image, COPY with --from, VOLUME, the user of the image.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
dockerfile="$root/Dockerfile"

if [[ $# -gt 0 ]]; then
  scratch="$1"
  mkdir -p "$scratch"
  kept=yes
else
  scratch="$(mktemp -d)"
  kept=
fi
chmod 0755 "$scratch"
server=
finish() {
  if [[ -n "$server" ]]; then
    kill -TERM "$server" 2>/dev/null && wait "$server" || true
  fi
  if [[ -z "$kept" ]]; then rm -rf "$scratch"; fi
}
trap finish EXIT

say() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# Steps are run as an ordinary user; root gives them away.
if [[ "$(id -u)" == 0 ]]; then
  user="${TRY_AS:-nobody}"
  command -v setpriv >/dev/null || fail "as root this needs setpriv (util-linux)"
  ordinary=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
else
  user="$(id -un)"
  ordinary=()
fi
as_user() { (become_user "$@"); }
# In a subshell, which then is that program: signals reach it.
become_user() { exec "${ordinary[@]}" env HOME="$scratch/home" npm_config_cache="$scratch/home/npm" "$@"; }

# What is tried must be what is written: each step has to stand in the Dockerfile as its JSON words.
step() {
  local words
  words="$(printf ', "%s"' "$@")"
  grep -qF "RUN [${words:2}]" "$dockerfile" || fail "the Dockerfile has no step: $*"
  say "$*"
  as_user "$@"
}

# Stands for COPY: tracked files, without what .dockerignore leaves out.
copy() {
  local target="$1"
  shift
  grep -qF "COPY $* " "$dockerfile" || fail "the Dockerfile copies no: $*"
  (cd "$root" && git ls-files -z -- "$@" | tar --create --null --exclude='*.test.ts' --exclude='*.test.tsx' --files-from=-) |
    tar --extract --no-same-owner --directory "$target"
}

say "As user $user in $scratch, with npm $(npm --version) on Node $(node --version)"
mkdir -p "$scratch"/{home,build,production,app,data}
copy "$scratch/build" package.json package-lock.json .npmrc
copy "$scratch/production" package.json package-lock.json .npmrc
for name in tsconfig.json tools src; do copy "$scratch/build" "$name"; done
copy "$scratch/app" package.json LICENSE
copy "$scratch/app" migrations
if [[ "$(id -u)" == 0 ]]; then chown -R "$user" "$scratch"/{home,build,production,data}; fi

cd "$scratch/build"
step npm ci --ignore-scripts
step npm run build

cd "$scratch/production"
step npm ci --omit=dev --ignore-scripts
# The base image brings a Node 26; this machine may not have one, so the bundled one is set aside instead of removed.
mkdir "$scratch/node26"
cp -L node_modules/.bin/node "$scratch/node26/node"
step find node_modules -maxdepth 1 -name 'node-*linux-*' -exec rm -r '{}' +
step rm -f node_modules/.bin/node

cd "$scratch/app"
cp -R "$scratch/production/node_modules" "$scratch/build/dist" .
mkdir "$scratch/bin"
ln -s "$scratch/app/dist/main.js" "$scratch/bin/cheeseshop"
chmod -R a+rX "$scratch/app"
chmod 0700 "$scratch/data"
export PATH="$scratch/bin:$scratch/node26:$PATH"

say "cheeseshop serve, from a program folder that this user cannot write to"
port="${TRY_PORT:-18123}"
export NODE_ENV=production CHEESESHOP_DATA="$scratch/data" CHEESESHOP_HOST=0.0.0.0 CHEESESHOP_PORT="$port"
become_user cheeseshop serve >"$scratch/out" 2>"$scratch/err" &
server=$!

health() {
  # The words of HEALTHCHECK … CMD [ … ], run as they stand.
  as_user node -e '
    const { readFileSync } = require("node:fs");
    const line = readFileSync(process.argv[1], "utf8").match(/^HEALTHCHECK .*CMD (\[.*\])$/m);
    const [command, ...words] = JSON.parse(line[1]);
    process.exit(require("node:child_process").spawnSync(command, words).status);
  ' "$dockerfile"
}
for attempt in $(seq 60); do
  if health; then break; fi
  kill -0 "$server" 2>/dev/null || { cat "$scratch/err" >&2; fail "the server ended"; }
  [[ "$attempt" -lt 60 ]] || fail "the server is not healthy after 60 attempts"
  sleep 0.5
done
cat "$scratch/out" | sed 's/pypi-.*/pypi-…/'

say "Upload a wheel and read it back"
node --input-type=module - "$root/test/support/distributions.ts" "$port" "$scratch/data/owner-token" <<'UPLOAD'
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
const [, , builder, port, tokenFile] = process.argv;
const { buildWheel } = await import(builder);
const wheel = buildWheel({ name: "trial", version: "1.0" });
const form = new FormData();
const fields = { ":action": "file_upload", protocol_version: "1", metadata_version: "2.1", name: wheel.name };
Object.assign(fields, { version: wheel.version, filetype: wheel.filetype, pyversion: wheel.pyversion });
Object.assign(fields, { sha256_digest: wheel.sha256 });
for (const [name, value] of Object.entries(fields)) form.set(name, value);
form.set("content", new Blob([wheel.bytes]), wheel.filename);
const base = `http://127.0.0.1:${port}`;
const credentials = Buffer.from(`__token__:${readFileSync(tokenFile, "utf8").trim()}`).toString("base64");
const uploaded = await fetch(`${base}/legacy/`, {
  method: "POST",
  headers: { Authorization: `Basic ${credentials}` },
  body: form,
});
if (uploaded.status !== 200) throw new Error(`${uploaded.status} ${await uploaded.text()}`);
const page = await (
  await fetch(`${base}/simple/trial/`, { headers: { Accept: "application/vnd.pypi.simple.v1+json" } })
).json();
const bytes = Buffer.from(await (await fetch(new URL(page.files[0].url, base))).arrayBuffer());
if (createHash("sha256").update(bytes).digest("hex") !== wheel.sha256) throw new Error("other bytes came back");
console.log(`${wheel.filename}: ${bytes.length} bytes came back with the digest they had`);
UPLOAD

say "A command beside the running server, then SIGTERM"
as_user cheeseshop fsck --deep
kill -TERM "$server"
wait "$server" && code=0 || code=$?
server=
[[ "$code" == 0 ]] || { cat "$scratch/err" >&2; fail "the server ended with $code"; }
if [[ -e "$scratch/data/postgres/data/postmaster.pid" ]]; then fail "PostgreSQL was left running"; fi
du -sh "$scratch/app" | sed 's/\t.*/ of program, without Node/'
say "All steps passed"
