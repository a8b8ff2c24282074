/** Pulumi's verdict on a diff. */
export const verdictOf = ({ changes, replaces }: { changes: boolean; replaces: string[] }) =>
  changes ? (replaces.length > 0 ? "replace" : "update") : "none";
