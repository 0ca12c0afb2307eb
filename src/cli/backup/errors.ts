import { CommandFailed } from "../terminal.ts";

/** No backup could be made; earlier ones are as they were. */
export class BackupFailed extends CommandFailed {}

/** What is in the folder is no backup, not whole, or of a release that this one cannot read. */
export class BackupUnusable extends CommandFailed {}

/** There is something already where the backup should go. Nothing was written. */
export class TargetNotEmpty extends CommandFailed {}
