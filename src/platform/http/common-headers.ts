import type { IncomingMessage } from "node:http";
import type { HeaderList } from "./answer.ts";

export interface CommonHeadersOptions {
  /** Did this request come over https, as far as we can trust what says so? */
  readonly isSecure: (request: IncomingMessage) => boolean;
  /** Is this address one of bare data (a simple page), where a browser may run nothing at all? */
  readonly isSandboxed: (url: string) => boolean;
  /** The policy of every other address, serialized. */
  readonly contentSecurityPolicy: string;
  /** For how long browsers shall insist on https, in seconds; on https only. */
  readonly hstsMaxAge: number;
}

/** The strictest useful policy for pages with nothing from elsewhere: directives sorted by name. */
export const ownOriginPolicy = [
  "base-uri 'self'",
  "connect-src 'self'",
  "default-src 'none'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "frame-src 'none'",
  "img-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
].join("; ");

const sandboxPolicy = "default-src 'none'; sandbox allow-top-navigation";

const featuresOff = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "gamepad",
  "geolocation",
  "gyroscope",
  "hid",
  "identity-credentials-get",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "otp-credentials",
  "payment",
  "picture-in-picture",
  "screen-wake-lock",
  "serial",
  "speaker-selection",
  "storage-access",
  "usb",
  "window-management",
  "xr-spatial-tracking",
];
const permissionsPolicy = [
  "publickey-credentials-create=(self)",
  "publickey-credentials-get=(self)",
  ...featuresOff.map((feature) => `${feature}=()`),
].join(", ");

const always: HeaderList = [
  "Referrer-Policy",
  "origin-when-cross-origin",
  "X-Content-Type-Options",
  "nosniff",
  "X-Frame-Options",
  "deny",
  "X-XSS-Protection",
  "1; mode=block",
  "X-Permitted-Cross-Domain-Policies",
  "none",
  "Permissions-Policy",
  permissionsPolicy,
];

/**
 * The security fields of every answer. Four arrays are built once and one of them is picked per request, so the hot path
 * pays for two questions and no allocation.
 */
export function createCommonHeaders(options: CommonHeadersOptions): (request: IncomingMessage) => HeaderList {
  const hsts = ["Strict-Transport-Security", `max-age=${options.hstsMaxAge}`];
  const page = [...always, "Content-Security-Policy", options.contentSecurityPolicy];
  const sandbox = [...always, "Content-Security-Policy", sandboxPolicy];
  const securePage = [...page, ...hsts];
  const secureSandbox = [...sandbox, ...hsts];
  return (request) => {
    const secure = options.isSecure(request);
    if (options.isSandboxed(request.url ?? "/")) return secure ? secureSandbox : sandbox;
    return secure ? securePage : page;
  };
}
