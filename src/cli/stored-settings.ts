// What `cheeseshop set` keeps: rows of `settings`, named like the setting, or `rule.NAME`. The value is a list of texts.
import { sql } from "kysely";
import type { Stored } from "../platform/config/load.ts";
import { createDb, type Pool } from "../platform/db/pool.ts";

export async function readStoredSettings(pool: Pool): Promise<Stored> {
  const { rows } = await sql<{ name: string; value: unknown }>`select name, value from settings order by name`.execute(
    createDb(pool),
  );
  return new Map(rows.map(({ name, value }) => [name, Array.isArray(value) ? value.map(String) : [String(value)]]));
}

export async function storeSetting(pool: Pool, name: string, texts: readonly string[]): Promise<void> {
  await sql`insert into settings (name, value) values (${name}, ${JSON.stringify(texts)}::jsonb)
    on conflict (name) do update set value = excluded.value, updated_at = now()`.execute(createDb(pool));
}

/** False when it was not stored. */
export async function forgetSetting(pool: Pool, name: string): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from settings where name = ${name}`.execute(createDb(pool));
  return numAffectedRows === 1n;
}
