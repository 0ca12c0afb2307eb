/** PostgreSQL on a small machine, with every write safe. Durability settings (fsync, full_page_writes) keep their defaults: on. */
const SETTINGS: Readonly<Record<string, string>> = {
  cluster_name: "cheeseshop",
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "60",
  shared_buffers: "64MB",
  effective_cache_size: "512MB",
  random_page_cost: "1.1",
  // Nobody replicates from it, and `minimal` would write less; but with that, a sequence that was used in the transaction
  // which made it gives the same numbers again after a crash.
  wal_level: "replica",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  min_wal_size: "32MB",
  max_wal_size: "256MB",
  // Helper processes cost memory all the time, and parallel workers need /dev/shm, which containers keep tiny.
  io_method: "sync",
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
  jit: "off",
  huge_pages: "off",
  // A statement's error is answered to the program that sent it, which logs it with its request.
  log_min_messages: "log",
  log_checkpoints: "off",
  timezone: "UTC",
  log_timezone: "UTC",
};

/** The port is only part of the socket's name: nothing listens on the network. */
export const PORT = 5432;

/** The postmaster's arguments. They name everything that matters, so that a running one can be compared with a wanted one. */
export function postmasterArguments(
  cluster: string,
  socketFolder: string,
  version: string,
  overrides: Readonly<Record<string, string>> = {},
): readonly string[] {
  const settings = {
    ...SETTINGS,
    port: String(PORT),
    // A list: quoted, a folder may have a comma in its name.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    "cheeseshop.binaries": version,
    ...overrides,
  };
  return ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}
