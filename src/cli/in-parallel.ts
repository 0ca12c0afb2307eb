/**
 * Does the work for each thing, at most `limit` at once, in no certain order. The first failure is thrown when those
 * under way have ended; nothing new is begun after it.
 */
export async function inParallel<Thing>(
  things: AsyncIterable<Thing> | Iterable<Thing>,
  limit: number,
  work: (thing: Thing) => Promise<void>,
): Promise<void> {
  const iterator =
    Symbol.asyncIterator in things ? things[Symbol.asyncIterator]() : (things[Symbol.iterator]() as Iterator<Thing>);
  let isOver = false;
  async function run(): Promise<void> {
    while (!isOver) {
      try {
        const { done, value } = await iterator.next();
        if (done) isOver = true;
        else await work(value);
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: limit }, run));
  await iterator.return?.(undefined);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
