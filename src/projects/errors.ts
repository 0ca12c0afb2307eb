import { BadRequest, Forbidden, NotFound, Problem } from "../platform/errors/problem.ts";

export class ProjectNotFound extends NotFound {
  readonly code = "project_not_found";
  constructor(name: string) {
    super(`There is no project named ${name} in this index.`);
  }
}

export class ReleaseNotFound extends NotFound {
  readonly code = "release_not_found";
  constructor(name: string, version: string) {
    super(`Project ${name} has no release ${version}.`);
  }
}

export class FileNotFound extends NotFound {
  readonly code = "file_not_found";
  constructor(name: string, filename: string) {
    super(`Project ${name} lists no file ${filename}.`);
  }
}

/** A project that is marked as one thing cannot be marked as another that says less. */
export class StatusInTheWay extends Problem {
  readonly status = 409;
  readonly code = "status_in_the_way";
  constructor(name: string, status: string, wanted: string) {
    super(`Project ${name} is ${status}. That has to end before it can be ${wanted}.`);
  }
}

/** Upload step S11. The wording is the reference's, which tools recognise. */
export class UploadNotAllowed extends Forbidden {
  readonly code = "upload_not_allowed";
  constructor(username: string, project: string, why: string, help: string) {
    super(
      `The user '${username}' isn't allowed to upload to project '${project}'. ${why} See ${help} for more information.`,
    );
  }
}

/** Upload step S22. Clients look for the words `File already exists`. */
export class FileExists extends BadRequest {
  readonly code = "file_exists";
  constructor(filename: string, blake2b: string, why: string, help: string) {
    super(
      `File already exists ('${filename}', with blake2_256 hash '${blake2b}'). ${why} See ${help} for more information.`,
    );
  }
}

/** Upload step S23. */
export class FilenameWasUsed extends BadRequest {
  readonly code = "filename_was_used";
  constructor(help: string) {
    super(
      `This filename was previously used by a file that has since been deleted. Use a different version. See ${help} for more information.`,
    );
  }
}

/** Upload step S24, the rule `upload-window`. */
export class ReleaseIsClosed extends BadRequest {
  readonly code = "release_is_closed";
  constructor(days: number) {
    super(`Uploading new files to releases older than ${days} days is not allowed. Make a new release instead.`);
  }
}

/** Upload step S25. */
export class SdistExists extends BadRequest {
  readonly code = "sdist_exists";
  constructor() {
    super("Only one sdist may be uploaded per release.");
  }
}

/** Creation step 7, the rule `name-similarity`. */
export class NameTooSimilar extends BadRequest {
  readonly code = "name_too_similar";
  constructor(name: string, existing: string, help: string) {
    super(
      `The name '${name}' is too similar to an existing project ('${existing}'). See ${help} for more information.`,
    );
  }
}
