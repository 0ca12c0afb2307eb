import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { promisify } from "node:util";
import { FetchFailed } from "./fetch-failed.ts";
import { isInnerAddress } from "./inner-addresses.ts";

export type Resolve = (hostname: string, options: LookupOptions & { all: true }) => Promise<LookupAddress[]>;

const systemResolve: Resolve = promisify(lookup);

export type AddressGuard = ReturnType<typeof createAddressGuard>;

/**
 * Keeps what other servers say, in pages and redirects, from leading to machines around us: only `home`, and whoever has an address out
 * in the world, is connected to. When `home` itself has an inner address, its neighbours are no secret to it, and all may be.
 */
export function createAddressGuard(home: string, resolve: Resolve = systemResolve) {
  const homeHost = bare(home);

  async function isHomeInside(): Promise<boolean> {
    const found = await resolve(homeHost, { all: true }).catch(() => []);
    return found.some(({ address }) => isInnerAddress(address));
  }

  async function outsideOnly(hostname: string, found: readonly LookupAddress[]): Promise<readonly LookupAddress[]> {
    const outside = found.filter(({ address }) => !isInnerAddress(address));
    if (outside.length === found.length || hostname === homeHost || (await isHomeInside())) return found;
    if (outside.length > 0) return outside;
    throw new FetchFailed("inner", `${hostname} has an address inside a private network, where ${homeHost} has none.`);
  }

  /** Looks up a name for a connection that is about to be made: a name that means something else a moment later changes nothing. */
  const lookUp: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true })
      .then((found) => outsideOnly(hostname, found))
      .then(
        (found) => {
          const [first] = found;
          if (options.all) callback(null, [...found]);
          else callback(null, first?.address ?? "", first?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ""),
      );
  };

  return {
    lookUp,
    /** Addresses that are written as numbers are not looked up. Throws FetchFailed. */
    async check({ hostname }: URL): Promise<void> {
      const address = bare(hostname);
      const family = isIP(address);
      if (family !== 0) await outsideOnly(address, [{ address, family }]);
    },
  };
}

/** Without the brackets of an IPv6 address. */
const bare = (hostname: string) => hostname.replace(/^\[(.*)\]$/, "$1");
