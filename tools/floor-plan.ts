// The floor plan: which rooms there are and who may import whom (style of the house, docs/architecture.md).
// `node tools/floor-plan.ts` writes biome.floor-plan.json; `--check` fails when that file or src/ disagrees.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Pure knowledge and machinery: no room of the domain is known here. */
const FOUNDATIONS = ["packaging-standards", "platform", "web"] as const;

/** Domain rooms in order: a room may import only rooms above it. */
const DOMAIN = [
  "journal",
  "indexes",
  "documents",
  "accounts",
  "organizations",
  "files",
  "projects",
  "publishers",
  "mirror",
  "search",
  "stats",
] as const;

/** Delivery rooms: nobody imports them (but app.ts and cli/), and they do not import each other. */
const DELIVERY = ["index-api", "upload", "site", "manage", "admin"] as const;

/** Only the composition root and the commands may know everything; nobody imports these. */
const TOP = ["cli"] as const;

const ALL = [...FOUNDATIONS, ...DOMAIN, ...DELIVERY, ...TOP];
/** Rooms whose files are imported one by one, not through a door. */
const WITHOUT_DOOR = new Set<string>(["platform"]);

const OUTPUT = "biome.floor-plan.json";

function mayImport(room: string): readonly string[] {
  const domain = DOMAIN.indexOf(room as (typeof DOMAIN)[number]);
  if (room === "packaging-standards" || room === "platform") return [];
  if (room === "web") return ["platform"];
  if (domain >= 0) return [...FOUNDATIONS, ...DOMAIN.slice(0, domain)];
  if (DELIVERY.some((name) => name === room)) return [...FOUNDATIONS, ...DOMAIN];
  return ALL.filter((name) => name !== room);
}

function override(room: string) {
  const allowed = mayImport(room);
  const closed = ALL.filter((other) => other !== room && !allowed.includes(other));
  // An import of a room's inside climbs out of the importing room, so the specifier contains "../{room}/".
  const patterns: { group: string[]; message: string }[] = [
    {
      group: [...closed.map((other) => `**/../${other}/**`), "**/../app.ts", "**/../main.ts"],
      message: `${room} may not know this room (tools/floor-plan.ts).`,
    },
  ];
  const doors = allowed.filter((other) => !WITHOUT_DOOR.has(other));
  if (doors.length > 0) {
    patterns.push({
      group: doors.flatMap((other) => [`**/../${other}/**`, `!**/../${other}/index.ts`]),
      message: "Enter a room through its door, index.ts.",
    });
  }
  return {
    includes: [`**/src/${room}/**`, "!**/*.test.ts", "!**/*.test.tsx"],
    linter: { rules: { style: { noRestrictedImports: { level: "error", options: { patterns } } } } },
  };
}

const wanted = `${JSON.stringify({ overrides: ALL.map(override) }, null, 2)}\n`;

if (process.argv.includes("--check")) {
  const unknown = readdirSync("src", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !ALL.some((room) => room === entry.name))
    .map((entry) => entry.name);
  if (unknown.length > 0) fail(`src/ has rooms that the floor plan does not list: ${unknown.join(", ")}`);
  if (!existsSync(OUTPUT) || readFileSync(OUTPUT, "utf8") !== wanted) fail(`${OUTPUT} is out of date: npm run fix`);
} else {
  writeFileSync(OUTPUT, wanted);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
