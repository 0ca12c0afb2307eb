import type { IncomingMessage } from "node:http";
import type { Guard, Identify, Identity, KnownIdentity } from "../accounts/index.ts";
import { type Addresses, type Catalogue, type Index, IndexNotFound, type KnownIndexes } from "../indexes/index.ts";
import { cleanFields, isValidName, type UploadForm, validateUploadForm } from "../packaging-standards/index.ts";
import type { Rules } from "../platform/config/rules.ts";
import type { Problem } from "../platform/errors/problem.ts";
import type { Answer } from "../platform/http/answer.ts";
import type { Log } from "../platform/log/log.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";
import type { Publication, Publish } from "../projects/index.ts";
import { checkAction } from "./action.ts";
import { checkArchive } from "./check-archive.ts";
import { checkFilenameText } from "./check-filename.ts";
import { formRulesOf } from "./form-rules.ts";
import { createNewNames, type NewName } from "./new-names.ts";
import { type ReceivedForm, receiveForm } from "./receive-form.ts";
import { Refused, refuse } from "./refused.ts";
import { receivedMetadata, releaseMetadata } from "./release-metadata.ts";
import { maxBody, refuseTooLarge, sizeLimit } from "./size-limits.ts";
import { findTakingIndex, TakesNoUploads } from "./taking-index.ts";
import { validForm } from "./valid-form.ts";

export interface UploadDeps {
  readonly indexes: Pick<KnownIndexes, "find" | "list">;
  readonly catalogue: Pick<Catalogue, "isKept" | "isUpstream">;
  readonly store: BlobStore;
  readonly publish: Publish;
  readonly identify: Identify;
  readonly guard: Guard;
  readonly addresses: Addresses;
  readonly log: Log;
  readonly rules: Rules;
  readonly readOnly: boolean;
}

export type Upload = (request: IncomingMessage, indexName: string) => Promise<Answer>;

const noNewName: NewName = { whenNew: [] };

/** 200 with nothing in it: that is all the protocol says of success. */
const accepted: Answer = { status: 200, headers: ["Vary", "Authorization"], body: Buffer.alloc(0) };

/**
 * The upload API 1.0: one request publishes one file. Steps run in the reference's master order, so that of several
 * mistakes the same one is reported; bytes are received first, and let go when any step refuses.
 */
export function createUpload(deps: UploadDeps): Upload {
  const { store, guard, publish, rules, log, indexes, catalogue } = deps;
  const judgeNewName = createNewNames({ indexes, catalogue, rule: rules.upstreamNames });
  const formRules = formRulesOf(rules, deps.addresses);

  return async (request, indexName) => {
    const queryActions = new URL(request.url ?? "/", "http://query").searchParams.getAll(":action");
    checkAction(queryActions, "query");
    const addressed = await indexes.find(indexName);
    if (addressed === undefined) throw new IndexNotFound(indexName);
    const index = await findTakingIndex(indexes, addressed);
    const identity = await deps.identify(request.headers.authorization);
    const refusal = findRefusal(identity, addressed, index);
    const isRefused = deps.readOnly || refusal !== undefined;

    await using received = await receiveForm(request, {
      // Whoever may not upload anywhere cannot make us keep a byte, not even for a moment.
      store: isRefused ? undefined : store,
      maxBody: maxBody(rules),
      findLimit: (name) => findLimit(index ?? addressed, name, Number(request.headers["content-length"])),
    });
    checkAction([...queryActions, ...(received.fields.get(":action") ?? [])], "form");
    checkFieldsAreText(received);
    if (deps.readOnly) {
      throw new Refused("S02 read-only", "Read-only mode: Uploads are temporarily disabled.", 503, {
        "Retry-After": "60",
      });
    }
    if (refusal !== undefined) throw refusal;
    if (identity.kind !== "user" || index === undefined)
      throw new Error("what may be uploaded has a user and an index");
    // Awaited here: the bytes are let go when this function returns.
    return await publishReceived(index, identity, received, request.headers["user-agent"] ?? null);
  };

  /**
   * A token that is limited to indexes must name both the one that is addressed and the one that is changed: neither the
   * way around through a union nor the way into one is open to a token that was made for something else.
   */
  function findRefusal(identity: Identity, addressed: Index, index: Index | undefined): Problem | undefined {
    const refusal = guard.findUploadRefusal(identity, { index: addressed, project: "unchecked" });
    if (refusal !== undefined || index === addressed) return refusal;
    if (index === undefined) return new TakesNoUploads(addressed);
    return guard.findUploadRefusal(identity, { index, project: "unchecked" });
  }

  /** Steps S06 to S30. */
  async function publishReceived(
    index: Index,
    identity: KnownIdentity,
    received: ReceivedForm,
    userAgent: string | null,
  ): Promise<Answer> {
    const fields = cleanFields(received.fields);
    const form = validForm(() => validateUploadForm(fields, formRules));
    const { metadata, filetype } = form;
    const { content } = received;
    if (content === undefined) refuse("S09 file is there", "Upload payload does not have a file.");

    const uploader = { id: identity.user.id, username: identity.user.username };
    const standing = await publish.ask({
      index,
      displayName: metadata.name,
      version: metadata.version,
      uploader,
      // Not checked yet: a name with NUL in it is nobody's, and the database refuses to look for it.
      file: { filename: content.filename.replaceAll("\0", "/"), blake2b: content.bytes?.digests.blake2b },
    });
    const { project } = standing;
    publish.mustBeAllowed(standing, uploader);
    guard.mayUpload(identity, {
      index,
      project: {
        name: project?.displayName ?? metadata.name,
        normalizedName: metadata.normalizedName,
        id: project?.id,
      },
    });
    if (rules.verifiedEmail) guard.requireVerifiedEmail(identity);

    const { filename } = content;
    checkFilenameText(filename, filetype);
    if (content.contentType !== undefined && /^(?:image\/.*)?$/is.test(content.contentType)) {
      refuse("S19 content type", "Invalid distribution file.");
    }
    refuseTooLarge({ content, project, name: metadata.name, rules, help: deps.addresses.help });
    const { bytes } = content;
    if (bytes === undefined) throw new Error("bytes within the limits were kept");
    checkDigests(form, bytes.digests);

    const file = {
      ...bytes.digests,
      size: bytes.size,
      filename,
      packagetype: filetype,
      pythonVersion: form.pyversion,
      comment: form.comment,
    };
    const target = { index, displayName: metadata.name, version: metadata.version, file };
    if ((await publish.precheck(target, standing)) === "unchanged") return accepted;
    const { whenNew, alarm } = project === undefined ? await judgeNewName(index, metadata.normalizedName) : noNewName;

    const declared = {
      filetype,
      displayName: metadata.name,
      name: metadata.normalizedName,
      version: metadata.version,
    };
    const metadataFile = await checkArchive(bytes, filename, declared, metadata.licenseFiles, {
      localPlatformTags: rules.localPlatformTags,
      archivesUrl: deps.addresses.help("archives"),
    });

    const [metadataBytes] = await Promise.all([metadataFile && store.putBytes(metadataFile), bytes.keep()]);
    const publication: Publication = {
      ...target,
      uploader,
      metadata: releaseMetadata(metadata),
      metadataReceived: receivedMetadata(fields),
      metadataFile: metadataBytes,
      uploadedVia: userAgent,
      whenNew,
    };
    const outcome = await publish.publish(publication);
    if (alarm !== undefined) log.warn({ index: index.name, project: metadata.normalizedName }, alarm);
    log.info(
      { index: index.name, project: metadata.normalizedName, file: filename, user: uploader.username, outcome },
      outcome === "published" ? `stored ${filename}` : `${filename} was there already`,
    );
    return accepted;
  }

  async function findLimit(index: Index, name: string | undefined, announced: number): Promise<number> {
    // A limit of the project's own is above the rule, if it counts at all.
    if (announced <= sizeLimit(rules, undefined)) return sizeLimit(rules, undefined);
    // Not validated yet: the database refuses some of what can stand in a form.
    const project = name !== undefined && isValidName(name) ? await publish.findProject(index.id, name) : undefined;
    return sizeLimit(rules, project);
  }
}

/** S01: every field but the file's is text. */
function checkFieldsAreText({ filesAmongFields }: ReceivedForm): void {
  const [first] = filesAmongFields;
  if (first !== undefined) refuse("S01 fields are text", `${first}: Should not be a tuple.`);
}

/** S21: every digest that was sent is the one of the bytes that came. */
function checkDigests({ digests }: UploadForm, found: { blake2b: string; sha256: string; md5: string }): void {
  const pairs = [
    ["sha256", digests.sha256, found.sha256],
    ["blake2b-256", digests.blake2b256, found.blake2b],
    ["md5", digests.md5, found.md5],
  ] as const;
  for (const [algorithm, sent, computed] of pairs) {
    if (sent === null || sent === computed) continue;
    refuse(
      "S21 digests",
      `The digest supplied does not match a digest calculated from the uploaded file. ` +
        `Its ${algorithm} is ${computed}, the form says ${sent.slice(0, 128)}.`,
    );
  }
}
