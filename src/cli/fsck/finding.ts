/** Something that a check has to say. `problem`: somebody is served less, or something else, than the rows promise. */
export interface Finding {
  readonly kind: "problem" | "note";
  /** Stable, for programs: `missing-bytes`, `wrong-serial` … */
  readonly code: string;
  /** What it is about: a digest, `main/brie`, a sequence. */
  readonly subject: string;
  /** One sentence for a person; names the subject. */
  readonly sentence: string;
}

export const problem = (code: string, subject: string, sentence: string): Finding => ({
  kind: "problem",
  code,
  subject,
  sentence,
});

export const note = (code: string, subject: string, sentence: string): Finding => ({
  kind: "note",
  code,
  subject,
  sentence,
});
