import { NotFound } from "../platform/errors/problem.ts";

export class IndexNotFound extends NotFound {
  readonly code = "index_not_found";
  constructor(name: string) {
    super(`There is no index named ${name} on this server.`);
  }
}
