import type { ComponentChildren } from "preact";
import { assetPath } from "./assets.ts";
import { type Frame, helpPath } from "./frame.ts";
import { Logo } from "./logo.tsx";

interface LayoutProps {
  readonly frame: Frame;
  /** Of the page, without the site's name; absent on the home page. */
  readonly title?: string;
  /** One sentence for search results and previews. */
  readonly description?: string;
  /** The one whole address of this page; absent on pages that have none, such as errors. */
  readonly canonical?: string;
  /** The index that the page belongs to, where it is not the main one. */
  readonly place?: Place;
  /** Which link of the navigation leads here. */
  readonly current?: "simple" | "help";
  readonly children: ComponentChildren;
}

export interface Place {
  readonly name: string;
  readonly href: string;
}

/** Longer descriptions are cut by whoever shows them. */
const DESCRIPTION_LENGTH = 200;

/** The page around every content: head, site's name, navigation, footer. */
export function Layout({ frame, title, description, canonical, place, current, children }: LayoutProps) {
  const { siteName, basePath, version } = frame;
  const fullTitle = title === undefined ? siteName : `${title} · ${siteName}`;
  const links = [
    { id: "simple", label: "All projects", href: `${place?.href ?? `${basePath}/`}simple/` },
    { id: "help", label: "Help", href: helpPath(frame) },
  ] as const;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{fullTitle}</title>
        <meta name="color-scheme" content="light dark" />
        <link rel="stylesheet" href={basePath + assetPath("site.css")} />
        <link rel="icon" type="image/svg+xml" href={basePath + assetPath("favicon.svg")} />
        <script type="module" src={basePath + assetPath("site.js")} />
        {description && <meta name="description" content={shorten(description)} />}
        {canonical && (
          <>
            <link rel="canonical" href={canonical} />
            <meta property="og:url" content={canonical} />
            <meta property="og:type" content="website" />
            <meta property="og:site_name" content={siteName} />
            <meta property="og:title" content={title ?? siteName} />
            {description && <meta property="og:description" content={shorten(description)} />}
          </>
        )}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="site-head">
          <div class="container">
            <a class="brand" href={`${basePath}/`}>
              <Logo />
              {siteName}
            </a>
            {place && (
              <span class="place">
                index <a href={place.href}>{place.name}</a>
              </span>
            )}
            <nav class="site-nav" aria-label="Main">
              <ul>
                {links.map(({ id, label, href }) => (
                  <li>
                    <a href={href} aria-current={id === current ? "page" : undefined}>
                      {label}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          </div>
        </header>
        <main id="content" class="container">
          {children}
        </main>
        <footer class="site-foot">
          <div class="container">
            <span>Cheeseshop {version}, a Python package index</span>
            <ul>
              <li>
                <a href={helpPath(frame, "installing")}>Installing</a>
              </li>
              <li>
                <a href={helpPath(frame, "uploading")}>Uploading</a>
              </li>
              <li>
                <a href={helpPath(frame, "interfaces")}>Interfaces for programs</a>
              </li>
            </ul>
          </div>
        </footer>
      </body>
    </html>
  );
}

function shorten(text: string): string {
  return text.length <= DESCRIPTION_LENGTH ? text : `${text.slice(0, DESCRIPTION_LENGTH - 1).toWellFormed()}…`;
}
