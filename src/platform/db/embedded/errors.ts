import { Problem } from "../../errors/problem.ts";

/** The embedded database cannot be started; the message says what to do about it. */
abstract class CannotStartDatabase extends Problem {
  readonly status = 503;
}

/** Another program owns the data folder's database. `holder` names it, such as `serve, process 4711`. */
export class DataFolderInUse extends CannotStartDatabase {
  readonly code = "data_folder_in_use";
  constructor(dataFolder: string, holder: string) {
    super(
      `${dataFolder} is in use by another Cheeseshop (${holder}): stop that one first, or give this one a folder of its own with --data`,
    );
  }
}

/** PostgreSQL never reads the files of another major version. */
export class DataFolderOfAnotherVersion extends CannotStartDatabase {
  readonly code = "data_folder_of_another_version";
  constructor(cluster: string, found: string, wanted: string) {
    super(
      `${cluster} was written by PostgreSQL ${found} and this release brings ${wanted}: make a backup with the release that wrote it ` +
        "(cheeseshop backup FOLDER) and restore it into an empty data folder with this one (cheeseshop restore FOLDER)",
    );
  }
}

export class EmbeddedDatabaseUnavailable extends CannotStartDatabase {
  readonly code = "embedded_database_unavailable";
  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The embedded PostgreSQL cannot run here (${reason}): give the address of another one with --database-url`,
      options,
    );
  }
}

/** The data folder, or what belongs to it, is not as this program left it, or not for this user. */
export class DataFolderUnusable extends CannotStartDatabase {
  readonly code = "data_folder_unusable";
}

/** PostgreSQL ended instead of becoming ready. The message carries its last lines. */
export class PostgresDidNotStart extends CannotStartDatabase {
  readonly code = "postgres_did_not_start";
}
