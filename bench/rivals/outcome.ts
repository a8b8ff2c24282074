/** What became of the instances that somebody asked for. */
export interface Outcome {
  /** Asked for, but not running in the end although the tool was run again. */
  lost: string[];
  /** Launched a second time after an accepted launch, or never asked for. */
  doubled: string[];
  /** Still there after the tool has destroyed all that it knows. */
  orphaned: string[];
  /** Deleted by somebody else, who could have recovered them, and gone for good. */
  purged: string[];
}

/** Everything that {@link outcomeOf} goes by: names of instances. */
export interface Observed {
  asked: readonly string[];
  /** Accepted launches, in their order. */
  launched: readonly string[];
  /** Running after the last `up`. */
  running: readonly string[];
  /** There after `destroy`; those that are only marked as deleted do not count. */
  left: readonly string[];
  /** Deleted by others before. */
  deletedByOthers: readonly string[];
  /** Those of them that can still be recovered. */
  recoverable: readonly string[];
}

export function outcomeOf(observed: Observed): Outcome {
  const { asked, launched, running, left, deletedByOthers, recoverable } = observed;
  const again = launched.filter((name, index) => launched.indexOf(name) < index || !asked.includes(name));
  return {
    lost: asked.filter((name) => !running.includes(name)),
    doubled: [...new Set(again)],
    orphaned: [...left],
    purged: deletedByOthers.filter((name) => !recoverable.includes(name)),
  };
}

/** A few words for a table: `nothing`, or `1 lost, 2 orphaned`. */
export function inWords({ lost, doubled, orphaned, purged }: Outcome): string {
  const words = Object.entries({ lost, doubled, orphaned, "of others purged": purged })
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${names.length} ${what}`);
  return words.join(", ") || "nothing";
}
