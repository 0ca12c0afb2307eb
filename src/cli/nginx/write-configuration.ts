import { isIPv6 } from "node:net";
import { dirname, join } from "node:path";
import { FRONT_HEADER, STORED_LOCATION, shelvedPages } from "../../index-api/index.ts";
import type { Config } from "../../platform/config/resolve.ts";
import { chooseSimpleType } from "../../platform/http/negotiate.ts";
import { shelfFolders } from "../../platform/shelf/shelf-folders.ts";
import { CommandFailed } from "../terminal.ts";
import { fileHeaders, type Header, handedOver, pageHeaders } from "./fixed-headers.ts";

export interface ConfigurationFacts {
  readonly config: Pick<Config, "data" | "files" | "host" | "port" | "tlsCert">;
  /** Ends with a slash. */
  readonly publicUrl: string;
  /** As nginx's `listen` takes it; by default the port of the public address. */
  readonly listen: string | undefined;
}

/** What installers and people send as Accept. Whoever sends anything else is answered by us, by all rules of RFC 9110. */
const ACCEPTS = [
  "",
  "*/*",
  "text/html",
  "application/vnd.pypi.simple.v1+json",
  // pip, unearth (pdm)
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, text/html;q=0.01",
  // uv
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
];

const EVERYWHERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * A file for nginx's `http` block (`conf.d/`). What nginx serves by itself is what our own answer would be, from the shelf
 * (platform/shelf); all else, and everything with a condition, is passed on. Throws CommandFailed for a path that nginx
 * cannot be told.
 */
export function writeConfiguration({ config, publicUrl, listen }: ConfigurationFacts): string {
  const { protocol, hostname, port, pathname } = new URL(publicUrl);
  const isHttps = protocol === "https:";
  const folders = shelfFolders(config);
  const host = EVERYWHERE[config.host] ?? config.host;
  const upstream = `${config.tlsCert === undefined ? "http" : "https"}://cheeseshop`;
  const base = escapePattern(pathname.replace(/\/$/, ""));
  const ours = proxyHeaders.map(([name, value]) => `proxy_set_header ${name} ${value};`);
  return `# nginx in front of Cheeseshop, printed by \`cheeseshop nginx-config\`. Print it again after an upgrade, or when the data
# folder, the port or the public address changes. It belongs into nginx's http block, as conf.d/cheeseshop.conf.
# Cheeseshop itself runs with --nginx, --trusted-proxy 127.0.0.1 and --public-url ${publicUrl}
# nginx needs its gzip_static module, which the packages of Debian and of nginx.org have.

upstream cheeseshop {
    server ${isIPv6(host) ? `[${host}]` : host}:${config.port};
    keepalive 32;
}

# How the client came. If something before this nginx ends TLS, write https in place of $scheme.
map $scheme $cheeseshop_scheme {
    default $scheme;
}
map $cheeseshop_scheme $cheeseshop_hsts {
    https "max-age=31536000";
    default "";
}
# 1 for what may be answered from a file. Conditions are for Cheeseshop, which knows what the client has.
map "$cheeseshop_scheme $request_method $is_args$http_if_none_match$http_if_modified_since$http_if_match$http_if_unmodified_since" $cheeseshop_plain {
    "~^${isHttps ? "https" : "https?"} (?:GET|HEAD) $" 1;
    default 0;
}
map $cheeseshop_plain $cheeseshop_files {
    1 public;
    default nothing;
}
# The representation of a page (PEP 691), for what clients are known to send.
map "$cheeseshop_plain $http_accept" $cheeseshop_page {
${ACCEPTS.map((accept) => `    "~^1 ${escapePattern(accept)}$" ${extensionFor(accept)};`).join("\n")}
    default nothing;
}
map $cheeseshop_index $cheeseshop_index_name {
    "" main;
    default $cheeseshop_index;
}
# The serial of a page is the time of its file, in hexadecimal: that is how nginx writes it into its ETag, which is not sent.
map $sent_http_etag $cheeseshop_serial {
    "~^\\"(?<digits>[0-9]+)-" $digits;
    default "";
}

server {
${listenLines(listen, isHttps, port).join("\n")}
    server_name ${hostname.replace(/^\[.*\]$/, "_")};
    server_tokens off;
    merge_slashes off;
    sendfile on;
    tcp_nopush on;
    gzip off;                        # Cheeseshop compresses by itself

    client_max_body_size 0;          # Cheeseshop has limits of its own, and messages for them
    proxy_request_buffering off;     # uploads stream to Cheeseshop while they arrive
    proxy_max_temp_file_size 0;      # downloads stream, too
    proxy_http_version 1.1;
    proxy_read_timeout 300s;
    proxy_send_timeout 300s;
${ours.map((line) => `    ${line}`).join("\n")}

    location / {
        proxy_pass ${upstream}$request_uri;
    }
    location @cheeseshop {
        proxy_pass ${upstream}$request_uri;
    }

    # Pages of public projects. Cheeseshop removes a page before it answers whoever changed it; what is not there is asked for.
    location ~ "^${base}/(?:i/(?<cheeseshop_index>[a-z0-9-]+)/)?simple/(?<cheeseshop_project>[a-z0-9]+(?:-[a-z0-9]+)*)/$" {
        root ${quoted(dirname(folders.pages))};
        open_file_cache off;         # it would show pages that are not there any more
        try_files /pages/$cheeseshop_project/$cheeseshop_index_name.$cheeseshop_page @cheeseshop;
        error_page 403 404 = @cheeseshop;
        types {
            "text/html; charset=UTF-8" html;
            application/vnd.pypi.simple.v1+json json;
        }
        gzip_static on;
        gzip_proxied any;
        max_ranges 0;
        add_header X-PyPI-Last-Serial $cheeseshop_serial;
        add_header ETag "";
        add_header Last-Modified "";
${addHeaders(pageHeaders)}
    }

    # Metadata of wheels (PEP 658).
    location ~ "^${base}(?<cheeseshop_path>${PACKAGES}/[^/]+\\.metadata)$" {
        root ${quoted(dirname(folders.files))};
        open_file_cache off;
        try_files /$cheeseshop_files$cheeseshop_path @cheeseshop;
        error_page 403 404 = @cheeseshop;
        types { }
        default_type "text/plain; charset=utf-8";
        gzip_static on;
        gzip_proxied any;
        etag off;
        max_ranges 0;
${addHeaders(fileHeaders("a-1-py3-none-any.whl.metadata"))}
    }

    # Distributions of public indexes.
    location ~ "^${base}(?<cheeseshop_path>${PACKAGES_IN_PARTS}/[^/]+)$" {
        root ${quoted(dirname(folders.files))};
        open_file_cache off;
        try_files /$cheeseshop_files$cheeseshop_path @cheeseshop;
        error_page 403 404 = @cheeseshop;
        types {
            application/gzip gz tgz;
        }
        default_type application/octet-stream;
        etag off;
        max_ranges 1;
        add_header ETag "\\"$cheeseshop_aa$cheeseshop_bb$cheeseshop_rest\\"";
${addHeaders(fileHeaders("a-1-py3-none-any.whl"))}
    }

    # Large files of private indexes: Cheeseshop says who may have them, nginx sends them. For this nginx's user has to be in
    # the group of Cheeseshop's (usermod -aG); if it is not, Cheeseshop sends them itself.
    location ${STORED_LOCATION} {
        internal;
        alias ${quoted(`${join(config.files, "blobs")}/`)};
        open_file_cache off;
        etag off;
        if_modified_since off;
        max_ranges 1;
        error_page 403 404 = @cheeseshop_itself;
${handedOver.map((name) => `        add_header ${name} $upstream_http_${name.toLowerCase().replaceAll("-", "_")};`).join("\n")}
    }
    location @cheeseshop_itself {
${ours
  .filter((line) => !line.includes(FRONT_HEADER))
  .map((line) => `        ${line}`)
  .join("\n")}
        proxy_set_header ${FRONT_HEADER} "";
        proxy_pass ${upstream}$request_uri;
    }
}
`;
}

const PACKAGES = "/(?:i/[a-z0-9-]+/)?packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}";
const PACKAGES_IN_PARTS =
  "/(?:i/[a-z0-9-]+/)?packages/(?<cheeseshop_aa>[0-9a-f]{2})/(?<cheeseshop_bb>[0-9a-f]{2})/(?<cheeseshop_rest>[0-9a-f]{60})";

const proxyHeaders: readonly Header[] = [
  ["Connection", '""'],
  ["Host", "$http_host"],
  ["X-Forwarded-For", "$proxy_add_x_forwarded_for"],
  ["X-Forwarded-Proto", "$cheeseshop_scheme"],
  [FRONT_HEADER, "nginx"],
];

function addHeaders(headers: readonly Header[]): string {
  const lines = headers.map(([name, value]) => `        add_header ${name} ${quoted(value)};`);
  return [...lines, "        add_header Strict-Transport-Security $cheeseshop_hsts;"].join("\n");
}

function listenLines(listen: string | undefined, isHttps: boolean, port: string): readonly string[] {
  if (listen !== undefined) return [`    listen ${listen};`];
  if (!isHttps) return [`    listen ${port || "80"};`];
  return [
    `    listen ${port || "443"} ssl;`,
    "    # Yours:",
    "    ssl_certificate /etc/tls/fullchain.pem;",
    "    ssl_certificate_key /etc/tls/key.pem;",
  ];
}

/** Which file answers who accepts this: what our own negotiation says. */
function extensionFor(accept: string): string {
  const type = chooseSimpleType(accept === "" ? undefined : accept, "");
  if (type === "application/vnd.pypi.simple.v1+html") throw new Error(`${accept} asks for what is not on the shelf`);
  return shelvedPages[type];
}

/** For PCRE. `RegExp.escape` writes \\x20 for a blank, which nobody wants to read. */
function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** nginx has no way to write a dollar sign. */
function quoted(text: string): string {
  if (/[$"\\\n\r]/.test(text))
    throw new CommandFailed(`nginx cannot be told of ${text}: it has one of $, " and \\ in it`);
  return `"${text}"`;
}
