import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * From now on this process believes, besides Node's own list (and NODE_EXTRA_CA_CERTS), whom the operating system believes: a
 * company's certificates are installed there, and pip believes them too. Costs some milliseconds once.
 */
export function trustSystemCertificates(): void {
  setDefaultCACertificates([...new Set([...getCACertificates("default"), ...getCACertificates("system")])]);
}
