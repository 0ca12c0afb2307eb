import type { IncomingMessage } from "node:http";
import { defaultFormLimits, readUploadForm } from "../platform/http/read-upload-form.ts";
import type { BlobStore, Received } from "../platform/storage/blob-store.ts";
import { FileTooLarge } from "../platform/storage/errors.ts";

/** The distribution as it came. */
export interface ReceivedContent {
  readonly filename: string;
  /** Undefined when the part has no such header, as uv sends it. */
  readonly contentType: string | undefined;
  /** Undefined when the file was over the limit, or when nothing was to be kept. */
  readonly bytes: Received | undefined;
}

/** A whole upload form. Disposing of it lets go of bytes that were not kept. */
export interface ReceivedForm extends AsyncDisposable {
  /** Values by field in order of arrival. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** Fields that came as files although they are text. */
  readonly filesAmongFields: readonly string[];
  readonly content: ReceivedContent | undefined;
}

export interface ReceiveOptions {
  /** Where the bytes go; undefined to throw them away as they come. */
  readonly store: BlobStore | undefined;
  /** Bytes of the whole request, far above any file that is taken: beyond it not even the form is looked at. */
  readonly maxBody: number;
  /** Bytes a file of this project may have. `name` is undefined when the form has not told it before the file. */
  readonly findLimit: (name: string | undefined) => Promise<number>;
}

/** Old clients sign their files; the signature is taken and forgotten. */
const ignoredFiles = new Set(["gpg_signature"]);

/**
 * Reads the form while it arrives: fields into memory, the file into the store's temporary space, where nobody sees it. A
 * file over its limit is read on and thrown away, since other mistakes in the form are to be reported first.
 */
export async function receiveForm(
  request: IncomingMessage,
  { store, maxBody, findLimit }: ReceiveOptions,
): Promise<ReceivedForm> {
  const announced = Number(request.headers["content-length"]);
  const expectedLength = Number.isSafeInteger(announced) ? announced : undefined;
  let bytes: Received | undefined;
  try {
    const form = await readUploadForm(request, {
      limits: { ...defaultFormLimits, body: maxBody },
      onFile: async (file) => {
        const { filename, contentType } = file;
        if (store !== undefined) {
          const limit = await findLimit(file.fields.find((field) => field.name === "name")?.value);
          bytes = await store.receive(file.bytes, { limit, expectedLength }).catch((error: unknown) => {
            if (error instanceof FileTooLarge) return undefined;
            throw error;
          });
        }
        return { filename, contentType };
      },
    });
    const fields = new Map<string, string[]>();
    for (const { name, value } of form.fields) {
      const values = fields.get(name);
      if (values === undefined) fields.set(name, [value]);
      else values.push(value);
    }
    return {
      fields,
      filesAmongFields: form.sentAsFile.filter((name) => !ignoredFiles.has(name)),
      content: form.file && { ...form.file, bytes },
      [Symbol.asyncDispose]: async () => bytes?.discard(),
    };
  } catch (error) {
    await bytes?.discard();
    throw error;
  }
}
