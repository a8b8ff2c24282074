/** Kills the plugin, or its engine, at the first and the last moments of an operation, and presses Ctrl-C there. */
import { killedAtEveryMoment, PLUGIN } from "./killed-matrix.ts";

killedAtEveryMoment(PLUGIN);
