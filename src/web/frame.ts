/** What every page of this installation has in common. Made once at start; nothing in it depends on who visits. */
export interface Frame {
  readonly siteName: string;
  /** Of the program, as the footer says it. */
  readonly version: string;
  /** The path of the public URL without its last slash: empty, or `/base`. */
  readonly basePath: string;
}

/** The address of a passage of the help page, within the origin. */
export function helpPath({ basePath }: Frame, anchor?: string): string {
  return `${basePath}/help/${anchor === undefined ? "" : `#${anchor}`}`;
}
