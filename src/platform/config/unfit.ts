/** A value that a setting or rule cannot take. The message completes `"lots" …`: what would fit, in words. */
export class Unfit extends Error {}
