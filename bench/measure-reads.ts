import { type Entrant, headersFor, type ReadCase, readCases } from "./entrants.ts";
import { type Answered, ask, type LoadOptions, loadWithNode, loadWithWrk, type Question, type Sample } from "./load.ts";
import type { Tool } from "./peers/debian.ts";
import type { Target } from "./peers/target.ts";
import { sleep } from "./processes.ts";
import { say } from "./progress.ts";

export interface ReadResult {
  readonly name: string;
  /** Bytes of the answer's body as sent. */
  readonly bytes: number;
  /** One per round. */
  readonly rounds: readonly Answered[];
}

export interface ReadPlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly wrk: Tool | undefined;
}

/** Connections at once. Few where answers are long: what is under way at the end is not counted. */
const CONNECTIONS: Readonly<Partial<Record<ReadCase, number>>> = { "page-1m": 4, "file-60k": 8, "file-20m": 2 };
const MANY_CONNECTIONS = 16;
/** For servers that answer one after the other anyway. */
const SLOW_CONNECTIONS = 2;
/** Ticks of CPU that a round must have taken to say anything. */
const ENOUGH_CPU = 0.1;

interface Competitor {
  readonly target: Target;
  readonly question: Question;
  readonly bytes: number;
  readonly rounds: Answered[];
}

/** Asks all who have it, in turn, round by round. The first round warms up and does not count. */
export async function measureReads(
  subject: ReadCase,
  entrants: readonly Entrant[],
  plan: ReadPlan,
): Promise<readonly ReadResult[]> {
  const competitors: Competitor[] = [];
  for (const { target, only } of entrants) {
    if (only && !only.includes(subject)) continue;
    const found = await questionFor(target, subject);
    if (found) competitors.push({ target, rounds: [], ...found });
  }
  for (let round = 0; round <= plan.rounds; round++) {
    say(`${readCases[subject].title}: round ${round} of ${plan.rounds}`);
    for (const competitor of competitors) {
      const answered = await load(subject, competitor, plan);
      if (round > 0) competitor.rounds.push(answered);
    }
  }
  return competitors.map(({ target, bytes, rounds }) => ({ name: target.name, bytes, rounds }));
}

async function load(subject: ReadCase, { target, question }: Competitor, plan: ReadPlan): Promise<Answered> {
  const options: LoadOptions = {
    question,
    connections: target.isSlow ? SLOW_CONNECTIONS : (CONNECTIONS[subject] ?? MANY_CONNECTIONS),
    seconds: plan.seconds,
    roots: target.roots,
  };
  const answered = await (plan.wrk && !target.isSlow ? loadWithWrk(plan.wrk, options) : loadWithNode(options));
  if (answered.cpu < ENOUGH_CPU) say(`  ${target.name} had only ${answered.cpu} s of CPU: its figure is coarse`);
  // What a server still tidies up is not charged to it, and does not disturb the next one.
  await sleep(50);
  return answered;
}

/** Undefined when this server has no such answer. */
async function questionFor(target: Target, subject: ReadCase) {
  const url = await target.address(subject === "not-modified" ? "page-50k" : subject);
  if (url === undefined) return undefined;
  const headers = headersFor(subject);
  const sample = await ask({ url, headers });
  if (subject !== "not-modified") return checked(target, { url, headers, status: 200 }, sample);
  const { etag } = sample.headers;
  if (etag === undefined) return undefined;
  const question: Question = { url, headers: { ...headers, "If-None-Match": etag }, status: 304 };
  const again = await ask(question);
  return again.status === 304 ? checked(target, question, again) : undefined;
}

function checked(target: Target, question: Question, { status, body }: Sample) {
  if (status === question.status) return { question, bytes: body.length };
  say(`  ${target.name} takes no part: ${question.url} answers ${status}`);
  return undefined;
}
