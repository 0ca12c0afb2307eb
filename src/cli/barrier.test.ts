import { expect, test } from "vitest";
import { type Barrier, createBarrier, type Member } from "./barrier.ts";

interface Fake extends Member {
  readonly told: { id: number; change: unknown }[];
}

function createFake(name: string): Fake {
  const told: Fake["told"] = [];
  return { name, told, tell: (id, change) => void told.push({ id, change }) };
}

function setUp(count: number) {
  const members = Array.from({ length: count }, (_, index) => createFake(`worker ${index + 1}`));
  const timers = new Set<() => void>();
  const replaced: Member[] = [];
  const barrier: Barrier = createBarrier({
    members: () => members,
    later: (_, callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    replace: (member) => {
      replaced.push(member);
      barrier.left(member);
    },
  });
  return { barrier, members, timers, replaced };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test("the author hears when all the others have seen its change", async () => {
  const { barrier, members, timers } = setUp(3);
  const [author, second, third] = members;
  const announced = barrier.announce({ project: "brie" }, author);
  expect(author?.told).toEqual([]);
  expect(second?.told).toEqual([{ id: 1, change: { project: "brie" } }]);
  if (second) barrier.seen(second, 1);
  expect(await isSettled(announced)).toBe(false);
  if (third) barrier.seen(third, 1);
  await announced;
  expect(timers.size).toBe(0);
});

test("alone, nobody waits", async () => {
  const { barrier, members } = setUp(1);
  await barrier.announce({}, members[0]);
});

test("what another server changed is told to all", async () => {
  const { barrier, members } = setUp(2);
  const announced = barrier.announce({});
  for (const member of members) barrier.seen(member, 1);
  await announced;
});

test("a silent one is replaced, and keeps nobody waiting", async () => {
  const { barrier, members, timers, replaced } = setUp(3);
  const announced = barrier.announce({}, members[0]);
  if (members[1]) barrier.seen(members[1], 1);
  for (const expire of timers) expire();
  await announced;
  expect(replaced).toEqual([members[2]]);
});

test("one that dies while it is waited for keeps nobody waiting", async () => {
  const { barrier, members } = setUp(2);
  const changes = [barrier.announce({}, members[0]), barrier.announce({}, members[0])];
  if (members[1]) barrier.left(members[1]);
  await Promise.all(changes);
});

test("an answer that comes twice, or to nothing, changes nothing", async () => {
  const { barrier, members } = setUp(3);
  const announced = barrier.announce({}, members[0]);
  if (members[1]) {
    barrier.seen(members[1], 1);
    barrier.seen(members[1], 1);
    barrier.seen(members[1], 99);
  }
  expect(await isSettled(announced)).toBe(false);
});
