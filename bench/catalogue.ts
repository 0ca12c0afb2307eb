// What the measured indexes hold, made by rule: the same projects, files and bytes each time.
import { buildWheel, type Distribution } from "../test/support/distributions.ts";

/** Files in the index altogether. */
export type Amount = 1000 | 20_000;

interface Plan {
  readonly name: string;
  readonly releases: number;
  readonly wheels: number;
  readonly padding?: readonly number[];
}

/** Projects whose pages are measured. The sizes in the comments are those of our HTML page, not compressed. */
const small: readonly Plan[] = [
  // 2 KB
  { name: "cheddar", releases: 4, wheels: 1 },
  // 50 KB
  { name: "brie", releases: 15, wheels: 7 },
  // A file of 60 KB and one of 20 MB.
  { name: "parcel", releases: 2, wheels: 1, padding: [60_000, 20_000_000] },
];
/** 1 MB; only in the large index. */
const gouda: Plan = { name: "gouda", releases: 105, wheels: 20 };
const PER_FILLER = { releases: 5, wheels: 4 };

const INTERPRETERS = ["cp311", "cp312", "cp313", "cp314"];
const PLATFORMS = [
  "manylinux_2_17_x86_64",
  "manylinux_2_17_aarch64",
  "macosx_11_0_arm64",
  "win_amd64",
  "musllinux_1_2_x86_64",
];

/** The projects of an index of that many files, the measured ones first, and then small ones until it is full. */
export function plansOf(amount: Amount): readonly Plan[] {
  const measured = amount === 20_000 ? [...small, gouda] : small;
  const left = amount - measured.reduce((sum, { releases, wheels }) => sum + releases * wheels, 0);
  const each = PER_FILLER.releases * PER_FILLER.wheels;
  const fillers = Array.from({ length: Math.floor(left / each) }, (_, at) => ({ name: nameOf(at), ...PER_FILLER }));
  return [...measured, ...fillers, { name: "crumbs", releases: left % each, wheels: 1 }];
}

/** The project that holds every measured subject of devpi, which is filled by uploading. */
export const measuredPlans: readonly Plan[] = [...small, gouda];

/** The wheels of a project, first release first. */
export function* wheelsOf(plan: Plan): Generator<Distribution> {
  for (let release = 0; release < plan.releases; release++) {
    for (let wheel = 0; wheel < plan.wheels; wheel++) {
      const padding = plan.padding?.[release];
      yield buildWheel({
        name: plan.name,
        version: `1.${release}`,
        tag: plan.wheels === 1 ? "py3-none-any" : tagOf(wheel),
        requiresPython: ">=3.9",
        ...(padding !== undefined && { padding }),
      });
    }
  }
}

function tagOf(wheel: number): string {
  const interpreter = INTERPRETERS[Math.floor(wheel / PLATFORMS.length) % INTERPRETERS.length];
  return `${interpreter}-${interpreter}-${PLATFORMS[wheel % PLATFORMS.length]}`;
}

function nameOf(at: number): string {
  return `curd-${String(at).padStart(4, "0")}`;
}
