/** Kills a process that carries out an operation of the core, at every moment. */
import { CORE, killedAtEveryMoment } from "./killed-matrix.ts";

// One in the daemon, one in a guest.
killedAtEveryMoment(CORE, ["a clone", "a file"]);
