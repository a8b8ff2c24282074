/** Kills the plugin, or its engine, at every moment of an operation, and presses Ctrl-C there. */
import { killedAtEveryMoment, PLUGIN } from "./killed-matrix.ts";

killedAtEveryMoment(PLUGIN);
