import type { Statement } from "./statement.ts";
import { deletedStatements } from "./statements-instance-deleted.ts";
import { runningStatements } from "./statements-instance-running.ts";
import { stoppedStatements } from "./statements-instance-stopped.ts";

/** The life of one instance, in order: each statement finds what the one before has left. */
export const instanceStatements: Statement[] = [
  ...runningStatements,
  ...stoppedStatements,
  ...deletedStatements,
];
