/** Kills the core, and cuts its connection, at the first and the last moments of an operation on another host. */
import { bestWay } from "../support/ssh-hosts.ts";
import { CORE, farOf, killedAtEveryMoment } from "./killed-matrix.ts";

const way = bestWay();
if (way) killedAtEveryMoment(farOf(CORE, way));
