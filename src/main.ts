#!/usr/bin/env node
// The program's first lines. They must be readable for an older Node, so that it can say what is missing: no imports
// that are loaded before the check, and nothing newer than `await` at the top.
export {};

const OLDEST_NODE = 26;

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
  console.error(
    `Cheeseshop needs Node ${OLDEST_NODE} or newer, and this is ${process.version}. It brings one along: start it with npm start or npx --no-install cheeseshop.`,
  );
  process.exitCode = 2;
} else {
  const { default: cluster } = await import("node:cluster");
  const { FETCHER_PROCESS, JOB_PROCESS } = await import("./cli/fork-process.ts");
  if (cluster.isWorker) {
    const { runWorker } = await import("./cli/worker.ts");
    runWorker(async () => (await import("./app.ts")).buildApp);
  } else if (process.argv[2] === JOB_PROCESS && process.send !== undefined) {
    const { runJobProcess } = await import("./cli/job-process.ts");
    runJobProcess();
  } else if (process.argv[2] === FETCHER_PROCESS && process.send !== undefined) {
    const { runFetcher } = await import("./cli/fetcher.ts");
    runFetcher();
  } else {
    const { runProgram } = await import("./cli/program.ts");
    const { createProcessTerminal } = await import("./cli/process-terminal.ts");
    const code = await runProgram(process.argv.slice(2), createProcessTerminal());
    // Whatever was printed is out before this ends, and nothing left open keeps it from ending.
    process.stdout.write("", () => process.exit(code));
  }
}
