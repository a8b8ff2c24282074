import { type Clock, systemClock } from "../../provider/core/operation/clock.ts";

/** A clock on which so many seconds pass in a real one: the same as a simulator's `timeScale`, so that both agree on what a minute is. */
export function scaledClock(scale: number): Clock {
  return {
    now: () => systemClock.now() * scale,
    momentOf: (epochMs) => systemClock.momentOf(epochMs) * scale,
    sleep: (ms, signal) => systemClock.sleep(ms / scale, signal),
  };
}
