import { describe, expect, test } from "vitest";
import { createGuard, type UploadTarget } from "./guard.ts";
import type { Identity, KnownIdentity } from "./identity.ts";

const NOW = Temporal.Instant.from("2026-01-01T00:00:00Z");
const SECONDS = NOW.epochMilliseconds / 1000;
const PRIVATE = { id: "index-1", name: "main", isPrivate: true } as const;
const PUBLIC = { ...PRIVATE, isPrivate: false } as const;
const DEMO = { name: "Demo", normalizedName: "demo", id: "project-1" } as const;

const USER = { id: "user-1", username: "alice", isStaff: false, hasVerifiedEmail: false, isActive: true } as const;

function withToken(...caveats: readonly string[]): KnownIdentity {
  const token = { id: "token-1", description: "laptop", isRevoked: false, caveats, user: USER };
  return { kind: "user", via: "token", user: USER, token };
}

const IDENTITIES = {
  nobody: { kind: "anonymous" },
  garbage: { kind: "invalid", reason: "unrecognised" },
  password: { kind: "invalid", reason: "password" },
  revoked: { kind: "invalid", reason: "revoked", tokenName: "laptop" },
  expired: withToken('[3,"user-1"]', `[0,${SECONDS},0]`),
  "read token": withToken('[3,"user-1"]', '[65,["read"]]'),
  "upload token": withToken('[3,"user-1"]', '[65,["read","upload"]]'),
  "uploading only": withToken('[3,"user-1"]', '[65,["upload"]]'),
  "another index": withToken('[3,"user-1"]', '[64,["index-2"]]'),
  "another project": withToken('[1,["other"]]', '[2,["project-2"]]'),
  "htpasswd user": { kind: "user", via: "htpasswd", user: USER },
} satisfies Record<string, Identity>;

const identified: string[] = [];
const guard = createGuard({
  clock: { now: () => NOW },
  helpUrl: (anchor) => `https://cheese.example/help/#${anchor}`,
  identify: async (header) => {
    identified.push(header ?? "");
    return header === "good" ? IDENTITIES["read token"] : IDENTITIES.garbage;
  },
});

const GENERIC =
  "Invalid or non-existent authentication information. See https://cheese.example/help/#invalid-auth for more information.";
const HOW = "The user name is __token__ and the password is an API token. See https://cheese.example/help/#apitoken";

test.each<readonly [keyof typeof IDENTITIES, string | undefined]>([
  ["nobody", `The index 'main' is private. ${HOW}`],
  ["garbage", `The index 'main' is private. What was sent identifies nobody. ${HOW}`],
  ["password", `The index 'main' is private. What was sent identifies nobody. ${HOW}`],
  ["revoked", "Invalid API Token: token is revoked. The token is named 'laptop'."],
  ["expired", "Invalid API Token: token is expired. The token is named 'laptop'."],
  ["uploading only", "Invalid API Token: token is not valid for action: 'read'. The token is named 'laptop'."],
  [
    "another index",
    "Invalid API Token: index-scoped token is not valid for index: 'main'. The token is named 'laptop'.",
  ],
  ["read token", undefined],
  ["upload token", undefined],
  ["another project", undefined],
  ["htpasswd user", undefined],
])("reading a private index as %s: %s", (name, message) => {
  const read = () => guard.mayRead(PRIVATE, IDENTITIES[name]);
  if (message === undefined) return expect(read).not.toThrow();
  return expect(read).toThrow(
    expect.objectContaining({
      status: 401,
      message,
      headers: {
        "WWW-Authenticate": 'Basic realm="main"',
        "Cache-Control": "private, no-cache",
        Vary: "Authorization",
      },
    }),
  );
});

test.each(Object.entries(IDENTITIES))("reading a public index as %s is allowed", (_, identity) => {
  expect(() => guard.mayRead(PUBLIC, identity)).not.toThrow();
});

test("a read route asks who it is only when the index is private", async () => {
  identified.length = 0;
  expect(guard.admitReader(PUBLIC, "garbage")).toBeUndefined();
  expect(identified).toEqual([]);
  await expect(guard.admitReader(PRIVATE, "good")).resolves.toBeUndefined();
  await expect(guard.admitReader(PRIVATE, undefined)).rejects.toMatchObject({ status: 401 });
  expect(identified).toEqual(["good", ""]);
});

const TARGET: UploadTarget = { index: PRIVATE, project: DEMO };
test.each<readonly [keyof typeof IDENTITIES, string | undefined]>([
  ["nobody", GENERIC],
  ["garbage", GENERIC],
  [
    "password",
    "Username/Password authentication is no longer supported. Migrate to API Tokens instead. " +
      "See https://cheese.example/help/#apitoken. " +
      "The user name is __token__ and the password is the token.",
  ],
  ["revoked", "Invalid API Token: token is revoked. The token is named 'laptop'."],
  ["expired", "Invalid API Token: token is expired. The token is named 'laptop'."],
  ["read token", "Invalid API Token: token is not valid for action: 'upload'. The token is named 'laptop'."],
  [
    "another index",
    "Invalid API Token: index-scoped token is not valid for index: 'main'. The token is named 'laptop'.",
  ],
  [
    "another project",
    "Invalid API Token: project-scoped token is not valid for project: 'Demo'. The token is named 'laptop'.",
  ],
  ["upload token", undefined],
  ["uploading only", undefined],
  ["htpasswd user", undefined],
])("uploading as %s: %s", (name, message) => {
  const identity = IDENTITIES[name];
  const refusal = guard.findUploadRefusal(identity, TARGET);
  if (message === undefined) {
    expect(refusal).toBeUndefined();
    expect(guard.mayUpload(identity, TARGET)).toBe(identity);
  } else {
    expect(refusal).toMatchObject({ status: 403, message });
    expect(() => guard.mayUpload(identity, TARGET)).toThrow(message);
  }
});

describe("when the headers arrive and the project is not known yet", () => {
  const target: UploadTarget = { index: PUBLIC, project: "unchecked" };

  test("a token for some project passes, to be asked again", () => {
    expect(guard.findUploadRefusal(IDENTITIES["another project"], target)).toBeUndefined();
  });

  test.each(["expired", "read token", "another index", "garbage"] as const)("%s is refused already", (name) => {
    expect(guard.findUploadRefusal(IDENTITIES[name], target)).toMatchObject({ status: 403 });
  });
});

test("where e-mail addresses must be verified, that is asked of token holders and not of htpasswd users", () => {
  const verified = { ...withToken(), user: { ...USER, hasVerifiedEmail: true } };
  expect(() => guard.requireVerifiedEmail(verified)).not.toThrow();
  expect(() => guard.requireVerifiedEmail(IDENTITIES["htpasswd user"])).not.toThrow();
  expect(() => guard.requireVerifiedEmail(withToken())).toThrow(
    "User 'alice', associated with the API token used, does not have a verified primary email address. " +
      "Please add a verified primary email before attempting to upload to this index. " +
      "See https://cheese.example/help/#verified-email for more information.",
  );
});
