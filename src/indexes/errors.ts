import { BadRequest, NotFound, Problem } from "../platform/errors/problem.ts";

export class IndexNotFound extends NotFound {
  readonly code = "index_not_found";
  constructor(name: string) {
    super(`There is no index named ${name} on this server.`);
  }
}

/** What cannot be claimed. */
export class ClaimUnfit extends BadRequest {
  readonly code = "claim_unfit";
  constructor(text: string) {
    super(
      `'${text}' claims no names: write a project's name, or the beginning of some with * at its end, such as acme-*.`,
    );
  }
}

export class IndexExists extends Problem {
  readonly status = 409;
  readonly code = "index_exists";
  constructor(name: string) {
    super(`There is an index named ${name} already.`);
  }
}

/** An index that cannot be as it was asked for. */
export class IndexUnfit extends BadRequest {
  readonly code = "index_unfit";
}
