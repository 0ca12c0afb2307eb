// What the supervisor and its workers, the job process and the fetcher say to each other, as JSON over the channel that Node opens between them.
import type { ConfigTexts } from "../platform/config/resolve.ts";
import type { Connection } from "../platform/db/pool.ts";

export type ToWorker =
  | {
      readonly kind: "start";
      readonly texts: ConfigTexts;
      readonly connection: Connection;
      /** The real one where the configuration says 0. */
      readonly port: number;
      /** Counts from 1; shown in the log. Processes that answer no requests have 0. */
      readonly number: number;
      /** Where the fetcher listens, if there is one. */
      readonly fetcher: string;
    }
  /** From here on the worker is asked about every change, so it may answer requests. */
  | { readonly kind: "listen" }
  | { readonly kind: "drain" }
  /** A change that another worker or server made. To be answered with `seen`. */
  | { readonly kind: "change"; readonly id: number; readonly change: unknown }
  /** Every worker has seen the change that this one announced under `id`. */
  | { readonly kind: "settled"; readonly id: number };

export type ToSupervisor =
  /** The program is loaded and its caches are empty. */
  | { readonly kind: "prepared" }
  | { readonly kind: "listening" }
  /** It cannot start; the message is for whoever started the server. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "announce"; readonly id: number; readonly change: unknown }
  | { readonly kind: "seen"; readonly id: number };
