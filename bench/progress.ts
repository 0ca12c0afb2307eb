/** Lines about long work, at most one every few seconds, on stderr: stdout is the report's. */
export interface Progress {
  step(): void;
  finish(): void;
}

const BETWEEN_LINES = 5000;

export function openProgress(title: string, total: number): Progress {
  const began = performance.now();
  let told = began;
  let done = 0;
  say(`${title} …`);
  return {
    step() {
      done++;
      const now = performance.now();
      if (now - told < BETWEEN_LINES) return;
      told = now;
      const left = ((now - began) / done) * (total - done);
      say(`${title}: ${done} of ${total}, ${Math.ceil(left / 1000)} s left`);
    },
    finish: () => say(`${title}: done in ${((performance.now() - began) / 1000).toFixed(1)} s`),
  };
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
