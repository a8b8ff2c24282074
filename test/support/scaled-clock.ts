import { type Clock, systemClock } from "../../provider/driver/clock.ts";

/** A clock on which `scale` seconds pass per real second, like a simulator with that `timeScale`. */
export function scaledClock(scale: number): Clock {
  return {
    now: () => systemClock.now() * scale,
    momentOf: (epochMs) => systemClock.momentOf(epochMs) * scale,
    sleep: (ms, signal) => systemClock.sleep(ms / scale, signal),
  };
}
