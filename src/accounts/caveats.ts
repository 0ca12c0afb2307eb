// The conditions a token can carry, as JSON arrays `[tag, field, …]`. Tags 0 to 4 are the reference index's; 64 and above
// are ours. Fields are positional and never reordered; new ones come last, with a default.

export type Action = "read" | "upload";

/** What a token is asked to allow. */
export interface CaveatContext {
  readonly action: Action;
  readonly index: { readonly id: string; readonly name: string } | undefined;
  /**
   * "unchecked" when conditions on projects say nothing yet or at all: an upload's form has not named its project, or
   * the request reads. They say where a token may upload; what may be read is a matter of the whole index (tag 65).
   */
  readonly project: ProjectInQuestion | "none" | "unchecked";
  readonly userId: string | undefined;
  readonly publisher?: { readonly id: string; readonly projectIds: readonly string[] };
  readonly now: Temporal.Instant;
}

export interface ProjectInQuestion {
  /** As it is shown. */
  readonly name: string;
  readonly normalizedName: string;
  /** Undefined while the project does not exist. */
  readonly id: string | undefined;
}

/** A condition that can be issued; its JSON is the caveat. */
export type Caveat =
  | readonly [tag: typeof Tag.expiration, expiresAt: number, notBefore: number]
  | readonly [tag: typeof Tag.projectName, normalizedNames: readonly string[]]
  | readonly [tag: typeof Tag.projectId, ids: readonly string[]]
  | readonly [tag: typeof Tag.requestUser, userId: string]
  | readonly [tag: typeof Tag.index, ids: readonly string[]]
  | readonly [tag: typeof Tag.actions, actions: readonly Action[]];

export const Tag = {
  expiration: 0,
  projectName: 1,
  projectId: 2,
  requestUser: 3,
  publisher: 4,
  index: 64,
  actions: 65,
} as const;

/**
 * What is wrong with using these caveats for that; empty when they allow it. Every caveat is looked at, so the texts
 * come in order and may repeat. One that is not JSON ends the search, as it does in the reference index.
 */
export function failingCaveats(caveats: readonly string[], context: CaveatContext): readonly string[] {
  const failures: string[] = [];
  for (const text of caveats) {
    const caveat = parseJson(text);
    if (caveat === undefined) return failures.length > 0 ? failures : ["unknown error"];
    const failure = findFailure(caveat, context);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

type Check = (fields: readonly unknown[], context: CaveatContext) => string | undefined;

const CHECKS: ReadonlyMap<unknown, { readonly required: number; readonly check: Check }> = new Map([
  [Tag.expiration, { required: 2, check: checkExpiration }],
  [Tag.projectName, { required: 1, check: checkProjectName }],
  [Tag.projectId, { required: 1, check: checkProjectId }],
  [Tag.requestUser, { required: 1, check: checkRequestUser }],
  [Tag.publisher, { required: 1, check: checkPublisher }],
  [Tag.index, { required: 1, check: checkIndex }],
  [Tag.actions, { required: 1, check: checkActions }],
]);

const INVALID = "invalid values for fields";

function findFailure(caveat: unknown, context: CaveatContext): string | undefined {
  if (!Array.isArray(caveat)) return "caveat must be an array";
  if (caveat.length === 0) return "caveat array cannot be empty";
  const [tag, ...fields]: readonly unknown[] = caveat;
  const known = CHECKS.get(tag);
  if (!known) return `caveat has unknown tag: ${nameTag(tag)}`;
  return fields.length < known.required ? "Not enough values" : known.check(fields, context);
}

/** Anyone may have written the tag: it is neither printed at length nor asked to describe itself. */
function nameTag(tag: unknown): string {
  return typeof tag === "string" || typeof tag === "number" ? String(tag).slice(0, 40) : typeof tag;
}

function checkExpiration([expiresAt, notBefore]: readonly unknown[], { now }: CaveatContext): string | undefined {
  if (!isInteger(expiresAt) || !isInteger(notBefore)) return INVALID;
  const seconds = Math.floor(now.epochMilliseconds / 1000);
  return notBefore <= seconds && seconds < expiresAt ? undefined : "token is expired";
}

function checkProjectName([names]: readonly unknown[], { project }: CaveatContext): string | undefined {
  if (!isTexts(names)) return INVALID;
  return checkProject(project, ({ normalizedName }) => names.includes(normalizedName));
}

function checkProjectId([ids]: readonly unknown[], { project }: CaveatContext): string | undefined {
  if (!isTexts(ids)) return INVALID;
  return checkProject(project, ({ id }) => id !== undefined && ids.includes(id));
}

function checkProject(
  project: CaveatContext["project"],
  isListed: (project: ProjectInQuestion) => boolean,
): string | undefined {
  if (project === "unchecked") return undefined;
  if (project === "none") return "project-scoped token used outside of a project context";
  return isListed(project) ? undefined : `project-scoped token is not valid for project: '${project.name}'`;
}

function checkRequestUser([wanted]: readonly unknown[], { userId }: CaveatContext): string | undefined {
  if (!isText(wanted)) return INVALID;
  if (userId === undefined) return "token with user restriction without a user";
  return wanted === userId ? undefined : "current user does not match user restriction in token";
}

function checkPublisher([wanted]: readonly unknown[], { publisher, project }: CaveatContext): string | undefined {
  if (!isText(wanted)) return INVALID;
  if (!publisher) return "OIDC scoped token used outside of an OIDC identified request";
  if (publisher.id !== wanted) return "current OIDC publisher does not match publisher restriction in token";
  if (project === "unchecked") return undefined;
  if (project === "none") return "OIDC scoped token used outside of a project context";
  const isPublished = project.id !== undefined && publisher.projectIds.includes(project.id);
  return isPublished ? undefined : `OIDC scoped token is not valid for project '${project.name}'`;
}

function checkIndex([ids]: readonly unknown[], { index }: CaveatContext): string | undefined {
  if (!isTexts(ids)) return INVALID;
  if (!index) return "index-scoped token used outside of an index context";
  return ids.includes(index.id) ? undefined : `index-scoped token is not valid for index: '${index.name}'`;
}

function checkActions([actions]: readonly unknown[], { action }: CaveatContext): string | undefined {
  if (!isTexts(actions)) return INVALID;
  return actions.includes(action) ? undefined : `token is not valid for action: '${action}'`;
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
