const ADJECTIVES = [
  "brave",
  "calm",
  "eager",
  "gentle",
  "lucid",
  "merry",
  "nimble",
  "quiet",
  "sturdy",
  "witty",
];
const ANIMALS = [
  "badger",
  "curlew",
  "dormouse",
  "egret",
  "finch",
  "heron",
  "lynx",
  "marmot",
  "otter",
  "wren",
];

/** A name for an instance that was launched without one. */
export function petName(random: () => number): string {
  const pick = (words: string[]) => words[Math.floor(random() * words.length)] as string;
  return `${pick(ADJECTIVES)}-${pick(ANIMALS)}`;
}

/** The daemon's rule for names of instances and snapshots. */
export const isValidName = (name: string) => /^([a-zA-Z]|[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9])$/.test(name);
